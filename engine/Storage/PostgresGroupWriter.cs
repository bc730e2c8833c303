using System.Data.Common;
using Npgsql;

namespace Homelab.Engine.Storage;

/// <summary>One transaction a batch, its statements pipelined: two round trips however many runs it holds. Two connections, so that one fills while the other waits for the disk.</summary>
internal sealed class PostgresGroupWriter(Database database) : GroupWriter(database, loops: 2)
{
    private const int MaxVictims = 8;

    /// <summary>Starts that hold an activation's row may wait for each other's in a circle; the server undoes one of them, which is then written again, whole.</summary>
    private protected override async Task<int?> WriteTogetherAsync(IReadOnlyList<WriteItem> items)
    {
        for (var victim = 1; ; victim++)
        {
            try
            {
                return await WriteOnceAsync(items);
            }
            catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure && victim < MaxVictims)
            {
                // Undone by the server: nothing of it was written.
            }
        }
    }

    private async Task<int?> WriteOnceAsync(IReadOnlyList<WriteItem> items)
    {
        await using var connection = await Database.Postgres!.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("BEGIN"));
        foreach (var item in items)
        {
            foreach (var statement in item.Guards)
                batch.BatchCommands.Add(Command(statement));
            foreach (var statement in item.Rest)
                batch.BatchCommands.Add(Command(statement));
        }

        try
        {
            await batch.ExecuteNonQueryAsync();
            if (FirstFailedGuard(items, batch.BatchCommands) is { } failed)
            {
                await ExecuteAsync(connection, "ROLLBACK");
                return failed;
            }

            await ExecuteAsync(connection, "COMMIT");
            return null;
        }
        catch (PostgresException exception)
        {
            await ExecuteAsync(connection, "ROLLBACK");
            if (exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
                throw;
            // Everything was sent at once: what broke may only have been reached because a guard did not stop it.
            if (items.Count == 1 && await GuardFailsAsync(connection, items[0]))
                return 0;
            throw;
        }
    }

    private protected override bool IsUnavailable(Exception exception) => exception switch
    {
        // 08 connection, 53 resources (disk full, too many connections), 57 operator intervention, 58 system error, 40 serialisation and deadlock.
        PostgresException postgres => postgres.SqlState[..2] is "08" or "53" or "57" or "58" or "40" or "25",
        DbException or IOException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

    private static async Task<bool> GuardFailsAsync(NpgsqlConnection connection, WriteItem item)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("BEGIN"));
        foreach (var guard in item.Guards)
            batch.BatchCommands.Add(Command(guard));
        await batch.ExecuteNonQueryAsync();
        await ExecuteAsync(connection, "ROLLBACK");
        return FirstFailedGuard([item with { Rest = [] }], batch.BatchCommands) is not null;
    }

    private static int? FirstFailedGuard(IReadOnlyList<WriteItem> items, NpgsqlBatchCommandCollection commands)
    {
        var position = 1;
        for (var index = 0; index < items.Count; index++)
        {
            for (var guard = 0; guard < items[index].Guards.Count; guard++)
            {
                if (commands[position + guard].RecordsAffected != 1)
                    return index;
            }

            position += items[index].Guards.Count + items[index].Rest.Count;
        }

        return null;
    }

    private static NpgsqlBatchCommand Command(SqlStatement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Sql);
        foreach (var value in statement.Values)
        {
            command.Parameters.Add(value switch
            {
                null => new NpgsqlParameter { Value = DBNull.Value },
                string text => new NpgsqlParameter<string> { TypedValue = text },
                long number => new NpgsqlParameter<long> { TypedValue = number },
                int number => new NpgsqlParameter<long> { TypedValue = number },
                byte[] bytes => new NpgsqlParameter<byte[]> { TypedValue = bytes },
                var other => throw new ArgumentException($"A value of type {other.GetType()} cannot be bound in \"{statement.Sql}\"."),
            });
        }

        return command;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
