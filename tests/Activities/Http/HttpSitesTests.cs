using System.Security.Cryptography;
using FluentAssertions;
using Xunit;

namespace Homelab.Tests.Activities.Http;

public sealed class HttpSitesTests
{
    private const string Name = "https://photos.example.org";

    [Fact]
    public async Task Check_SiteWithItsCertificateAndPlace_IsAskedThereByItsName()
    {
        await using var server = await FakeServer.StartAsync(https: true);
        using var environment = new ActivityEnvironment(
            ("Activities:Http:photos:Url", Name), ("Activities:Http:photos:ConnectTo", new Uri(server.Url).Authority),
            ("Activities:Http:photos:CertificateFingerprint", server.Certificate!.GetCertHashString(HashAlgorithmName.SHA256)));
        (await environment.RunAsync("http.check_endpoint", new { url = $"{Name}/albums?x=1" }))["up"]!.GetValue<bool>().Should().BeTrue();
        var seen = server.Seen.Should().ContainSingle().Subject;
        (seen.Path, seen.Headers["Host"]).Should().Be(("/albums", "photos.example.org"));
        (await environment.RunAsync("http.check_endpoint", new { url = $"{server.Url}/" }))["up"]!.GetValue<bool>().Should().BeFalse("another address is another site, and nobody signed this certificate");
        server.Seen.Should().ContainSingle();
    }

    [Fact]
    public async Task Check_AnotherCertificateThanTheOneSaid_IsRefused()
    {
        await using var server = await FakeServer.StartAsync(https: true);
        using var environment = new ActivityEnvironment(
            ("Activities:Http:photos:Url", Name), ("Activities:Http:photos:ConnectTo", new Uri(server.Url).Authority), ("Activities:Http:photos:CertificateFingerprint", new string('0', 64)));
        var output = await environment.RunAsync("http.check_endpoint", new { url = Name });
        output["up"]!.GetValue<bool>().Should().BeFalse();
        output["failed"]![0]!.GetValue<string>().Should().Contain("certificate");
        server.Seen.Should().BeEmpty();
    }

    [Fact]
    public async Task Check_SiteThatIsNotValid_IsToldAndLeavesOthersAlone()
    {
        await using var server = await FakeServer.StartAsync();
        using var environment = new ActivityEnvironment(("Activities:Http:photos:Url", Name), ("Activities:Http:photos:ConnectTo", "10.0.0.7"));
        (await environment.RunAsync("http.check_endpoint", new { url = server.Url }))["up"]!.GetValue<bool>().Should().BeTrue();
        var check = () => environment.RunAsync("http.check_endpoint", new { url = Name });
        (await check.Should().ThrowAsync<Homelab.Activities.ActivityException>()).Which.Message.Should().Contain("Http connection 'photos' is not valid").And.Contain("ConnectTo must be HOST:PORT");
    }

    [Fact]
    public async Task Test_Connection_AsksTheSite()
    {
        await using var server = await FakeServer.StartAsync();
        using var environment = new ActivityEnvironment(("Activities:Http:here:Url", server.Url), ("Activities:Http:gone:Url", "http://127.0.0.1:1/"));
        var sites = environment.Connections.Single(connection => connection.Tool == "Http");
        sites.Names.Should().Equal("gone", "here");
        (await sites.TestAsync("here", default)).Reachable.Should().BeTrue();
        (await sites.TestAsync("gone", default)).Should().Match<Homelab.Activities.ConnectionReport>(report => !report.Reachable && report.Problem!.Contains("gone"));
    }
}
