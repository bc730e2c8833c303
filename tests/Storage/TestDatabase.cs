using Homelab.Engine.Storage;
using Xunit;

namespace Homelab.Tests.Storage;

/// <summary>A fresh database with every migration applied. Write the test class once, abstract, with this as constructor argument, and inherit it twice: <c>IClassFixture&lt;SqliteFixture&gt;</c> and <c>IClassFixture&lt;PostgresFixture&gt;</c>.</summary>
public abstract class DatabaseFixture : IAsyncLifetime
{
    private Database? _database;

    internal Database Database => _database ?? throw new InvalidOperationException("The fixture is not initialised.");

    public async Task InitializeAsync()
    {
        _database = await CreateAsync();
        await Migrations.ApplyAsync(_database, TimeProvider.System, default);
    }

    /// <summary>Another connection to the same data, as a second node has.</summary>
    internal abstract Database Again();

    public virtual async Task DisposeAsync() => await Database.DisposeAsync();

    private protected abstract Task<Database> CreateAsync();
}

public sealed class SqliteFixture : DatabaseFixture
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-db-").FullName;

    internal string Path => System.IO.Path.Combine(_directory, "homelab.db");

    internal override Database Again() => Database.Sqlite(Path);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private protected override Task<Database> CreateAsync() => Task.FromResult(Database.Sqlite(Path));
}

public sealed class PostgresFixture : DatabaseFixture
{
    internal string ConnectionString { get; private set; } = "";

    internal override Database Again() => Database.PostgreSql(ConnectionString);

    private protected override async Task<Database> CreateAsync()
    {
        var server = await PostgresServer.SharedAsync();
        ConnectionString = await server.CreateDatabaseAsync();
        return Database.PostgreSql(ConnectionString);
    }
}
