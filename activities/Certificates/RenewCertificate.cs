using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Certificates;

[Activity(
    "certificates.renew_certificate", "Renew certificate", "Has certbot on a machine of Ssh renew a certificate by ACME, with its hooks; one that is not due stays unless it is forced.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 900,
    NoUndo = "The old certificate stays valid, and its file stays in certbot's archive; there is nothing to bring back.")]
internal sealed class RenewCertificate(Hosts hosts) : IEffectActivity<RenewCertificate.Input, RenewCertificate.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var before = await Certbot.GetAsync(host, input.Directory, input.Certificate, cancellationToken);
        List<string> words = ["renew", "--cert-name", input.Certificate, "--no-random-sleep-on-renew"];
        if (input.Force)
            words.Add("--force-renewal");
        await host.ChangeAsync(new(Certbot.Words(input.Directory, words)) { Timeout = TimeSpan.FromMinutes(14) }, cancellationToken);
        // It ends well when there was nothing to renew: what counts is whether there is another certificate.
        var after = await Certbot.GetAsync(host, input.Directory, input.Certificate, cancellationToken);
        return new() { Renewed = after.Serial != before.Serial, ExpiredAt = before.ExpiresAt, ExpiresAt = after.ExpiresAt, Path = after.Path };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        await Certbot.GetAsync(host, input.Directory, input.Certificate, cancellationToken);
        return new("certificate", $"{host.Id}/certificate/{input.Certificate}", $"{input.Certificate} on {host.Name}");
    }

    /// <summary>Not forced, certbot itself leaves alone what was renewed; forced, a second time counts against the authority's limits.</summary>
    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(input.Force ? Probe.Unknown : Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : CertbotInput
    {
        [Description("Name that certbot keeps the certificate under.")]
        [RegularExpression(Certbot.NamePattern)]
        [Example("service.lan")]
        public required string Certificate { get; init; }

        [Description("Also when it is not due yet; authorities limit how often.")]
        public bool Force { get; init; }
    }

    internal sealed record Output
    {
        [Description("There is a new one.")]
        public required bool Renewed { get; init; }

        [Description("End of the one before.")]
        public required DateTimeOffset ExpiredAt { get; init; }

        [Description("End of the one now.")]
        public required DateTimeOffset ExpiresAt { get; init; }

        [Description("Its file.")]
        public required string Path { get; init; }
    }
}
