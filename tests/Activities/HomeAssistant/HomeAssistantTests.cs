using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.HomeAssistant;

public sealed class HomeAssistantTests
{
    private const string Spec = "handwritten/home-assistant.json";

    [VendorFact(Spec)]
    public async Task SwitchAndRestart_AskHomeAssistant()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        var (state, valid) = ("off", "invalid");
        server.On("GET /api/states/switch.pump", _ => $$$"""{"entity_id":"switch.pump","state":"{{{state}}}","last_changed":"2026-01-01T00:00:00+00:00","attributes":{"friendly_name":"Pump"}}""")
            .On("GET /api/states", """[{"entity_id":"light.a","state":"unavailable","attributes":{}},{"entity_id":"switch.b","state":"on","attributes":{}}]""")
            .On("POST /api/services/homeassistant/turn_on", _ => { state = "on"; return "[]"; }).On("POST /api/services/homeassistant/turn_off", _ => { state = "off"; return "[]"; })
            .On("POST /api/services/homeassistant/restart", "[]").On("POST /api/config/core/check_config", _ => $$"""{"result":"{{valid}}","errors":"bad line 3"}""")
            .On("GET /api/config", """{"version":"2026.1.0"}""");
        using var environment = new ActivityEnvironment(("Activities:HomeAssistant:default:Url", server.Url), ("Activities:HomeAssistant:default:Token", "token-secret-value"));
        (await environment.RunAsync("homeassistant.list_states", new { state = "unavailable" }))["states"]!.AsArray().Should().ContainSingle();
        var input = new { entityId = "switch.pump", on = true };
        (await environment.ProbeAsync("homeassistant.switch_entity", input)).Should().Be(Probe.DidNotHappen);
        var output = await environment.RunAsync("homeassistant.switch_entity", input);
        (await environment.RunAsync("homeassistant.get_state", new { entityId = "switch.pump" }))["state"]!.GetValue<string>().Should().Be("on");
        await environment.UndoAsync("homeassistant.switch_entity", input, output);
        state.Should().Be("off");
        var restart = () => environment.RunAsync("homeassistant.restart_server", new { });
        (await restart.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("bad line 3");
        server.Seen.Should().NotContain(request => request.Path.EndsWith("/restart"));
        valid = "valid";
        (await restart())["requested"]!.GetValue<bool>().Should().BeTrue();
    }
}
