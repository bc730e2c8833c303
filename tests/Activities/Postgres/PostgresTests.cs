using FluentAssertions;
using Homelab.Activities;
using Npgsql;
using Xunit;

namespace Homelab.Tests.Activities.Postgres;

public sealed class PostgresFixture : ServerFixture
{
    public const string Program = "/usr/lib/postgresql/15/bin/postgres";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Program];

    /// <summary>A session of its own, past the code under test.</summary>
    internal async Task<NpgsqlConnection> ConnectAsync(string application = "lab")
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={Server.Port};Username=postgres;Database=postgres;Application Name={application};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    internal async Task<object?> SqlAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    protected override async Task StartAsync()
    {
        Server = await StartAsync("postgres");
        Environment = new(
            ("Activities:Postgres:default:Host", "127.0.0.1"), ("Activities:Postgres:default:Port", $"{Server.Port}"), ("Activities:Postgres:default:User", "postgres"));
    }
}

[Trait("Category", "Servers")]
public sealed class PostgresTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private ActivityEnvironment Environment => fixture.Environment;

    [ServerFact(PostgresFixture.Program)]
    public async Task Blocker_FoundAndTerminated_LetsTheWaiterOn()
    {
        await fixture.SqlAsync("CREATE TABLE locked(id int); INSERT INTO locked VALUES (1)");
        // The holder is disposed first: the waiter could not end before it.
        await using var waiter = await fixture.ConnectAsync();
        await using var holder = await fixture.ConnectAsync();
        await ExecuteAsync(holder, "BEGIN; UPDATE locked SET id = 2");
        var waiting = ExecuteAsync(waiter, "UPDATE locked SET id = 3");
        System.Text.Json.Nodes.JsonObject blockers;
        do
            blockers = await Environment.RunAsync("postgres.list_blockers", new { });
        while (blockers["waits"]!.AsArray().Count == 0);
        blockers["roots"]!.AsArray().Select(pid => pid!.GetValue<int>()).Should().Equal(holder.ProcessID);
        blockers["waits"]![0]!["waitingPid"]!.GetValue<int>().Should().Be(waiter.ProcessID);

        var start = blockers["waits"]![0]!["blockerBackendStart"]!.GetValue<DateTimeOffset>();
        var other = () => Environment.RunAsync("postgres.terminate_session", new { pid = holder.ProcessID, backendStart = start.AddHours(-1) });
        (await other.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("another one");
        var input = new { pid = holder.ProcessID, backendStart = start };
        (await Environment.RunAsync("postgres.terminate_session", input, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        waiting.IsCompleted.Should().BeFalse();
        (await Environment.RunAsync("postgres.terminate_session", input))["signalled"]!.GetValue<bool>().Should().BeTrue();
        await waiting.WaitAsync(TimeSpan.FromSeconds(20));
        (await fixture.SqlAsync("SELECT id FROM locked")).Should().Be(3);
        (await Environment.ProbeAsync("postgres.terminate_session", input)).Should().Be(Probe.Happened);
        await FluentActions.Awaiting(() => Environment.TargetAsync("postgres.terminate_session", input)).Should().ThrowAsync<ActivityException>();
    }

    [ServerFact(PostgresFixture.Program)]
    public async Task CancelQuery_LongOne_EndsItAndKeepsTheSession()
    {
        await using var session = await fixture.ConnectAsync("longrunner");
        var running = ExecuteAsync(session, "SELECT pg_sleep(600)");
        int pid;
        do
        {
            var listed = (await Environment.RunAsync("postgres.list_sessions", new { }))["sessions"]!.AsArray();
            pid = listed.SingleOrDefault(entry => entry!["application"]!.GetValue<string>() == "longrunner" && entry["query"]!.GetValue<string>().Contains("pg_sleep"))?["pid"]?.GetValue<int>() ?? 0;
        }
        while (pid == 0);
        await Environment.RunAsync("postgres.cancel_query", new { pid });
        (await FluentActions.Awaiting(() => running).Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be("57014");
        await ExecuteAsync(session, "SELECT 1");
    }

    [ServerTheory(PostgresFixture.Program)]
    [InlineData("postgres.vacuum_table")]
    [InlineData("postgres.reindex_table")]
    public async Task Cancelled_WhileItWaits_EndsTheStatementOnTheServer(string id)
    {
        var table = "held_" + id.Split('.')[1];
        await fixture.SqlAsync($"CREATE TABLE {table}(id int PRIMARY KEY)");
        await using var holder = await fixture.ConnectAsync();
        await ExecuteAsync(holder, $"BEGIN; LOCK TABLE {table} IN SHARE MODE");
        using var cancel = new CancellationTokenSource();
        var running = Environment.RunAsync(id, new { table }, cancellationToken: cancel.Token);
        while (await WaitingAsync(table) == 0)
            running.IsCompleted.Should().BeFalse();
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        for (var tries = 0; await WaitingAsync(table) > 0; tries++)
            tries.Should().BeLessThan(500, "the server gave it up");
    }

    private async Task<long> WaitingAsync(string table) =>
        (long)(await fixture.SqlAsync($"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'homelab' AND state = 'active' AND query ILIKE '%{table}%'"))!;

    [ServerFact(PostgresFixture.Program)]
    public async Task ClearConnections_Idle_EndsThoseAndNotTheBusy()
    {
        await fixture.SqlAsync("CREATE DATABASE clear");
        var builder = new NpgsqlConnectionStringBuilder((await fixture.ConnectAsync()).ConnectionString) { Database = "clear" };
        await using var idle = new NpgsqlConnection(builder.ConnectionString);
        await idle.OpenAsync();
        await ExecuteAsync(idle, "SELECT 1");
        await using var held = new NpgsqlConnection(builder.ConnectionString);
        await held.OpenAsync();
        await ExecuteAsync(held, "BEGIN");
        var output = await Environment.RunAsync("postgres.clear_connections", new { database = "clear", idleMinutes = 0 });
        output["ended"]!.GetValue<int>().Should().Be(1);
        await FluentActions.Awaiting(() => ExecuteAsync(idle, "SELECT 1")).Should().ThrowAsync<NpgsqlException>();
        await ExecuteAsync(held, "SELECT 1");
        (await Environment.RunAsync("postgres.clear_connections", new { database = "clear", idleMinutes = 0, inTransaction = true }))["ended"]!.GetValue<int>().Should().Be(1);
        await FluentActions.Awaiting(() => Environment.TargetAsync("postgres.clear_connections", new { database = "nosuch" })).Should().ThrowAsync<ActivityException>();
    }

    [ServerFact(PostgresFixture.Program)]
    public async Task VacuumTable_RealBloat_IsMeasuredAndFreed()
    {
        await fixture.SqlAsync("CREATE EXTENSION IF NOT EXISTS pgstattuple; CREATE TABLE \"Bloated Table\"(id int PRIMARY KEY, text text); INSERT INTO \"Bloated Table\" SELECT g, repeat('x', 200) FROM generate_series(1, 20000) g; DELETE FROM \"Bloated Table\" WHERE id > 2000");
        var input = new { table = "\"Bloated Table\"" };
        (await BloatAsync()).Should().BeGreaterThan(50);
        (await Environment.TargetAsync("postgres.vacuum_table", input))!.Id.Should().Be("postgres:default/table/postgres/public.\"Bloated Table\"");
        await Environment.RunAsync("postgres.vacuum_table", input, dryRun: true);
        (await BloatAsync()).Should().BeGreaterThan(50);
        await Environment.RunAsync("postgres.vacuum_table", input);
        (await fixture.SqlAsync("SELECT dead_tuple_count FROM pgstattuple('\"Bloated Table\"')")).Should().Be(0L);
        var full = await Environment.RunAsync("postgres.vacuum_table", new { input.table, full = true });
        full["bytes"]!.GetValue<long>().Should().BeLessThan(full["bytesBefore"]!.GetValue<long>() / 2 + 200_000);
        await Environment.RunAsync("postgres.reindex_table", input);
        (await fixture.SqlAsync("SELECT count(*) FROM \"Bloated Table\"")).Should().Be(2000L);

        async Task<double> BloatAsync()
        {
            var bloat = await Environment.RunAsync("postgres.get_bloat", new { });
            bloat["measured"]!.GetValue<bool>().Should().BeTrue();
            return bloat["tables"]!.AsArray().Single(table => table!["name"]!.GetValue<string>() == "public.\"Bloated Table\"")!["deadPercent"]!.GetValue<double>();
        }
    }

    [ServerTheory(PostgresFixture.Program)]
    [InlineData("nosuch")]
    [InlineData("locked; DROP TABLE victims; --")]
    [InlineData("\"; DROP TABLE victims; --\"")]
    [InlineData("a'b")]
    public async Task VacuumTable_HostileName_IsRefusedAndHarmless(string table)
    {
        await fixture.SqlAsync("CREATE TABLE IF NOT EXISTS victims(id int)");
        (await FluentActions.Awaiting(() => Environment.RunAsync("postgres.vacuum_table", new { table })).Should().ThrowAsync<ActivityException>()).Which.Retryable.Should().BeFalse();
        (await fixture.SqlAsync("SELECT count(*) FROM victims")).Should().Be(0L);
    }

    [ServerFact(PostgresFixture.Program)]
    public async Task ChangeSetting_ThenUndone_IsAsBefore()
    {
        var input = new { setting = "work_mem", value = "9MB" };
        (await Environment.ProbeAsync("postgres.change_setting", input)).Should().Be(Probe.DidNotHappen);
        await Environment.RunAsync("postgres.change_setting", input, dryRun: true);
        (await fixture.SqlAsync("SHOW work_mem")).Should().Be("4MB");
        var first = await Environment.RunAsync("postgres.change_setting", input);
        await UntilAsync("9MB");
        (await Environment.ProbeAsync("postgres.change_setting", input)).Should().Be(Probe.Happened);
        var second = await Environment.RunAsync("postgres.change_setting", new { setting = "work_mem", value = "10MB" });
        await UntilAsync("10MB");
        await Environment.UndoAsync("postgres.change_setting", new { setting = "work_mem", value = "10MB" }, second);
        await UntilAsync("9MB");
        await Environment.UndoAsync("postgres.change_setting", input, first);
        await UntilAsync("4MB");

        async Task UntilAsync(string value)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            // A reload is a signal; sessions see it a moment later.
            while (!Equals(await fixture.SqlAsync("SHOW work_mem"), value))
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    [ServerTheory(PostgresFixture.Program)]
    [InlineData("shared_buffers", "1GB", "restart")]
    [InlineData("no_such_setting", "1", "no setting")]
    [InlineData("work_mem", "'; DROP TABLE x; --", "invalid value")]
    public async Task ChangeSetting_NotTo_IsRefused(string setting, string value, string says) =>
        (await FluentActions.Awaiting(() => Environment.RunAsync("postgres.change_setting", new { setting, value })).Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain(says);

    [ServerFact(PostgresFixture.Program)]
    public async Task Reads_Server_AgreeWithIt()
    {
        await fixture.SqlAsync("CREATE TABLE indexed(id int PRIMARY KEY, a int); CREATE INDEX one ON indexed(a); CREATE INDEX two ON indexed(a)");
        var indexes = (await Environment.RunAsync("postgres.get_index_health", new { }))["indexes"]!.AsArray();
        indexes.Single(index => index!["name"]!.GetValue<string>() == "public.two")!["duplicate"]!.GetValue<bool>().Should().BeTrue();
        indexes.Select(index => index!["name"]!.GetValue<string>()).Should().NotContain("public.indexed_pkey");
        var connections = await Environment.RunAsync("postgres.get_connections", new { });
        connections["limit"]!.GetValue<int>().Should().Be(30);
        connections["used"]!.GetValue<int>().Should().BePositive();
        var sizes = await Environment.RunAsync("postgres.get_sizes", new { });
        sizes["databases"]!.AsArray().Select(size => size!["name"]!.GetValue<string>()).Should().Contain("postgres");
        await fixture.SqlAsync("SELECT pg_create_physical_replication_slot('lab', true)");
        var replication = await Environment.RunAsync("postgres.get_replication", new { });
        replication["isStandby"]!.GetValue<bool>().Should().BeFalse();
        replication["slots"]![0]!["name"]!.GetValue<string>().Should().Be("lab");
    }

    [ServerFact(PostgresFixture.Program)]
    public async Task Connection_GoodAndBad_AreReported()
    {
        using var environment = new ActivityEnvironment(
            ("Activities:Postgres:good:Host", "127.0.0.1"), ("Activities:Postgres:good:Port", $"{fixture.Server.Port}"), ("Activities:Postgres:good:User", "postgres"),
            ("Activities:Postgres:nobody:Host", "127.0.0.1"), ("Activities:Postgres:nobody:Port", $"{fixture.Server.Port}"), ("Activities:Postgres:nobody:User", "nobody"),
            ("Activities:Postgres:nobody:Password", "hidden-password"),
            ("Activities:Postgres:gone:Host", "127.0.0.1"), ("Activities:Postgres:gone:Port", "1"), ("Activities:Postgres:gone:User", "postgres"),
            ("Activities:Postgres:odd:Host", "127.0.0.1"));
        var test = environment.Connections.Single(connection => connection.Tool == "Postgres");
        (await test.TestAsync("good", default)).Should().Match<ConnectionReport>(report => report.Reachable && report.Version!.StartsWith("15"));
        (await test.TestAsync("nobody", default)).Problem.Should().Contain("nobody").And.NotContain("hidden-password");
        (await test.TestAsync("gone", default)).Problem.Should().Contain("refused");
        (await test.TestAsync("odd", default)).Problem.Should().Contain("User");
        var failure = (await FluentActions.Awaiting(() => environment.RunAsync("postgres.get_connections", new { connection = "gone" })).Should().ThrowAsync<ActivityException>()).Which;
        (failure.Retryable, failure.Kind).Should().Be((true, FailureKind.Connect));
    }

    [ServerFact(PostgresFixture.Program)]
    public async Task RestartService_NoMachineGiven_SaysWhatToSet() =>
        (await FluentActions.Awaiting(() => Environment.RunAsync("postgres.restart_service", new { })).Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("Machine");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}
