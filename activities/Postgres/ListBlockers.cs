using System.ComponentModel;

namespace Homelab.Activities.Postgres;

[Activity("postgres.list_blockers", "Locks and blockers", "Lists sessions that wait for a lock with those that hold it, and the roots that wait for nobody.")]
internal sealed class ListBlockers(PostgresClients clients) : IActivity<ListBlockers.Input, ListBlockers.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var waits = await client.ReadAsync(
            """
            SELECT w.pid, b.pid, coalesce(w.datname, ''), coalesce(extract(epoch FROM now() - w.state_change), 0)::float8, left(w.query, 1000), left(b.query, 1000),
                   coalesce(b.state, ''), b.backend_start, cardinality(pg_blocking_pids(b.pid)) = 0
            FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS blocker(pid) JOIN pg_stat_activity b ON b.pid = blocker.pid
            ORDER BY w.state_change LIMIT 500
            """,
            row => new Wait(
                row.GetInt32(0), row.GetInt32(1), row.GetString(2), row.GetDouble(3), row.GetString(4), row.GetString(5), row.GetString(6), new DateTimeOffset(row.GetDateTime(7)),
                row.GetBoolean(8)),
            cancellationToken);
        return new() { Waits = waits, Roots = [.. waits.Where(wait => wait.BlockerIsRoot).Select(wait => wait.BlockerPid).Distinct()] };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Who waits for whom.")]
        public required IReadOnlyList<Wait> Waits { get; init; }

        [Description("Process ids of blockers that wait for nobody: ending one of these helps.")]
        public required IReadOnlyList<int> Roots { get; init; }
    }

    internal sealed record Wait(
        int WaitingPid, int BlockerPid, string Database, double WaitingSeconds, string WaitingQuery, string BlockerQuery, string BlockerState, DateTimeOffset BlockerBackendStart,
        bool BlockerIsRoot);
}
