using FluentAssertions;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.Traefik;

public sealed class TraefikTests
{
    private const string Spec = "handwritten/traefik.json";

    [VendorFact(Spec)]
    public async Task Reads_RecordedAnswers_AreRead()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        server.On("GET /api/overview", Shared.Fixture("traefik/overview-providers.json")).On("GET /api/http/routers", Shared.Fixture("traefik/routers.json"))
            .On("GET /api/http/services", Shared.Fixture("traefik/services.json"));
        using var environment = new ActivityEnvironment(("Activities:Traefik:default:Url", server.Url));
        (await environment.RunAsync("traefik.get_overview", new { }))["providers"]!.AsArray().Should().Contain(provider => provider!.GetValue<string>() == "Docker");
        (await environment.RunAsync("traefik.list_routers", new { search = "Host(`a`)" }))["routers"]!.AsArray().Should().NotBeEmpty().And.OnlyContain(router => router!["name"]!.GetValue<string>().Length > 0);
        var services = await environment.RunAsync("traefik.list_services", new { });
        services["services"]!.AsArray().Should().NotBeEmpty();
        services["downServers"]!.GetValue<int>().Should().Be(0);
    }
}
