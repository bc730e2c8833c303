using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Homelab.Engine.Storage;

/// <summary>
/// Keeps one connection and its prepared statements and speaks to SQLite directly: at thousands of commits a second the parameter
/// handling of the ADO.NET layer costs more than SQLite itself.
/// </summary>
internal sealed class SqliteGroupWriter(Database database) : GroupWriter(database, loops: 1)
{
    private readonly Dictionary<string, sqlite3_stmt> _statements = [];
    private SqliteConnection? _connection;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Close();
    }

    private protected override async Task<int?> WriteTogetherAsync(IReadOnlyList<WriteItem> items)
    {
        using var writer = await Database.EnterWriterAsync(CancellationToken.None);
        try
        {
            if (_connection is null)
            {
                _connection = (SqliteConnection)await Database.OpenAsync(CancellationToken.None);
                // A checkpoint copies the log into the file while everybody waits; fewer and larger ones cost less in sum.
                Execute(new("PRAGMA wal_autocheckpoint=4000"));
            }

            return Write(items);
        }
        catch
        {
            // Whatever the failure left behind goes with the connection, also a transaction.
            Close();
            throw;
        }
    }

    private protected override bool IsUnavailable(Exception exception) => exception switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_CONSTRAINT or raw.SQLITE_ERROR or raw.SQLITE_MISMATCH or raw.SQLITE_RANGE or raw.SQLITE_TOOBIG } => false,
        SqliteException or IOException or UnauthorizedAccessException => true,
        _ => false,
    };

    private int? Write(IReadOnlyList<WriteItem> items)
    {
        Execute(new("BEGIN IMMEDIATE"));
        for (var index = 0; index < items.Count; index++)
        {
            foreach (var guard in items[index].Guards)
            {
                if (Execute(guard) == 1)
                    continue;
                Execute(new("ROLLBACK"));
                return index;
            }

            foreach (var statement in items[index].Rest)
                Execute(statement);
        }

        Execute(new("COMMIT"));
        return null;
    }

    private int Execute(SqlStatement statement)
    {
        var handle = _connection!.Handle!;
        if (!_statements.TryGetValue(statement.Sql, out var prepared))
        {
            // $1 would be a name to SQLite, numbered by its first appearance; ?1 is the first value wherever it stands.
            Check(raw.sqlite3_prepare_v3(handle, statement.Sql.Replace('$', '?'), raw.SQLITE_PREPARE_PERSISTENT, out prepared));
            _statements.Add(statement.Sql, prepared);
        }

        for (var index = 0; index < statement.Values.Length; index++)
        {
            Check(statement.Values[index] switch
            {
                null => raw.sqlite3_bind_null(prepared, index + 1),
                string text => raw.sqlite3_bind_text(prepared, index + 1, text),
                long number => raw.sqlite3_bind_int64(prepared, index + 1, number),
                int number => raw.sqlite3_bind_int(prepared, index + 1, number),
                byte[] bytes => raw.sqlite3_bind_blob(prepared, index + 1, bytes),
                var other => throw new ArgumentException($"A value of type {other.GetType()} cannot be bound in \"{statement.Sql}\"."),
            });
        }

        var result = raw.sqlite3_step(prepared);
        while (result == raw.SQLITE_ROW)
            result = raw.sqlite3_step(prepared);
        raw.sqlite3_reset(prepared);
        if (result != raw.SQLITE_DONE)
            Check(result);
        return raw.sqlite3_changes(handle);
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
            throw new SqliteException(raw.sqlite3_errmsg(_connection!.Handle!).utf8_to_string(), result & 0xFF, result);
    }

    private void Close()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        if (_connection is { } connection)
        {
            SqliteConnection.ClearPool(connection);
            connection.Dispose();
            _connection = null;
        }
    }
}
