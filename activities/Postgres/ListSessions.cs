using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Postgres;

[Activity("postgres.list_sessions", "Activity", "Lists what sessions run, longest first; with a minimum of seconds, the long-running queries.")]
internal sealed class ListSessions(PostgresClients clients) : IActivity<ListSessions.Input, ListSessions.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var sessions = await client.ReadAsync(
            """
            SELECT pid, coalesce(datname, ''), coalesce(usename, ''), application_name, coalesce(host(client_addr), 'local'), coalesce(state, ''), backend_start,
                   coalesce(extract(epoch FROM now() - query_start), 0)::float8, coalesce(extract(epoch FROM now() - xact_start), 0)::float8,
                   coalesce(wait_event_type || ': ' || wait_event, ''), left(query, 2000)
            FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND (@idle OR state <> 'idle')
              AND coalesce(extract(epoch FROM now() - query_start), 0) >= @seconds
            ORDER BY query_start NULLS LAST LIMIT 500
            """,
            row => new Session(
                row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), new DateTimeOffset(row.GetDateTime(6)),
                row.GetDouble(7), row.GetDouble(8), row.GetString(9), row.GetString(10)),
            cancellationToken, ("idle", input.IncludeIdle), ("seconds", (double)input.MinSeconds));
        return new() { Sessions = sessions };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Only queries that run for at least this many seconds.")]
        [Range(0, 10_000_000)]
        public int MinSeconds { get; init; }

        [Description("Also sessions that do nothing.")]
        public bool IncludeIdle { get; init; }
    }

    internal sealed record Output
    {
        [Description("Sessions, longest query first.")]
        public required IReadOnlyList<Session> Sessions { get; init; }
    }

    internal sealed record Session(
        int Pid, string Database, string User, string Application, string Client, string State, DateTimeOffset BackendStart, double QuerySeconds, double TransactionSeconds,
        string Waits, string Query);
}
