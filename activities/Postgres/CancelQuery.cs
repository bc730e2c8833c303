namespace Homelab.Activities.Postgres;

[Activity(
    "postgres.cancel_query", "Cancel query", "Cancels what a session runs at the moment; the session stays and its transaction fails.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.None, AvailabilityRisk = RiskLevel.Low, NoUndo = "A cancelled query must be run again by whoever needs it.")]
internal sealed class CancelQuery(PostgresClients clients) : IEffectActivity<SessionInput, SessionOutput>
{
    public Task<SessionOutput> ExecuteAsync(SessionInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Sessions.SignalAsync(clients, input, "pg_cancel_backend", context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(SessionInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Sessions.TargetAsync(clients, input, context, cancellationToken);

    /// <summary>The session may run the next query by now, so repeating would hit another one.</summary>
    public Task<Probe> ProbeAsync(SessionInput input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(SessionInput input, SessionOutput output) => null;
}
