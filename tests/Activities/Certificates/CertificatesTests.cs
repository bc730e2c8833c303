using FluentAssertions;
using Homelab.Activities;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Xunit;

namespace Homelab.Tests.Activities.Certificates;

public sealed class CertificatesTests : IDisposable
{
    private readonly ActivityEnvironment _environment = new(("Activities:Ssh:default:Local", "true"));

    public void Dispose() => _environment.Dispose();

    [Fact]
    public async Task CheckEndpoint_SelfSigned_IsReadAndNotTrusted()
    {
        await using var server = await FakeServer.StartAsync(https: true);
        var output = await _environment.RunAsync("certificates.check_endpoint", new { host = "127.0.0.1", port = new Uri(server.Url).Port });
        output["trusted"]!.GetValue<bool>().Should().BeFalse();
        output["problems"]!.AsArray().Should().NotBeEmpty();
        output["chain"]![0]!["fingerprint"]!.GetValue<string>().Should().Be(server.Certificate!.GetCertHashString(HashAlgorithmName.SHA256));
        output["chain"]![0]!["names"]![0]!.GetValue<string>().Should().Be("127.0.0.1");
        var left = (server.Certificate.NotAfter.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime).TotalDays;
        output["daysLeft"]!.GetValue<double>().Should().BeApproximately(left, 0.1);
        var named = await _environment.RunAsync("certificates.check_endpoint", new { host = "127.0.0.1", port = new Uri(server.Url).Port, serverName = "other.test" });
        named["problems"]!.AsArray().Select(problem => problem!.GetValue<string>()).Should().Contain("it is not for the name 'other.test'");
    }

    [Fact]
    public async Task CheckEndpoint_NotTls_FailsForGood()
    {
        await using var server = await FakeServer.StartAsync();
        var check = () => _environment.RunAsync("certificates.check_endpoint", new { host = "127.0.0.1", port = new Uri(server.Url).Port });
        (await check.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("TLS"));
    }

    [Fact]
    public async Task CheckEndpoint_SilentOrGone_IsRetryable()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var check = () => _environment.RunAsync("certificates.check_endpoint", new { host = "127.0.0.1", port, timeoutSeconds = 1 });
        (await check.Should().ThrowAsync<ActivityException>()).Which.Kind.Should().Be(FailureKind.Timeout);
        silent.Stop();
        (await check.Should().ThrowAsync<ActivityException>()).Which.Kind.Should().Be(FailureKind.Connect);
    }

    [Fact]
    public async Task CheckFile_PemOnAMachine_IsRead()
    {
        await using var server = await FakeServer.StartAsync(https: true);
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, server.Certificate!.ExportCertificatePem());
        (await _environment.RunAsync("certificates.check_file", new { path }))["chain"]![0]!["subject"]!.GetValue<string>().Should().Be("CN=fake.test");
        await File.WriteAllTextAsync(path, "not a certificate");
        (await FluentActions.Awaiting(() => _environment.RunAsync("certificates.check_file", new { path })).Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("no certificate");
        File.Delete(path);
    }

    [Fact]
    public async Task PinnedCertificate_TheRightOneOnly_IsAccepted()
    {
        await using var server = await FakeServer.StartAsync(https: true);
        server.Answer = FakeServer.Status(200, """{"status":"success","data":{"activeTargets":[]}}""");
        var pin = server.Certificate!.GetCertHashString(HashAlgorithmName.SHA256);
        var wrong = (pin[0] == '0' ? "1" : "0") + pin[1..];
        using var environment = new ActivityEnvironment(
            ("Activities:Prometheus:right:Url", server.Url), ("Activities:Prometheus:right:CertificateFingerprint", pin),
            ("Activities:Prometheus:wrong:Url", server.Url), ("Activities:Prometheus:wrong:CertificateFingerprint", wrong));
        (await environment.RunAsync("prometheus.list_targets", new { connection = "right" }))["down"]!.GetValue<int>().Should().Be(0);
        var failure = (await FluentActions.Awaiting(() => environment.RunAsync("prometheus.list_targets", new { connection = "wrong" })).Should().ThrowAsync<ActivityException>()).Which;
        failure.Retryable.Should().BeFalse();
        server.Seen.Should().ContainSingle("nothing is sent to the wrong one");
    }
}
