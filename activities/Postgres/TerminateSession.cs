namespace Homelab.Activities.Postgres;

[Activity(
    "postgres.terminate_session", "Terminate session", "Ends a session with whatever it runs; its open transaction is rolled back.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Low, NoUndo = "The client connects again by itself or not; what it had not committed is gone.")]
internal sealed class TerminateSession(PostgresClients clients) : IEffectActivity<SessionInput, SessionOutput>
{
    public Task<SessionOutput> ExecuteAsync(SessionInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Sessions.SignalAsync(clients, input, "pg_terminate_backend", context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(SessionInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Sessions.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(SessionInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var there = await client.ReadOneAsync("SELECT count(*) FROM pg_stat_activity WHERE pid = @pid", row => row.GetInt64(0), cancellationToken, ("pid", input.Pid));
        return there == 0 ? Probe.Happened : Probe.Unknown;
    }

    public UndoStep? Undo(SessionInput input, SessionOutput output) => null;
}
