using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Logs;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Homelab.Tests.Activities.Systemd;
using Homelab.Tests.Activities.Vendor;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Logs;

/// <summary>The shipped workflow on real sources: what was planted is found, filed once, and told.</summary>
[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class DockerLogAnalysisTests(DockerFixture docker)
{
    private const string Gitea = "gitea/swagger.v1.prism.json";

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task Run_FaultInAContainer_BecomesOneIssueAndOneMessage()
    {
        if (Shared.WhyNot([Gitea]) is not null)
            return;
        await using var forge = await VendorServer.StartAsync(Gitea);
        List<string> issues = [];
        forge.On("GET /api/v1/repos/lab/infra", """{"full_name":"lab/infra","default_branch":"main"}""")
            .On("GET /api/v1/repos/lab/infra/issues", _ => $"[{string.Join(",", issues)}]")
            .On("POST /api/v1/repos/lab/infra/issues", request =>
            {
                var body = JsonNode.Parse(request.Body)!;
                issues.Add(new JsonObject { ["number"] = issues.Count + 1, ["title"] = (string)body["title"]!, ["body"] = (string)body["body"]!, ["state"] = "open", ["html_url"] = $"https://forge/{issues.Count + 1}" }.ToJsonString());
                return issues[^1];
            });
        var name = await docker.NewAsync(
            "db", command: ["sh", "-c", "echo 'ERROR: could not write to file base/1: No space left on device, password=hunter2 of eve@example.org'; sleep 600"]);
        await using var server = await ShippedServer.StartAsync(
            "log-analysis",
            [
                .. DockerFixture.Settings("default", $"unix://{docker.Server.Said["SOCK"]}"), ("Activities:Gitea:default:Url", forge.Url), ("Activities:Gitea:default:Token", "token-secret-value"),
                ("LogAnalysis:Sources:containers:Kind", "docker"), ("LogAnalysis:Sources:containers:Select", name), ("LogAnalysis:Forge", "gitea"), ("LogAnalysis:Owner", "lab"), ("LogAnalysis:Repository", "infra"),
            ]);
        await server.RunAsync("log-analysis");

        var found = (await server.GetAsync("/api/findings?question=disk%20errors%20today"))["items"]!.AsArray().Should().ContainSingle().Subject!;
        ((string?)found["class"], (string?)found["severity"], (string?)found["issue"]).Should().Be(("failure", "critical", "lab/infra#1"));
        issues.Should().ContainSingle().Which.Should().Contain("No space left").And.Contain(name).And.NotContain("hunter2").And.NotContain("eve@example.org");
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE severity = 'critical' AND text LIKE 'No space left%'")).Should().Be(1);

        await server.RunAsync("log-analysis");
        issues.Should().ContainSingle("the same finding is filed once");
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE text LIKE 'No space left%'")).Should().Be(1);
        (await server.CountAsync("SELECT COUNT(*) FROM log_patterns")).Should().BeGreaterThan(0);
        (await server.CountAsync("SELECT COUNT(*) FROM log_sources WHERE lines = 1 AND problem IS NULL")).Should().Be(1, "a line is read once");
    }
}

[Trait("Category", "Servers"), Collection(nameof(GuestCollection))]
public sealed class JournalLogAnalysisTests(GuestFixture guest)
{
    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task Analyze_CrashingUnitInAGuest_IsFound()
    {
        await guest.InsideAsync("systemctl start labcrash || true; sleep 1");
        var data = guest.Server.Data;
        await using var server = await ShippedServer.StartAsync(
            null,
            ("Activities:Ssh:default:Host", "127.0.0.1"), ("Activities:Ssh:default:Port", $"{guest.Server.Port}"), ("Activities:Ssh:default:User", "root"),
            ("Activities:Ssh:default:KeyFile", Path.Combine(data, "id_ed25519")), ("Activities:Ssh:default:KnownHostsFile", Path.Combine(data, "known_hosts")), ("LogAnalysis:Sources:guest:Kind", "journal"));
        var report = await server.ReadAsync("logs.analyze_logs", new { });
        ((string?)report["sources"]![0]!["problem"]).Should().BeNull();
        (await server.GetAsync("/api/findings?class=failure"))["items"]!.AsArray().Select(one => (string?)one!["title"]).Should().Contain(title => title!.StartsWith("A service failed", StringComparison.Ordinal));
    }
}

public sealed class LogAnalysisTests
{
    [Fact]
    public async Task Analyze_FileAndLokiAndOneThatIsMissing_EachIsReadAndTheMissingOneSaid()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("homelab-logs-").FullName, "app.log");
        await File.WriteAllTextAsync(file, "2026 start\nERROR deadlock detected in postgres\nhalf a li");
        await using var loki = await FakeServer.StartAsync();
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-1).ToUnixTimeMilliseconds() * 1_000_000;
        loki.Answer = FakeServer.Status(200, $$$"""{"status":"success","data":{"resultType":"streams","result":[{"stream":{"job":"web"},"values":[["{{{at}}}","upstream timed out while reading"]]}]}}""");
        await using var server = await ShippedServer.StartAsync(
            null,
            ("Activities:Ssh:default:Local", "true"), ("Activities:Loki:default:Url", loki.Url), ("LogAnalysis:Sources:app:Kind", "file"), ("LogAnalysis:Sources:app:Select", file),
            ("LogAnalysis:Sources:web:Kind", "loki"), ("LogAnalysis:Sources:gone:Kind", "file"), ("LogAnalysis:Sources:gone:Select", "/no/such/file"));
        var report = await server.ReadAsync("logs.analyze_logs", new { });
        report["sources"]!.AsArray().Select(source => ((string)source!["source"]!, (int)source["lines"]!, source["problem"] is null)).Should().Equal(("app", 2, true), ("gone", 0, false), ("web", 1, true));
        (await server.GetAsync("/api/findings?question=all%20database%20errors%20this%20week"))["items"]!.AsArray().Select(one => (string?)one!["title"]).Should().Equal("Deadlock in a database (app.log)");

        await File.AppendAllTextAsync(file, "ne\n");
        ((int)(await server.ReadAsync("logs.analyze_logs", new { source = "app" }))["sources"]![0]!["lines"]!).Should().Be(1, "only what was added is read, once the line is whole");
        File.Move(file, file + ".1");
        await File.WriteAllTextAsync(file, "after the rotation\n");
        ((int)(await server.ReadAsync("logs.analyze_logs", new { source = "app" }))["sources"]![0]!["lines"]!).Should().Be(1);
        ((int)(await server.ReadAsync("logs.analyze_logs", new { source = "web" }))["sources"]![0]!["lines"]!).Should().Be(0);
    }

    [ServerFact("/usr/bin/logger")]
    public async Task Syslog_RealSendersOverUdpAndTcp_AreFoundAndMasked()
    {
        await using var server = await ShippedServer.StartAsync(
            null, ("LogAnalysis:SyslogUdp", "127.0.0.1:0"), ("LogAnalysis:SyslogTcp", "127.0.0.1:0"), ("LogAnalysis:Sources:syslog:Kind", "syslog"));
        var receiver = server.Server.Services.GetRequiredService<SyslogReceiver>();
        await TestWait.UntilAsync(() => Task.FromResult(receiver.Tcp is not null));
        await SendAsync("--udp", "--rfc3164", $"--port={receiver.Udp!.Port}", "EXT4-fs error (device sda1): bad block");
        await SendAsync("--udp", "--rfc5424", $"--port={receiver.Udp.Port}", "smart: disk sdb is FAILED, token=abcdef123456");
        await SendAsync("--tcp", "--rfc5424", $"--port={receiver.Tcp!.Port}", "kernel panic - not syncing");
        await SendAsync("--tcp", "--octet-count", "--rfc5424", $"--port={receiver.Tcp.Port}", "out of memory: killed process 77");
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, receiver.Tcp.Port);
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes("<27>Nov 19 10:00:00 router dnsmasq[1]: temporary failure in name resolution\n<27>cut"));
        }

        await TestWait.UntilAsync(async () => await server.CountAsync("SELECT COUNT(*) FROM syslog_lines") == 6);
        (await server.CountAsync("SELECT COUNT(*) FROM syslog_lines WHERE text LIKE '%abcdef123456%'")).Should().Be(0);
        ((int)(await server.ReadAsync("logs.analyze_logs", new { }))["sources"]![0]!["lines"]!).Should().Be(6);
        (await server.GetAsync("/api/findings?severity=critical"))["items"]!.AsArray().Select(one => ((string)one!["title"]!).Split(" (")[0])
            .Should().BeEquivalentTo("A file system has errors", "A disk is failing", "A program crashed", "Out of memory");
        ((int)(await server.ReadAsync("logs.analyze_logs", new { }))["sources"]![0]!["lines"]!).Should().Be(0);

        Task SendAsync(params string[] arguments) => RealServer.RunAsync("/usr/bin/logger", ["--server=127.0.0.1", "--tag=lab", "--priority=user.err", .. arguments]);
    }
}
