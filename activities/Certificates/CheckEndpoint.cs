using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Activities.Certificates;

[Activity("certificates.check_endpoint", "Check certificate of endpoint", "Reads the certificates that a server shows on a TLS port; one that is not trusted is an answer, not an error.")]
internal sealed class CheckEndpoint : IActivity<CheckEndpoint.Input, CertificateReport>
{
    public async Task<CertificateReport> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var where = $"{input.Host}:{input.Port}";
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(input.TimeoutSeconds), context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        List<X509Certificate2> given = [];
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(input.Host, input.Port, either.Token);
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = input.ServerName is { Length: > 0 } name ? name : input.Host,
                    // Looked at, not relied on: nothing is sent over this connection.
                    RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                    {
                        given = Read(certificate, chain);
                        return given.Count > 0;
                    },
                },
                either.Token);
            return CertificateReport.Of(given, input.ServerName is { Length: > 0 } asked ? asked : input.Host, input.WarnDays, context.Time.GetUtcNow());
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ActivityException($"{where} did not show a certificate within {input.TimeoutSeconds} s.", retryable: true) { Kind = FailureKind.Timeout };
        }
        catch (SocketException exception)
        {
            throw new ActivityException($"{where} cannot be reached: {exception.Message}", retryable: true) { Kind = FailureKind.Connect };
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            throw new ActivityException($"{where} does not speak TLS: {exception.Message}", retryable: false);
        }
        finally
        {
            given.ForEach(certificate => certificate.Dispose());
        }
    }

    /// <summary>Copies: what the callback is given is disposed after it. Of the chain, only what the server sent counts.</summary>
    private static List<X509Certificate2> Read(X509Certificate? certificate, X509Chain? chain)
    {
        List<X509Certificate2> read = [X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData())];
        read.AddRange((chain?.ChainPolicy.ExtraStore ?? []).Where(sent => !sent.RawDataMemory.Span.SequenceEqual(read[0].RawDataMemory.Span))
            .Select(sent => X509CertificateLoader.LoadCertificate(sent.RawData)));
        return read;
    }

    internal sealed record Input
    {
        [Description("Name or address of the server.")]
        [RegularExpression("[A-Za-z0-9:][A-Za-z0-9_.:-]*")]
        [StringLength(253)]
        [Example("service.lan")]
        public required string Host { get; init; }

        [Description("Port that speaks TLS.")]
        [Range(1, 65535)]
        public int Port { get; init; } = 443;

        [Description("Name to ask for, where it is not the host's.")]
        [StringLength(253)]
        public string? ServerName { get; init; }

        [Description("Days before its end from which it counts as expiring.")]
        [Range(0, 3650)]
        public int WarnDays { get; init; } = 30;

        [Description("Seconds to wait.")]
        [Range(1, 300)]
        public int TimeoutSeconds { get; init; } = 10;
    }
}
