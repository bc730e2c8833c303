namespace Homelab.Activities.Systemd;

[Activity(
    "systemd.restart_unit", "Restart unit", "Stops and starts a unit; connections to it are cut.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 120, Idempotent = true,
    NoUndo = "A restart leaves nothing to take back; what was cut connects again.")]
internal sealed class RestartUnit(Units units) : IEffectActivity<UnitInput, UnitChange>
{
    public Task<UnitChange> ExecuteAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        units.ChangeAsync(input, "restart", context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        units.TargetAsync(input, context, cancellationToken);

    /// <summary>Doing it again is harmless, so not knowing is settled by doing it again.</summary>
    public Task<Probe> ProbeAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(UnitInput input, UnitChange output) => null;
}
