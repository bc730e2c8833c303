namespace Homelab.Activities.Systemd;

[Activity(
    "systemd.reload_unit", "Reload unit", "Asks a unit to read its configuration again without stopping.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 120, Idempotent = true,
    NoUndo = "The configuration that was read before is not kept; restore its file and reload again.")]
internal sealed class ReloadUnit(Units units) : IEffectActivity<UnitInput, UnitChange>
{
    public Task<UnitChange> ExecuteAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        units.ChangeAsync(input, "reload", context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        units.TargetAsync(input, context, cancellationToken);

    /// <summary>Doing it again is harmless, so not knowing is settled by doing it again.</summary>
    public Task<Probe> ProbeAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(UnitInput input, UnitChange output) => null;
}
