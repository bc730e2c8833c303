using Homelab.Engine.Operations;

namespace Homelab.Engine.Storage;

internal static class DatabaseSetup
{
    public static string SqliteFile(DataDirectory data) => Path.Combine(data.Path, "homelab.db");

    /// <summary>The database the settings name, as it is.</summary>
    public static Database Open(IConfiguration configuration, DataDirectory data) => configuration["Storage:ConnectionString"] is { Length: > 0 } connectionString
        ? Database.PostgreSql(connectionString)
        : Database.Sqlite(SqliteFile(data));

    /// <summary>The database the settings name, brought up to date before anything else starts: hosted services start in the order they are added, so this comes first.</summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfiguration configuration, DataDirectory data)
    {
        services.AddSettings<StorageSettings>("Storage");
        services.AddSingleton(_ => Open(configuration, data));
        services.AddSingleton<DatabaseStart>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseStart>());
        services.AddSingleton(provider => new ReadinessCheck("database", async cancellationToken =>
        {
            await provider.GetRequiredService<Database>().ProbeAsync(cancellationToken);
            return null;
        }));
        services.AddSingleton(provider => new ReadinessCheck("migrations", _ =>
            Task.FromResult(provider.GetRequiredService<DatabaseStart>().Done ? null : "The database is being brought up to date.")));
        return services;
    }
}

/// <summary>Section <c>Storage</c>.</summary>
internal sealed class StorageSettings
{
    /// <summary>Of PostgreSQL; empty uses a SQLite file in <see cref="Directory"/>.</summary>
    public string ConnectionString { get; set; } = "";

    public string Directory { get; set; } = "data";
}

internal sealed class DatabaseStart(Database database, TimeProvider time) : IHostedService, IDisposable
{
    private IDisposable? _lock;

    public bool Done { get; private set; }

    /// <exception cref="BadConfigurationException">Another process serves this file.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _lock = database.LockFile();
        await Migrations.ApplyAsync(database, time, cancellationToken);
        Done = true;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _lock?.Dispose();
}
