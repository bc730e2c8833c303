using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.Tailscale;

public sealed class TailscaleTests
{
    private const string Spec = "tailscale/tailscale.prism.json";

    [VendorFact(Spec)]
    public async Task Devices_RoutesAndAuthorization_ThenUndone()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        var sent = new List<string>();
        server.On("GET /api/v2/tailnet/-/devices", Shared.Fixture("tailscale/devices.json")).On("GET /api/v2/device/n1", Shared.Fixture("tailscale/device.json"))
            .On("GET /api/v2/device/n1/routes", Shared.Fixture("tailscale/device_routes.json")).On("POST /api/v2/device/n1/routes", request => { sent.Add(request.Body); return "{}"; })
            .On("POST /api/v2/device/n1/authorized", request => { sent.Add(request.Body); return "{}"; });
        using var environment = new ActivityEnvironment(("Activities:Tailscale:default:Url", server.Url), ("Activities:Tailscale:default:Token", "token-secret-value"));
        (await environment.RunAsync("tailscale.list_devices", new { }))["devices"]!.AsArray().Should().NotBeEmpty();
        var input = new { deviceId = "n1", routes = new[] { "192.0.2.0/24" } };
        (await environment.ProbeAsync("tailscale.set_routes", input)).Should().Be(Probe.DidNotHappen);
        var output = await environment.RunAsync("tailscale.set_routes", input);
        environment.Invoker("tailscale.set_routes").Undo(ActivityEnvironment.Json(input), output)!.Input.GetProperty("routes").GetArrayLength().Should().Be(2);
        output = await environment.RunAsync("tailscale.authorize_device", new { deviceId = "n1", authorized = false });
        output["before"]!.GetValue<bool>().Should().BeTrue();
        sent.Should().Equal("""{"routes":["192.0.2.0/24"]}""", """{"authorized":false}""");
    }
}
