using FluentAssertions;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.UptimeKuma;

public sealed class UptimeKumaTests
{
    private const string Spec = "handwritten/uptime-kuma.json";

    [VendorFact(Spec)]
    public async Task MonitorsAndHeartbeat_MetricsAndPush()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        server.On("GET /metrics", """
            # HELP monitor_status Monitor Status
            monitor_status{monitor_name="Web, {main}",monitor_type="http",monitor_url="https://web"} 1
            monitor_status{monitor_name="nas",monitor_type="ping",monitor_url=""} 0
            monitor_response_time{monitor_name="Web, {main}",monitor_type="http",monitor_url="https://web"} 12.5
            """).On("GET /api/push/abcDEF1234", """{"ok":true}""");
        using var environment = new ActivityEnvironment(("Activities:UptimeKuma:default:Url", server.Url), ("Activities:UptimeKuma:default:PushToken", "abcDEF1234"));
        var output = await environment.RunAsync("uptimekuma.list_monitors", new { });
        output["down"]!.GetValue<int>().Should().Be(1);
        output["monitors"]![0]!["name"]!.GetValue<string>().Should().Be("Web, {main}");
        output["monitors"]![0]!["responseMilliseconds"]!.GetValue<double>().Should().Be(12.5);
        var beat = new { up = false, message = "no backup" };
        (await environment.RunAsync("uptimekuma.push_heartbeat", beat, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        server.Seen.Should().NotContain(request => request.Path.StartsWith("/api/push"));
        await environment.RunAsync("uptimekuma.push_heartbeat", beat);
        server.Last("GET").Query.Should().Be("status=down&msg=no%20backup");
    }
}
