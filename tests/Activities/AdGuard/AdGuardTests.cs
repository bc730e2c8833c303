using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.AdGuard;

public sealed class AdGuardTests
{
    private const string Spec = "adguard-home/openapi.prism.json";

    [VendorFact(Spec)]
    public async Task RewritesAndProtection_ThenUndone_AreAsBefore()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        var list = Shared.Fixture("adguard-home/rewrite_list.json");
        server.On("GET /control/rewrite/list", _ => list).On("POST /control/rewrite/add", request => list = $"[{request.Body}]").On("POST /control/rewrite/delete", _ => list = "[]")
            .On("GET /control/status", """{"version":"v0.107","running":true,"protection_enabled":true,"dns_port":53}""").On("GET /control/stats", Shared.Fixture("adguard-home/stats.json"))
            .On("POST /control/protection", "");
        using var environment = new ActivityEnvironment(("Activities:AdGuard:default:Url", server.Url));
        (await environment.RunAsync("adguard.list_rewrites", new { }))["rewrites"]!.AsArray().Should().Contain(entry => entry!["domain"]!.GetValue<string>() == "*.example.com");
        (await environment.RunAsync("adguard.get_status", new { }))["protecting"]!.GetValue<bool>().Should().BeTrue();
        var input = new { domain = "nas.lab.test", answer = "192.0.2.7" };
        (await environment.ProbeAsync("adguard.add_rewrite", input)).Should().Be(Probe.DidNotHappen);
        var output = await environment.RunAsync("adguard.add_rewrite", input);
        (await environment.ProbeAsync("adguard.add_rewrite", input)).Should().Be(Probe.Happened);
        await environment.UndoAsync("adguard.add_rewrite", input, output);
        (await environment.ProbeAsync("adguard.delete_rewrite", input)).Should().Be(Probe.Happened);
        var off = new { enabled = false, pauseMinutes = 5 };
        output = await environment.RunAsync("adguard.set_protection", off);
        server.Last("POST").Body.Should().Be("""{"enabled":false,"duration":300000}""");
        environment.Invoker("adguard.set_protection").Undo(ActivityEnvironment.Json(off), output)!.Input.GetProperty("enabled").GetBoolean().Should().BeTrue();
    }
}
