using FluentAssertions;
using Homelab.Activities;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Homelab.Tests.Activities.Certificates;

/// <summary>certbot against a real ACME authority. What certbot trusts is told by the environment of this process, which its child inherits.</summary>
[Trait("Category", "Servers")]
public sealed class CertbotTests
{
    private const string Pebble = "/usr/bin/pebble";
    private const string Certbot = "/usr/bin/certbot";
    private const string Trusts = "REQUESTS_CA_BUNDLE";

    [ServerFact(Pebble, Certbot)]
    public async Task RenewCertificate_ByTheAuthority_IsAnotherOne()
    {
        await using var pebble = await RealServer.StartAsync("pebble");
        var directory = Path.Combine(pebble.Data, "certbot");
        Environment.SetEnvironmentVariable(Trusts, pebble.Said["CA"]);
        try
        {
            await RealServer.RunAsync(
                Certbot, "certonly", "--non-interactive", "--agree-tos", "--register-unsafely-without-email", "--standalone", "--http-01-port", pebble.Said["HTTPPORT"], "--server", pebble.Said["URL"],
                "-d", "cloud.lab.test", "-d", "www.lab.test", "--config-dir", directory, "--work-dir", directory + "/work", "--logs-dir", directory + "/logs");
            var file = Path.Combine(directory, "live", "cloud.lab.test", "cert.pem");
            var first = Serial(file);
            using var environment = new ActivityEnvironment(("Activities:Ssh:default:Local", "true"));
            var listed = (await environment.RunAsync("certificates.list_managed", new { directory }))["certificates"]![0]!;
            listed["certificate"]!.GetValue<string>().Should().Be("cloud.lab.test");
            listed["domains"]!.AsArray().Select(name => name!.GetValue<string>()).Should().BeEquivalentTo("cloud.lab.test", "www.lab.test");
            var path = listed["path"]!.GetValue<string>();
            (await environment.RunAsync("certificates.check_file", new { path, warnDays = 3650 }))["expiring"]!.GetValue<bool>().Should().BeTrue();
            (await environment.RunAsync("certificates.check_file", new { path, warnDays = 1 }))["expiring"]!.GetValue<bool>().Should().BeFalse();

            var input = new { directory, certificate = "cloud.lab.test" };
            (await environment.TargetAsync("certificates.renew_certificate", input))!.Id.Should().Be("ssh:default/certificate/cloud.lab.test");
            (await environment.RunAsync("certificates.renew_certificate", input))["renewed"]!.GetValue<bool>().Should().BeFalse("it is not due");
            Serial(file).Should().Be(first);
            var forced = new { directory, certificate = "cloud.lab.test", force = true };
            (await environment.RunAsync("certificates.renew_certificate", forced, dryRun: true))["planned"]![0]!.GetValue<string>().Should().Contain("--force-renewal");
            Serial(file).Should().Be(first);
            var output = await environment.RunAsync("certificates.renew_certificate", forced);
            output["renewed"]!.GetValue<bool>().Should().BeTrue();
            Serial(file).Should().NotBe(first);
            var unknown = () => environment.TargetAsync("certificates.renew_certificate", new { directory, certificate = "other.lab.test" });
            (await unknown.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("keeps cloud.lab.test");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Trusts, null);
            await RealServer.RunAsync(Path.Combine(Repository.Root, "tests", "servers", "stop.sh"), pebble.Said["DNSPID"]);
        }
    }

    private static string Serial(string file)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
        return certificate.SerialNumber;
    }
}
