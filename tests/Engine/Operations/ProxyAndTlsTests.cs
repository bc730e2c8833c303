using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FluentAssertions;
using Homelab.Engine.Cli;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

public sealed class ProxyAndTlsTests
{
    [Theory]
    [InlineData("127.0.0.0/8, ::1", true)]
    [InlineData("203.0.113.9", false)]
    [InlineData("", false)]
    public async Task SignIn_ThroughAProxyThatEndsTls_CookieIsSecureOnlyWhenTheProxyIsTrusted(string trusted, bool secure)
    {
        await using var server = await TestServer.StartAsync(("Proxy:Trusted", trusted));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session") { Content = JsonContent.Create(new { name = "admin", password = TestServer.Password }) };
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-For", "198.51.100.4");

        using var answer = await server.Http.SendAsync(request);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Headers.GetValues("Set-Cookie").Should().Contain(cookie => cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase) == secure);
    }

    [Fact]
    public async Task Post_TrustedProxyPassesSomebodyOn_IsNotTakenForThisMachine()
    {
        await using var server = await TestServer.StartAsync(("Proxy:Trusted", "127.0.0.1"));
        await server.PublishAsync(TestServer.Webhook("behind", "behind", ["POST"]));
        using var passedOn = new HttpRequestMessage(HttpMethod.Post, "/workflows/behind");
        passedOn.Headers.Add("X-Forwarded-For", "198.51.100.4");

        (await server.Http.SendAsync(passedOn)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await server.Http.PostAsync("/workflows/behind", null)).StatusCode.Should().Be(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Urls_HttpsWithACertificateFromTheSettings_Answers()
    {
        var directory = Directory.CreateTempSubdirectory("homelab-tls-").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var asked = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = asked.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(directory, "cert.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(directory, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        await using var server = await TestServer.StartAsync(
            ("Urls", "https://127.0.0.1:0"),
            ("Kestrel:Certificates:Default:Path", Path.Combine(directory, "cert.pem")), ("Kestrel:Certificates:Default:KeyPath", Path.Combine(directory, "key.pem")));
        string? seen = null;
        using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, given, _, _) => (seen = given?.Thumbprint) is not null }) { BaseAddress = server.Http.BaseAddress };

        using var answer = await http.GetAsync("/health/live");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        seen.Should().Be(certificate.Thumbprint);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task ResetPassword_OfALockedOutUser_GivesANewOneAndEndsTheSessions()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignInAsync();
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await CommandLine.RunAsync(["users", "reset-password", "admin", "--data", server.DataDirectory], output, error, default);
        var unknown = await CommandLine.RunAsync(["users", "reset-password", "nobody", "--data", server.DataDirectory], output, error, default);

        code.Should().Be(ExitCode.Ok, error.ToString());
        unknown.Should().Be(ExitCode.Problems);
        error.ToString().Should().Contain("nobody").And.Contain("admin");
        (await server.Http.GetAsync("/api/runs")).StatusCode.Should().Be(HttpStatusCode.Unauthorized, "the sessions are over");
        var password = output.ToString().Split("is  ")[1].Split('\n')[0].Trim();
        using var fresh = new HttpClient { BaseAddress = server.Http.BaseAddress };
        (await fresh.PostAsJsonAsync("/api/session", new { name = "admin", password = TestServer.Password })).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await fresh.PostAsJsonAsync("/api/session", new { name = "admin", password })).StatusCode.Should().Be(HttpStatusCode.OK);
    }
}
