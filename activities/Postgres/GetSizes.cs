using System.ComponentModel;

namespace Homelab.Activities.Postgres;

[Activity("postgres.get_sizes", "Sizes", "Measures the databases of a server and the biggest tables of one.", TimeoutSeconds = 60)]
internal sealed class GetSizes(PostgresClients clients) : IActivity<DatabaseInput, GetSizes.Output>
{
    public async Task<Output> ExecuteAsync(DatabaseInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken, input.Database);
        return new()
        {
            Databases = await client.ReadAsync(
                "SELECT datname, pg_database_size(oid) FROM pg_database WHERE has_database_privilege(oid, 'CONNECT') ORDER BY 2 DESC",
                row => new Size(row.GetString(0), row.GetInt64(1)), cancellationToken),
            Tables = await client.ReadAsync(
                "SELECT format('%I.%I', schemaname, relname), pg_total_relation_size(relid) FROM pg_stat_user_tables ORDER BY 2 DESC LIMIT 50",
                row => new Size(row.GetString(0), row.GetInt64(1)), cancellationToken),
        };
    }

    internal sealed record Output
    {
        [Description("Databases, biggest first.")]
        public required IReadOnlyList<Size> Databases { get; init; }

        [Description("Tables with their indexes, biggest first.")]
        public required IReadOnlyList<Size> Tables { get; init; }
    }

    internal sealed record Size(string Name, long Bytes);
}
