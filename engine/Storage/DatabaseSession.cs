using System.Data.Common;
using Dapper;

namespace Homelab.Engine.Storage;

/// <summary>An open connection and, in a write, its transaction: several statements, all or none. SQL is portable; parameters are Dapper's.</summary>
internal sealed class DatabaseSession(DbConnection connection, DbTransaction? transaction, Dialect dialect)
{
    public DbConnection Connection => connection;

    /// <summary>Null in a read.</summary>
    public DbTransaction? Transaction => transaction;

    public Dialect Dialect => dialect;

    public Task<IEnumerable<T>> QueryAsync<T>(string sql, object? parameters, CancellationToken cancellationToken) =>
        connection.QueryAsync<T>(Command(sql, parameters, cancellationToken));

    public Task<T?> QueryFirstOrDefaultAsync<T>(string sql, object? parameters, CancellationToken cancellationToken) =>
        connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters, cancellationToken));

    public Task<T?> ScalarAsync<T>(string sql, object? parameters, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<T>(Command(sql, parameters, cancellationToken));

    /// <summary>The number of rows changed.</summary>
    public Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(Command(sql, parameters, cancellationToken));

    private CommandDefinition Command(string sql, object? parameters, CancellationToken cancellationToken) =>
        new(sql, parameters, transaction, cancellationToken: cancellationToken);
}

internal enum Dialect
{
    Sqlite,
    Postgres,
}
