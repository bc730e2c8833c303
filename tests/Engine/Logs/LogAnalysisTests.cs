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

    [ServerAndVendorFact(Gitea, DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task Run_FaultInAContainer_BecomesOneIssueAndOneMessage()
    {
        await using var forge = await VendorServer.StartAsync(Gitea);
        var issues = new LabForge(forge, "/api/v1/repos/lab/infra");
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
        issues.Filed.Should().ContainSingle().Which.Should().Contain("No space left").And.Contain(name).And.NotContain("hunter2").And.NotContain("eve@example.org");
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE severity = 'critical' AND text LIKE 'No space left%'")).Should().Be(1);

        await server.RunAsync("log-analysis");
        issues.Filed.Should().ContainSingle("the same finding is filed once");
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE text LIKE 'No space left%'")).Should().Be(1);
        (await server.CountAsync("SELECT COUNT(*) FROM log_patterns")).Should().BeGreaterThan(0);
        (await server.CountAsync("SELECT COUNT(*) FROM log_sources WHERE lines = 1 AND problem IS NULL")).Should().Be(1, "a line is read once");
    }
}

[Trait("Category", "Servers"), Collection(nameof(GuestCollection))]
public sealed class JournalLogAnalysisTests(GuestFixture guest)
{
    private const string GitHub = "github/api.github.prism.json";

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task Analyze_CrashingUnitInAGuest_IsFound()
    {
        await guest.InsideAsync("systemctl start labcrash || true; sleep 1");
        await using var server = await ShippedServer.StartAsync(null, [.. guest.Settings("default"), ("LogAnalysis:Sources:guest:Kind", "journal")]);
        var report = await server.ReadAsync("logs.analyze_logs", new { });
        ((string?)report["sources"]![0]!["problem"]).Should().BeNull();
        (await server.GetAsync("/api/findings?class=failure"))["items"]!.AsArray().Select(one => (string?)one!["title"]).Should().Contain(title => title!.StartsWith("A service failed", StringComparison.Ordinal));
    }

    [ServerAndVendorFact(GitHub, GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task Run_FaultInAUnit_BecomesOneIssueOnGitHub()
    {
        const string fault = "systemd-run --quiet --wait --collect --description=Lab --unit=labdb sh -c \"echo 'ERROR: deadlock detected by process 17, password=hunter2 of eve@example.org' >&2\"";
        await using var forge = await VendorServer.StartAsync(GitHub);
        var issues = new LabForge(forge, "/repos/lab/infra");
        await guest.InsideAsync(fault);
        await using var server = await ShippedServer.StartAsync(
            "log-analysis",
            [
                .. guest.Settings("default"), ("Activities:GitHub:default:Url", forge.Url), ("Activities:GitHub:default:Token", "token-secret-value"), ("LogAnalysis:Sources:guest:Kind", "journal"),
                ("LogAnalysis:Sources:guest:Select", "labdb.service"), ("LogAnalysis:Forge", "github"), ("LogAnalysis:Owner", "lab"), ("LogAnalysis:Repository", "infra"),
            ]);
        await server.RunAsync("log-analysis");

        var found = await FoundAsync();
        ((string?)found["class"], (string?)found["service"], (string?)found["issue"], (string?)found["issueUrl"]).Should().Be(("failure", "labdb.service", "lab/infra#1", "https://forge/1"));
        issues.Filed.Should().ContainSingle().Which.Should().Contain("Deadlock").And.Contain("labdb.service").And.NotContain("hunter2").And.NotContain("eve@example.org");

        await guest.InsideAsync(fault);
        await server.RunAsync("log-analysis");
        issues.Filed.Should().ContainSingle("it is the same finding again");
        ((long)(await FoundAsync())["occurrences"]!).Should().Be(2);

        // As after a crash between filing and remembering: the issue is found at the forge and not filed a second time.
        await server.Database.WriteAsync(session => session.ExecuteAsync("UPDATE findings SET issue = NULL, issue_url = NULL", null, default), default);
        await server.RunAsync("log-analysis");
        issues.Filed.Should().ContainSingle();
        ((string?)(await FoundAsync())["issue"]).Should().Be("lab/infra#1");

        async Task<JsonNode> FoundAsync() => (await server.GetAsync("/api/findings?question=all%20database%20errors%20this%20week"))["items"]!.AsArray().Should().ContainSingle().Subject!;
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
