using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Postgres;

[Activity(
    "postgres.clear_connections", "Clear idle connections", "Ends sessions of a database that have been idle for a time; with inTransaction also those that sit idle in a transaction.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Low, Idempotent = true, NoUndo = "Clients connect again by themselves or not.")]
internal sealed class ClearConnections(PostgresClients clients) : IEffectActivity<ClearConnections.Input, ClearConnections.Output>
{
    private static readonly string[] Idle = ["idle"];
    private static readonly string[] IdleInTransaction = [.. Idle, "idle in transaction", "idle in transaction (aborted)"];

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken, input.Database);
        var ended = await client.ChangeAsync(
            """
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name <> 'homelab'
              AND state = ANY(@states) AND state_change < now() - make_interval(mins => @minutes)
            """,
            cancellationToken, null, ("states", input.InTransaction ? IdleInTransaction : Idle), ("minutes", input.IdleMinutes));
        return new() { Ended = (int)(long)ended! };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken, input.Database);
        // Asked, so that a database that is not there is refused.
        var database = await client.ReadOneAsync("SELECT current_database()", row => row.GetString(0), cancellationToken);
        return new("database", $"postgres:{client.Name}/database/{database}", database);
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : DatabaseInput
    {
        [Description("Idle for at least this many minutes.")]
        [Range(0, 100_000)]
        public int IdleMinutes { get; init; } = 10;

        [Description("Also sessions that are idle within a transaction: they hold locks, and their transaction is rolled back.")]
        public bool InTransaction { get; init; }
    }

    internal sealed record Output
    {
        [Description("How many sessions were ended.")]
        public required int Ended { get; init; }
    }
}
