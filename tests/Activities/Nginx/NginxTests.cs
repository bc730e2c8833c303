using FluentAssertions;
using Homelab.Activities;
using System.Net;
using Xunit;

namespace Homelab.Tests.Activities.Nginx;

public sealed class NginxFixture : ServerFixture
{
    public const string Program = "/usr/sbin/nginx";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Program];

    protected override async Task StartAsync()
    {
        Server = await StartAsync("nginx");
        await File.WriteAllTextAsync(Site("wiki"), "location = /wiki { return 200 \"wiki\\n\"; }\n");
        await File.WriteAllTextAsync(Site("broken"), "bogus_directive on;\n");
        Environment = new(
            ("Activities:Ssh:here:Local", "true"), ("Activities:Nginx:default:Host", "here"), ("Activities:Nginx:default:ConfigFile", Path.Combine(Server.Data, "nginx.conf")),
            ("Activities:Nginx:default:AvailableSites", Path.Combine(Server.Data, "sites-available")), ("Activities:Nginx:default:EnabledSites", Path.Combine(Server.Data, "sites-enabled")),
            ("Activities:Nginx:default:StatusUrl", Server.Said["URL"] + "/stub_status"));
    }

    internal string Site(string name) => Path.Combine(Server.Data, "sites-available", name);

    internal async Task<HttpStatusCode> GetAsync(string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(Server.Said["URL"] + path);
        return answer.StatusCode;
    }
}

[Trait("Category", "Servers")]
public sealed class NginxTests(NginxFixture nginx) : IClassFixture<NginxFixture>
{
    private ActivityEnvironment Environment => nginx.Environment;

    [ServerFact(NginxFixture.Program)]
    public async Task SwitchSite_OnAndUndone_IsServedAndThenNot()
    {
        var input = new { site = "wiki", enabled = true };
        (await Environment.TargetAsync("nginx.switch_site", input))!.Id.Should().Be("nginx:default/site/wiki");
        (await Environment.ProbeAsync("nginx.switch_site", input)).Should().Be(Probe.DidNotHappen);
        (await Environment.RunAsync("nginx.switch_site", input, dryRun: true))["planned"]![0]!.GetValue<string>().Should().Contain("ln -s");
        (await nginx.GetAsync("/wiki")).Should().Be(HttpStatusCode.NotFound);

        var output = await Environment.RunAsync("nginx.switch_site", input);
        (await nginx.GetAsync("/wiki")).Should().Be(HttpStatusCode.OK);
        (await Environment.RunAsync("nginx.list_sites", new { }))["sites"]!.ToJsonString().Should().Contain("{\"name\":\"wiki\",\"enabled\":true}");
        await Environment.UndoAsync("nginx.switch_site", input, output);
        (await nginx.GetAsync("/wiki")).Should().Be(HttpStatusCode.NotFound);
        var again = await Environment.RunAsync("nginx.switch_site", new { site = "wiki", enabled = false });
        Environment.Invoker("nginx.switch_site").Undo(ActivityEnvironment.Json(new { site = "wiki", enabled = false }), again).Should().BeNull("it was so before");
    }

    [ServerFact(NginxFixture.Program)]
    public async Task SwitchSite_NginxWouldNotTake_IsPutBack()
    {
        var broken = () => Environment.RunAsync("nginx.switch_site", new { site = "broken", enabled = true });
        (await broken.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("bogus_directive");
        File.Exists(Path.Combine(nginx.Server.Data, "sites-enabled", "broken")).Should().BeFalse();
        (await Environment.RunAsync("nginx.test_configuration", new { }))["valid"]!.GetValue<bool>().Should().BeTrue();
        (await nginx.GetAsync("/healthz")).Should().Be(HttpStatusCode.OK);
        await FluentActions.Awaiting(() => Environment.TargetAsync("nginx.switch_site", new { site = "none", enabled = true })).Should().ThrowAsync<ActivityException>();
    }

    [ServerFact(NginxFixture.Program)]
    public async Task ReloadConfiguration_ChangedFile_CountsAndABadOneDoesNot()
    {
        var link = Path.Combine(nginx.Server.Data, "sites-enabled", "extra");
        await File.WriteAllTextAsync(link, "location = /extra { return 200; }\n");
        try
        {
            (await Environment.RunAsync("nginx.reload_configuration", new { }, dryRun: true))["planned"]![0]!.GetValue<string>().Should().Contain("-s reload");
            (await nginx.GetAsync("/extra")).Should().Be(HttpStatusCode.NotFound);
            (await Environment.RunAsync("nginx.reload_configuration", new { }))["workers"]!.GetValue<int>().Should().Be(1);
            (await nginx.GetAsync("/extra")).Should().Be(HttpStatusCode.OK);

            await File.WriteAllTextAsync(link, "bogus_directive on;\n");
            var reload = () => Environment.RunAsync("nginx.reload_configuration", new { });
            (await reload.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("bogus_directive"));
            (await nginx.GetAsync("/extra")).Should().Be(HttpStatusCode.OK, "the old configuration goes on");
            var status = await Environment.RunAsync("nginx.get_status", new { });
            (status["running"]!.GetValue<bool>(), status["configurationValid"]!.GetValue<bool>()).Should().Be((true, false));
            status["connections"]!["requests"]!.GetValue<long>().Should().BePositive();
        }
        finally
        {
            File.Delete(link);
        }

        await Environment.RunAsync("nginx.reload_configuration", new { });
        (await Environment.Connections.Single(connection => connection.Tool == "Nginx").TestAsync("default", default)).Version.Should().StartWith("1.");
    }
}
