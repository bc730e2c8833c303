using System.Data.Common;
using Homelab.Engine.Operations;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace Homelab.Engine.Storage;

/// <summary>
/// The one database of a node: a SQLite file, or PostgreSQL where a connection string names one. Thread-safe.
/// Reads see committed data; a write is one transaction, committed when the work returns and rolled back when it throws.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly NpgsqlDataSource? _postgres;
    private readonly string? _sqlite;

    // SQLite has one writer: waiting here is fair and cancellable, waiting inside SQLite is neither.
    private readonly SemaphoreSlim _writer = new(1, 1);

    private Database(Dialect dialect, string? sqlite, NpgsqlDataSource? postgres) => (Dialect, _sqlite, _postgres) = (dialect, sqlite, postgres);

    public Dialect Dialect { get; }

    /// <summary>The PostgreSQL data source, for LISTEN and pipelined batches; null on SQLite.</summary>
    public NpgsqlDataSource? Postgres => _postgres;

    /// <summary>What kept the last write from being stored; null where it was stored. While a disk is full everything can still be read.</summary>
    public Exception? WriteFailure { get; set; }

    /// <summary>A SQLite file; its directory is made when it is missing.</summary>
    public static Database Sqlite(string path)
    {
        _ = SqliteLibrary.Version;
        var full = Path.GetFullPath(path);
        DataDirectory.Make(Path.GetDirectoryName(full)!);
        return new(Dialect.Sqlite, new SqliteConnectionStringBuilder { DataSource = full, Pooling = true, DefaultTimeout = 30 }.ToString(), null);
    }

    public static Database PostgreSql(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        if (builder.MaxAutoPrepare == 0)
            builder.MaxAutoPrepare = 100;
        return new(Dialect.Postgres, null, NpgsqlDataSource.Create(builder));
    }

    /// <summary>SQLite's one writer, for who keeps a connection of his own; released by disposing the answer. Nothing on PostgreSQL.</summary>
    public async Task<IDisposable> EnterWriterAsync(CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        return new WriterTurn(_writer);
    }

    /// <summary>
    /// A file belongs to one server: a second one would take the first for dead and its runs with it. Held until disposed, and let go by the system when the process dies,
    /// however it dies. Null on PostgreSQL, which nodes share.
    /// </summary>
    /// <exception cref="BadConfigurationException">Another process has it.</exception>
    public IDisposable? LockFile()
    {
        if (_sqlite is null)
            return null;
        var file = new SqliteConnectionStringBuilder(_sqlite).DataSource;
        try
        {
            return new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new BadConfigurationException(
                [$"{file} is in use by another server ({exception.Message}). Stop that one, give this one a directory of its own (--data), or let both use one PostgreSQL (Storage:ConnectionString)."]);
        }
    }

    /// <summary>An open connection of the pool; the caller disposes it.</summary>
    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (_postgres is not null)
            return await _postgres.OpenConnectionAsync(cancellationToken);
        var connection = new SqliteConnection(_sqlite);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=30000;";
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task<T> ReadAsync<T>(Func<DatabaseSession, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await work(new(connection, null, Dialect));
    }

    public async Task<T> WriteAsync<T>(Func<DatabaseSession, Task<T>> work, CancellationToken cancellationToken)
    {
        if (Dialect == Dialect.Sqlite)
            await _writer.WaitAsync(cancellationToken);
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var transaction = connection is SqliteConnection sqlite
                ? sqlite.BeginTransaction(deferred: false)
                : await connection.BeginTransactionAsync(cancellationToken);
            var result = await work(new(connection, transaction, Dialect));
            try
            {
                await transaction.CommitAsync(cancellationToken);
            }
            catch (SqliteException) when (connection is SqliteConnection { Handle: { } handle } && raw.sqlite3_get_autocommit(handle) != 0)
            {
                // A full disk has ended the transaction. Rolling back one that is not there would hide what happened and keep the connection from the pool.
                _ = raw.sqlite3_exec(handle, "BEGIN");
                throw;
            }

            WriteFailure = null;
            return result;
        }
        catch (Exception exception) when (exception is DbException or IOException)
        {
            WriteFailure = exception;
            throw;
        }
        finally
        {
            if (Dialect == Dialect.Sqlite)
                _writer.Release();
        }
    }

    /// <summary>Fails where nothing can be read or, after a write that failed, written.</summary>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (WriteFailure is null)
            await ReadAsync(session => session.ScalarAsync<int>("SELECT 1", null, cancellationToken), cancellationToken);
        else
            await WriteAsync(session => session.ExecuteAsync("UPDATE workflow_definitions_revision SET revision = revision", null, cancellationToken), cancellationToken);
    }

    public Task WriteAsync(Func<DatabaseSession, Task> work, CancellationToken cancellationToken) => WriteAsync(
        async session =>
        {
            await work(session);
            return true;
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _writer.Dispose();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        else
            SqliteConnection.ClearPool(new SqliteConnection(_sqlite));
    }

    private sealed class WriterTurn(SemaphoreSlim writer) : IDisposable
    {
        public void Dispose() => writer.Release();
    }
}
