using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Postgres;

internal static class PostgresSetup
{
    public static void AddPostgresTool(this IServiceCollection services)
    {
        services.AddSingleton<PostgresClients>();
        services.AddConnectionTest<PostgresOptions, PostgresClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).ReadOneAsync("SHOW server_version", row => row.GetString(0), cancellationToken));
        services.AddOptionsProvider<PostgresClients>("postgres.databases", async (clients, connection, context, cancellationToken) =>
            await (await clients.OpenAsync(connection, context, cancellationToken)).ReadAsync(
                "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1", row => new InputOption(row.GetString(0), row.GetString(0)), cancellationToken));
        services.AddOptionsProvider<PostgresClients>("postgres.tables", async (clients, connection, context, cancellationToken) =>
            await (await clients.OpenAsync(connection, context, cancellationToken)).ReadAsync(
                "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 300",
                row => new InputOption(row.GetString(0), row.GetString(0)), cancellationToken));
    }
}
