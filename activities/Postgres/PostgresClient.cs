using System.Net.Sockets;
using Npgsql;

namespace Homelab.Activities.Postgres;

/// <summary>One database. What reads runs in a read-only transaction, what changes passes the door of a dry run first.</summary>
internal sealed class PostgresClient(string name, string database, string connectionString, ActivityContext context)
{
    public string Name => name;

    public string Database => database;

    public Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params (string Name, object Value)[] parameters) =>
        GuardAsync(async () =>
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var readOnly = new NpgsqlCommand("SET TRANSACTION READ ONLY", connection))
                await readOnly.ExecuteNonQueryAsync(cancellationToken);
            await using var command = Command(sql, connection, parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            List<T> rows = [];
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(read(reader));
            return (IReadOnlyList<T>)rows;
        });

    public async Task<T> ReadOneAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params (string Name, object Value)[] parameters) =>
        (await ReadAsync(sql, read, cancellationToken, parameters))[0];

    /// <summary>A statement that changes something; one that cannot run in a transaction (VACUUM, ALTER SYSTEM) fits too.</summary>
    public Task<object?> ChangeAsync(string sql, CancellationToken cancellationToken, TimeSpan? timeout = null, params (string Name, object Value)[] parameters)
    {
        DryRunPlan.Door(context, $"{name}/{database}: {sql}");
        return GuardAsync(async () =>
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var command = Command(sql, connection, parameters);
            if (timeout is { } limit)
                command.CommandTimeout = (int)limit.TotalSeconds;
            return await command.ExecuteScalarAsync(cancellationToken);
        });
    }

    /// <summary>A table or index by the name a person writes, quoted for use in a statement.</summary>
    public async Task<string> RelationAsync(string relation, string kinds, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(@relation) AND c.relkind::text = ANY(string_to_array(@kinds, ','))",
            row => row.GetString(0), cancellationToken, ("relation", relation), ("kinds", kinds));
        return found.Count == 1
            ? found[0]
            : throw new ActivityException($"'{relation}' is not in database '{database}' of PostgreSQL '{name}'.", retryable: false);
    }

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, (string Name, object Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var (parameter, value) in parameters)
            command.Parameters.AddWithValue(parameter, value);
        return command;
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (PostgresException exception)
        {
            // Only the message: detail and hint can hold rows.
            throw new ActivityException($"PostgreSQL '{name}' answered {exception.SqlState}: {exception.MessageText}", exception.IsTransient);
        }
        catch (NpgsqlException exception) when (exception.InnerException is OperationCanceledException)
        {
            throw exception.InnerException;
        }
        catch (NpgsqlException exception)
        {
            var kind = exception.InnerException switch
            {
                SocketException => FailureKind.Connect,
                TimeoutException => FailureKind.Timeout,
                _ => FailureKind.Other,
            };
            throw new ActivityException($"PostgreSQL '{name}' failed: {(exception.InnerException ?? exception).Message}", retryable: true) { Kind = kind };
        }
    }
}
