using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Certificates;

[Activity("certificates.check_file", "Check certificate file", "Reads the certificates of a PEM file on a machine: expiry, names, and whether the chain is complete.")]
internal sealed class CheckFile(Hosts hosts) : IActivity<CheckFile.Input, CertificateReport>
{
    public async Task<CertificateReport> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var pem = await host.ReadFileAsync(input.Path, cancellationToken);
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            return certificates.Count > 0
                ? CertificateReport.Of([.. certificates], null, input.WarnDays, context.Time.GetUtcNow())
                : throw new ActivityException($"'{input.Path}' on {host.Name} holds no certificate in PEM.", retryable: false);
        }
        catch (CryptographicException)
        {
            throw new ActivityException($"'{input.Path}' on {host.Name} holds something that is not a certificate in PEM.", retryable: false);
        }
        finally
        {
            foreach (var certificate in certificates)
                certificate.Dispose();
        }
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the file; the connection is one of Ssh.")]
        [RegularExpression("/[^\\x00]+")]
        [Example("/etc/ssl/certs/web.pem")]
        public required string Path { get; init; }

        [Description("Days before its end from which it counts as expiring.")]
        [Range(0, 3650)]
        public int WarnDays { get; init; } = 30;
    }
}
