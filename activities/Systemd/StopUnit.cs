namespace Homelab.Activities.Systemd;

[Activity(
    "systemd.stop_unit", "Stop unit", "Stops a unit and waits until it is down.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 120, Idempotent = true)]
internal sealed class StopUnit(Units units) : IEffectActivity<UnitInput, UnitChange>
{
    public Task<UnitChange> ExecuteAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        units.ChangeAsync(input, "stop", context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken) =>
        units.TargetAsync(input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(UnitInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var state = await Units.StateAsync(await units.OpenAsync(input.Connection, context, cancellationToken), input.Unit, cancellationToken);
        return state.Active is "inactive" or "failed" ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(UnitInput input, UnitChange output) => output.Before is "active" ? Activities.Undo.By("systemd.start_unit", input) : null;
}
