using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.HAProxy;

public sealed class HAProxyFixture : ServerFixture
{
    public const string Program = "/usr/sbin/haproxy";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Program];

    protected override async Task StartAsync()
    {
        Server = await StartAsync("haproxy");
        Environment = new(
            ("Activities:HAProxy:default:Endpoint", $"unix://{Server.Said["SOCK"]}"), ("Activities:HAProxy:tcp:Endpoint", Server.Said["ADMIN"]),
            ("Activities:HAProxy:far:Endpoint", $"unix://{Server.Said["SOCK"]}"), ("Activities:HAProxy:far:Host", "here"), ("Activities:Ssh:here:Local", "true"));
    }
}

[Trait("Category", "Servers")]
public sealed class HAProxyTests(HAProxyFixture haproxy) : IClassFixture<HAProxyFixture>
{
    private ActivityEnvironment Environment => haproxy.Environment;

    [ServerTheory(HAProxyFixture.Program, "/usr/bin/socat")]
    [InlineData("default")]
    [InlineData("tcp")]
    [InlineData("far")]
    public async Task SetServerState_DrainedAndUndone_GetsNoRequestsAndThenSome(string connection)
    {
        var input = new { connection, backend = "be", server = "s1", state = "drain" };
        (await Environment.TargetAsync("haproxy.set_server_state", input))!.Id.Should().Be($"haproxy:{connection}/server/be/s1");
        (await Environment.ProbeAsync("haproxy.set_server_state", input)).Should().Be(Probe.DidNotHappen);
        var dry = await Environment.RunAsync("haproxy.set_server_state", input, dryRun: true);
        dry["planned"]![0]!.GetValue<string>().Should().EndWith("set server be/s1 state drain");
        (await AnswersAsync()).Should().BeEquivalentTo("s1", "s2");

        var output = await Environment.RunAsync("haproxy.set_server_state", input);
        (output["before"]!.GetValue<string>(), output["after"]!.GetValue<string>()).Should().Be(("ready", "drain"));
        (await AnswersAsync()).Should().BeEquivalentTo("s2");
        (await Environment.ProbeAsync("haproxy.set_server_state", input)).Should().Be(Probe.Happened);
        var last = () => Environment.RunAsync("haproxy.set_server_state", new { connection, backend = "be", server = "s2", state = "maint" });
        (await last.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("evenTheLast");
        (await AnswersAsync()).Should().BeEquivalentTo("s2");

        await Environment.UndoAsync("haproxy.set_server_state", input, output);
        (await AnswersAsync()).Should().BeEquivalentTo("s1", "s2");
    }

    [ServerFact(HAProxyFixture.Program)]
    public async Task SetServerWeight_ZeroAndUndone_GetsNoRequestsAndThenSome()
    {
        var input = new { backend = "be", server = "s2", weight = 0 };
        var output = await Environment.RunAsync("haproxy.set_server_weight", input);
        output["before"]!.GetValue<int>().Should().Be(10);
        (await AnswersAsync()).Should().BeEquivalentTo("s1");
        (await Environment.ProbeAsync("haproxy.set_server_weight", input)).Should().Be(Probe.Happened);
        await Environment.UndoAsync("haproxy.set_server_weight", input, output);
        (await AnswersAsync()).Should().BeEquivalentTo("s1", "s2");
        var none = () => Environment.RunAsync("haproxy.set_server_weight", new { backend = "be", server = "s9", weight = 1 });
        (await none.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("no server 's9'");
    }

    [ServerFact(HAProxyFixture.Program)]
    public async Task StatusAndServers_RealServer_AreRead()
    {
        var status = await Environment.RunAsync("haproxy.get_status", new { });
        status["version"]!.GetValue<string>().Should().StartWith("2.");
        var backend = status["proxies"]!.AsArray().Single(proxy => proxy!["name"]!.GetValue<string>() == "be")!;
        (backend["kind"]!.GetValue<string>(), backend["servers"]!.GetValue<int>()).Should().Be(("backend", 2));
        var servers = (await Environment.RunAsync("haproxy.list_servers", new { backend = "be" }))["servers"]!.AsArray();
        servers.Select(server => server!["name"]!.GetValue<string>()).Should().Equal("s1", "s2");
        servers[0]!["address"]!.GetValue<string>().Should().StartWith("127.0.0.1:");
        (await Environment.Options.Single(provider => provider.Name == "haproxy.backends").ListAsync("tcp", default)).Select(option => option.Value).Should().Contain("be");
        (await Environment.Connections.Single(connection => connection.Tool == "HAProxy").TestAsync("default", default)).Version.Should().StartWith("2.");
    }

    /// <summary>Who answers eight requests, asked past the code under test.</summary>
    private async Task<IEnumerable<string>> AnswersAsync()
    {
        using var http = new HttpClient();
        HashSet<string> answers = [];
        for (var request = 0; request < 8; request++)
            answers.Add(await http.GetStringAsync(haproxy.Server.Said["URL"]));
        return answers;
    }
}
