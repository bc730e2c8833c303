using System.ComponentModel;

namespace Homelab.Activities.Postgres;

[Activity("postgres.get_index_health", "Index health", "Lists indexes that are invalid, never used, or twice the same.")]
internal sealed class GetIndexHealth(PostgresClients clients) : IActivity<DatabaseInput, GetIndexHealth.Output>
{
    public async Task<Output> ExecuteAsync(DatabaseInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken, input.Database);
        var indexes = await client.ReadAsync(
            """
            SELECT * FROM (
              SELECT format('%I.%I', s.schemaname, s.indexrelname), format('%I.%I', s.schemaname, s.relname), pg_relation_size(i.indexrelid) AS size, s.idx_scan, NOT i.indisvalid AS invalid,
                     s.idx_scan = 0 AND NOT i.indisunique AND i.indisvalid AS unused,
                     EXISTS (SELECT 1 FROM pg_index o WHERE o.indrelid = i.indrelid AND o.indexrelid < i.indexrelid AND o.indkey = i.indkey AND o.indclass = i.indclass
                             AND coalesce(pg_get_expr(o.indexprs, o.indrelid), '') = coalesce(pg_get_expr(i.indexprs, i.indrelid), '')
                             AND coalesce(pg_get_expr(o.indpred, o.indrelid), '') = coalesce(pg_get_expr(i.indpred, i.indrelid), '')) AS double
              FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid) all_indexes
            WHERE invalid OR unused OR double ORDER BY size DESC LIMIT 500
            """,
            row => new Index(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetBoolean(4), row.GetBoolean(5), row.GetBoolean(6)),
            cancellationToken);
        return new() { Indexes = indexes };
    }

    internal sealed record Output
    {
        [Description("Indexes that need a look, biggest first. Never used counts since statistics were reset.")]
        public required IReadOnlyList<Index> Indexes { get; init; }
    }

    internal sealed record Index(string Name, string Table, long SizeBytes, long Scans, bool Invalid, bool Unused, bool Duplicate);
}
