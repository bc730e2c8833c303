using System.ComponentModel;

namespace Homelab.Activities.Postgres;

[Activity("postgres.get_connections", "Connections", "Counts connections by database, user and state against the limit of the server.")]
internal sealed class GetConnections(PostgresClients clients) : IActivity<GetConnections.Input, GetConnections.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var groups = await client.ReadAsync(
            """
            SELECT coalesce(datname, ''), coalesce(usename, ''), coalesce(state, ''), count(*)::int FROM pg_stat_activity
            WHERE backend_type = 'client backend' GROUP BY 1, 2, 3 ORDER BY 4 DESC
            """,
            row => new Group(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt32(3)), cancellationToken);
        var limit = await client.ReadOneAsync("SELECT current_setting('max_connections')::int", row => row.GetInt32(0), cancellationToken);
        var used = groups.Sum(group => group.Count);
        return new() { Used = used, Limit = limit, UsedPercent = Math.Round(100.0 * used / limit, 1), Groups = groups };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Connections of clients, this one included.")]
        public required int Used { get; init; }

        [Description("max_connections.")]
        public required int Limit { get; init; }

        [Description("Used of the limit.")]
        public required double UsedPercent { get; init; }

        [Description("By database, user and state.")]
        public required IReadOnlyList<Group> Groups { get; init; }
    }

    internal sealed record Group(string Database, string User, string State, int Count);
}
