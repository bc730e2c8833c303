using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Alertmanager;

[Activity(
    "alertmanager.expire_silence", "Expire silence", "Ends a silence now.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, Idempotent = true, NoUndo = "Alertmanager keeps no way back to an expired silence; make a new one.")]
internal sealed class ExpireSilence(AlertmanagerClients clients) : IEffectActivity<ExpireSilence.Input, ExpireSilence.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await client.SilenceAsync(input.SilenceId, cancellationToken);
        if (before.Status?.State != "expired")
            await client.ExpireSilenceAsync(input.SilenceId, cancellationToken);
        return new() { StateBefore = before.Status?.State ?? "" };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var silence = await client.SilenceAsync(input.SilenceId, cancellationToken);
        return new("silence", $"alertmanager:{client.Name}/silence/{silence.Id}", silence.Comment);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return (await client.SilenceAsync(input.SilenceId, cancellationToken)).Status?.State == "expired" ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Id of the silence.")]
        [RegularExpression("[0-9a-fA-F-]{36}")]
        [Options("alertmanager.silences")]
        [Example("6a1e1f5c-8c0e-4c0b-9d3d-1f2e3d4c5b6a")]
        public required string SilenceId { get; init; }
    }

    internal sealed record Output
    {
        [Description("active, pending or expired.")]
        public required string StateBefore { get; init; }
    }
}
