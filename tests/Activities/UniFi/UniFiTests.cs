using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.UniFi;

public sealed class UniFiTests
{
    private const string Spec = "unifi/network-integration.prism.json";

    [VendorFact(Spec)]
    public async Task DevicesAndActions_OfTheOneSite()
    {
        const string site = "/proxy/network/integration/v1/sites/88f7af54-98f8-306a-a1c7-c9349722b1f6";
        const string device = "6a1e1f5c-8c0e-4c0b-9d3d-1f2e3d4c5b6a";
        await using var server = await VendorServer.StartAsync(Spec);
        server.On("GET /proxy/network/integration/v1/sites", """{"totalCount":1,"data":[{"id":"88f7af54-98f8-306a-a1c7-c9349722b1f6","name":"Default"}]}""")
            .On($"GET {site}/devices", $$"""{"totalCount":1,"data":[{"id":"{{device}}","name":"switch","model":"USW","state":"OFFLINE","firmwareUpdatable":true}]}""")
            .On($"GET {site}/clients", """{"totalCount":1,"data":[{"id":"c","name":"phone","type":"WIRELESS","connectedAt":"2026-01-01T00:00:00Z"}]}""")
            .On($"POST {site}/devices/{device}/actions", "{}").On($"POST {site}/devices/{device}/interfaces/ports/3/actions", "{}");
        using var environment = new ActivityEnvironment(("Activities:UniFi:default:Url", server.Url), ("Activities:UniFi:default:ApiKey", "token-secret-value"));
        (await environment.RunAsync("unifi.list_devices", new { }))["offline"]!.GetValue<int>().Should().Be(1);
        (await environment.RunAsync("unifi.list_clients", new { }))["clients"]![0]!["name"]!.GetValue<string>().Should().Be("phone");
        (await environment.TargetAsync("unifi.restart_device", new { deviceId = device }))!.Name.Should().Be("switch");
        var unknown = () => environment.TargetAsync("unifi.restart_device", new { deviceId = device.Replace('6', '7') });
        await unknown.Should().ThrowAsync<ActivityException>();
        await environment.RunAsync("unifi.restart_device", new { deviceId = device });
        server.Last("POST").Body.Should().Be("""{"action":"RESTART"}""");
        await environment.RunAsync("unifi.power_cycle_port", new { deviceId = device, port = 3 });
        server.Last("POST").Body.Should().Be("""{"action":"POWER_CYCLE"}""");
    }
}
