using System.Buffers.Binary;
using System.Text;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Postgres;

/// <summary>
/// What the one PostgreSQL server of the simulated homelab answers to the statements that the product sends: its sessions, locks and tables, by the columns of the views that are
/// asked. A statement that is not known is refused as one that is wrong.
/// </summary>
internal sealed class SimulatedDatabase(World.Homelab homelab)
{
    private const string Name = "main";

    // What each session is taken to have been connected for before it did what it does.
    private static readonly TimeSpan Connected = TimeSpan.FromHours(4);

    public SqlAnswer? Run(string statement, IReadOnlyList<byte[]?> values)
    {
        lock (homelab.Sync)
        {
            var database = homelab.Database;
            return database.Unit.Works && database.Machine.IsReachable ? Answer(database, statement.ReplaceLineEndings(" ").Trim(), values) : null;
        }
    }

    private SqlAnswer Answer(Database database, string statement, IReadOnlyList<byte[]?> values)
    {
        return statement switch
        {
            _ when Is("BEGIN") || Is("COMMIT") || Is("ROLLBACK") || Is("SET ") || Is("DISCARD") => SqlAnswer.Done(statement.Split(' ')[0].ToUpperInvariant()),
            "SELECT version()" => SqlAnswer.One(SqlColumn.Text, "PostgreSQL 16.4 on x86_64-pc-linux-gnu"),
            "SHOW server_version" => SqlAnswer.One(SqlColumn.Text, "16.4"),
            "SELECT current_database()" => SqlAnswer.One(SqlColumn.Text, Name),
            // What a client asks for first: the types there are; composite types and enums there are none.
            _ when Has("pg_type") && Has("typnotnull") => new([.. Enumerable.Repeat(SqlColumn.Text, 6)], [.. SqlColumn.All.Select(type => new object?[]
                { "pg_catalog", $"{type.Oid}", type.Name, type.Element > 0 ? "a" : "b", "f", type.Element > 0 ? $"{type.Element}" : null })]),
            _ when Has("pg_type") || Has("pg_enum") || Has("pg_attribute") => new([SqlColumn.Text], []),
            _ when Has("current_setting('max_connections')") => SqlAnswer.One(SqlColumn.Int, database.MaxConnections),
            _ when Has("count(*)::int FROM pg_stat_activity") => Connections(database),
            _ when Has("pg_blocking_pids(w.pid)") => Blockers(database),
            _ when Is("SELECT pid, coalesce(datname") => Sessions(database, idle: values[0] is [1], BinaryPrimitives.ReadDoubleBigEndian(values[1])),
            _ when Has("backend_start FROM pg_stat_activity WHERE pid =") => new(
                [SqlColumn.Text, SqlColumn.Text, SqlColumn.Time], [.. Of(database, values[0]).Select(session => new object?[] { Name, session.User, Began(session) })]),
            _ when Is("SELECT count(*) FROM pg_stat_activity WHERE pid") => SqlAnswer.One(SqlColumn.Long, (long)Of(database, values[0]).Count()),
            _ when Is("SELECT pg_terminate_backend(") => Signal(database, values[0], "terminate_session"),
            _ when Is("SELECT pg_cancel_backend(") => Signal(database, values[0], "cancel_query"),
            _ when Has("FILTER (WHERE pg_terminate_backend(pid))") => Clear(database, TimeSpan.FromMinutes(Number(values[1]))),
            _ when Has("'pgstattuple'") => SqlAnswer.One(SqlColumn.Text, ""),
            _ when Has("FROM pg_stat_user_tables ORDER BY pg_table_size") => Bloat(database),
            _ when Has("to_regclass($1)") => Relation(database, Encoding.UTF8.GetString(values[0] ?? []), size: Has("pg_total_relation_size")),
            _ when Is("VACUUM") => Vacuum(database, statement.Split(' ')[^1]),
            _ => SqlAnswer.Failed("42601", $"syntax error at or near \"{statement.Split(' ')[0]}\""),
        };

        bool Is(string beginning) => statement.StartsWith(beginning, StringComparison.Ordinal);

        bool Has(string part) => statement.Contains(part, StringComparison.Ordinal);
    }

    private static SqlAnswer Connections(Database database) => new(
        [SqlColumn.Text, SqlColumn.Text, SqlColumn.Text, SqlColumn.Int],
        [.. database.Sessions.GroupBy(session => (session.User, session.State)).Select(group => new object?[] { Name, group.Key.User, group.Key.State, group.Count() }).Append([Name, "shop", "idle", database.BaseConnections])
            .OrderByDescending(row => row[3])]);

    private SqlAnswer Blockers(Database database) => new(
        [SqlColumn.Int, SqlColumn.Int, SqlColumn.Text, SqlColumn.Double, SqlColumn.Text, SqlColumn.Text, SqlColumn.Text, SqlColumn.Time, SqlColumn.Bool],
        [.. from waiting in database.Sessions
            join blocker in database.Sessions on waiting.BlockedBy equals blocker.Pid
            orderby waiting.Since
            select new object?[]
            {
                waiting.Pid, blocker.Pid, Name, (homelab.Now - waiting.Since).TotalSeconds, waiting.Query, blocker.Query, blocker.State, Began(blocker), blocker.BlockedBy is null,
            }]);

    private SqlAnswer Sessions(Database database, bool idle, double seconds) => new(
        [
            SqlColumn.Int, SqlColumn.Text, SqlColumn.Text, SqlColumn.Text, SqlColumn.Text, SqlColumn.Text, SqlColumn.Time, SqlColumn.Double, SqlColumn.Double, SqlColumn.Text, SqlColumn.Text,
        ],
        [.. database.Sessions.Where(session => (idle || session.State != "idle") && (homelab.Now - session.Since).TotalSeconds >= seconds).OrderBy(session => session.Since).Select(session =>
        {
            var since = (homelab.Now - session.Since).TotalSeconds;
            return new object?[]
            {
                session.Pid, Name, session.User, session.Application, "10.0.0.11", session.State, Began(session), since, session.State == "idle" ? 0.0 : since,
                session.BlockedBy is null ? "" : "Lock: transactionid", session.Query,
            };
        })]);

    private static SqlAnswer Bloat(Database database) => new(
        [SqlColumn.Text, SqlColumn.Long, SqlColumn.Long, SqlColumn.Long, SqlColumn.Double, SqlColumn.Double, SqlColumn.Time, SqlColumn.Time],
        [.. database.Tables.OrderByDescending(table => table.Value.Bytes).Select(table => new object?[]
        {
            $"public.{table.Key}", table.Value.Bytes, table.Value.Rows, table.Value.DeadRows, Math.Round(100.0 * table.Value.DeadRows / Math.Max(1, table.Value.DeadRows + table.Value.Rows), 2), 0.0,
            table.Value.VacuumedAt, table.Value.VacuumedAt,
        })]);

    private static SqlAnswer Relation(Database database, string name, bool size)
    {
        var table = database.Tables.GetValueOrDefault(Plain(name));
        return size
            ? SqlAnswer.One(SqlColumn.Long, table?.Bytes)
            : new([SqlColumn.Text], table is null ? [] : [[$"public.{Plain(name)}"]]);
    }

    private SqlAnswer Signal(Database database, byte[]? pid, string verb)
    {
        if (Of(database, pid).FirstOrDefault() is not { } session)
            return SqlAnswer.One(SqlColumn.Bool, false);
        var error = homelab.Do(verb, "database", Name, $"{session.Pid} of {session.User}", () => database.Sessions.Remove(session));
        return error is null ? SqlAnswer.One(SqlColumn.Bool, true) : SqlAnswer.Failed("XX000", error);
    }

    private SqlAnswer Clear(Database database, TimeSpan idle)
    {
        var ended = database.Sessions.Where(session => session.State.StartsWith("idle", StringComparison.Ordinal) && homelab.Now - session.Since > idle).ToList();
        var error = homelab.Do("clear_connections", "database", Name, $"{ended.Count} sessions", () => database.Sessions.RemoveAll(ended.Contains));
        return error is null ? SqlAnswer.One(SqlColumn.Long, (long)ended.Count) : SqlAnswer.Failed("XX000", error);
    }

    private SqlAnswer Vacuum(Database database, string name)
    {
        var error = homelab.Do("vacuum", "table", Plain(name), effect: () =>
        {
            if (database.Tables.TryGetValue(Plain(name), out var table))
                (table.DeadRows, table.VacuumedAt) = (0, homelab.Now);
        });
        return error is null ? SqlAnswer.Done("VACUUM") : SqlAnswer.Failed("XX000", error);
    }

    private static IEnumerable<DatabaseSession> Of(Database database, byte[]? pid) => database.Sessions.Where(session => session.Pid == Number(pid));

    private static DateTimeOffset Began(DatabaseSession session) => session.Since - Connected;

    private static int Number(byte[]? value) => value is { Length: 4 } ? BinaryPrimitives.ReadInt32BigEndian(value) : 0;

    private static string Plain(string name) => name.Split('.')[^1].Trim('"');
}
