using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.AdGuard;

[Activity(
    "adguard.set_protection", "Switch protection", "Switches filtering on or off, off for a time if wanted.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, DataRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class SetProtection(AdGuardClients clients) : IEffectActivity<SetProtection.Input, SetProtection.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var before = (await client.StatusAsync(cancellationToken)).ProtectionEnabled;
        if (before != input.Enabled || input.PauseMinutes > 0)
            await client.SetProtectionAsync(input.Enabled, !input.Enabled && input.PauseMinutes > 0 ? TimeSpan.FromMinutes(input.PauseMinutes) : null, cancellationToken);
        return new() { Before = before };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.StatusAsync(cancellationToken);
        return new("service", $"adguard:{client.Name}/service/protection", $"AdGuard Home {client.Name}");
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return (await client.StatusAsync(cancellationToken)).ProtectionEnabled == input.Enabled ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) =>
        output.Before == input.Enabled ? null : Activities.Undo.By("adguard.set_protection", input with { Enabled = output.Before, PauseMinutes = 0 });

    internal sealed record Input : ConnectedInput
    {
        [Description("On or off.")]
        [Example(true)]
        public required bool Enabled { get; init; }

        [Description("Off for so long, then on again by itself; 0 stays off.")]
        [Range(0, 10_080)]
        public int PauseMinutes { get; init; } = 0;
    }

    internal sealed record Output
    {
        [Description("What it was.")]
        public required bool Before { get; init; }
    }
}
