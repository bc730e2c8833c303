namespace Homelab.Activities.Systemd;

[Activity(
    "systemd.start_unit", "Start unit", "Starts a unit; one that runs already stays as it is.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 120, Idempotent = true)]
internal sealed class StartUnit(Units units) : IEffectActivity<UnitInput, UnitChange>
{
    public Task<UnitChange> ExecuteAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        units.ChangeAsync(input, "start", context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        units.TargetAsync(input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var state = await Units.StateAsync(await units.OpenAsync(input.Connection, context, cancellationToken), input.Unit, cancellationToken);
        return state.Active is "active" or "activating" ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(UnitInput input, UnitChange output) => output.Before is "active" ? null : Activities.Undo.By("systemd.stop_unit", input);
}
