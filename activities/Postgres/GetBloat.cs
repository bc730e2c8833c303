using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Postgres;

[Activity("postgres.get_bloat", "Table bloat", "Measures dead rows and free space of the biggest tables: by pgstattuple where it is installed, otherwise by the statistics, which can be wrong.", TimeoutSeconds = 300)]
internal sealed class GetBloat(PostgresClients clients) : IActivity<GetBloat.Input, GetBloat.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken, input.Database);
        var measured = await client.ReadOneAsync(
            "SELECT coalesce((SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pgstattuple'), '')",
            row => row.GetString(0), cancellationToken);
        var (columns, join) = measured.Length > 0
            ? ("m.dead_tuple_percent, m.approx_free_percent", $"CROSS JOIN LATERAL {measured}.pgstattuple_approx(t.relid) m")
            : ("round(100.0 * n_dead_tup / greatest(1, n_dead_tup + n_live_tup), 2)::float8, 0::float8", "");
        var tables = await client.ReadAsync(
            $"""
            SELECT format('%I.%I', schemaname, relname), pg_table_size(t.relid), n_live_tup, n_dead_tup, {columns}, greatest(last_vacuum, last_autovacuum), greatest(last_analyze, last_autoanalyze)
            FROM (SELECT * FROM pg_stat_user_tables ORDER BY pg_table_size(relid) DESC LIMIT @count) t {join} ORDER BY 2 DESC
            """,
            row => new Table(
                row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetDouble(4), row.GetDouble(5),
                row.IsDBNull(6) ? null : new DateTimeOffset(row.GetDateTime(6)), row.IsDBNull(7) ? null : new DateTimeOffset(row.GetDateTime(7))),
            cancellationToken, ("count", input.Count));
        return new() { Measured = measured.Length > 0, Tables = tables };
    }

    internal sealed record Input : DatabaseInput
    {
        [Description("At most this many tables, the biggest.")]
        [Range(1, 500)]
        public int Count { get; init; } = 20;
    }

    internal sealed record Output
    {
        [Description("By pgstattuple; otherwise estimated from statistics.")]
        public required bool Measured { get; init; }

        [Description("Tables, biggest first.")]
        public required IReadOnlyList<Table> Tables { get; init; }
    }

    internal sealed record Table(
        string Name, long SizeBytes, long LiveRows, long DeadRows, double DeadPercent, double FreePercent, DateTimeOffset? LastVacuum, DateTimeOffset? LastAnalyze);
}
