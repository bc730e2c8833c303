using System.Diagnostics;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Btrfs;
using Homelab.Tests.Activities.Docker;
using Homelab.Tests.Activities.Postgres;
using Homelab.Tests.Activities.Restic;
using Npgsql;
using Xunit;

namespace Homelab.Tests.Engine.Playbooks;

/// <summary>The shipped playbooks and diagnoses against a real Docker engine: incident in, mended, read past the product, incident resolved.</summary>
[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class DockerHealingTests(DockerFixture docker)
{
    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task ContainerDown_Crashed_IsStarted()
    {
        await using var server = await StartAsync();
        var name = await docker.NewAsync("down", null, "lab:1", "sh", "-c", "echo started; [ -e /ran ] || { touch /ran; echo boom; exit 3; }; while :; do sleep 0.1; done");
        await UntilAsync(async () => !(bool)(await docker.InspectAsync(name))["State"]!["Running"]!);
        var id = await server.OpenAsync("container_down", $"docker:default/container/{name}", service: name);
        await server.ResolvedAsync(id);
        ((bool)(await docker.InspectAsync(name))["State"]!["Running"]!).Should().BeTrue();
        (await server.DoneAsync(id)).Should().Equal("docker.start_container succeeded");
        var findings = await server.FindingsAsync(id);
        ((string?)findings["diagnosis"]!["cause"]).Should().Be("crashed");
        findings["diagnosis"]!["evidence"]!.ToJsonString().Should().Contain("exit code 3").And.Contain("boom");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task ContainerDown_StoppedThroughHere_IsLeftAlone()
    {
        await using var server = await StartAsync();
        var name = await docker.NewAsync("onpurpose");
        var (_, run) = await server.Server.PostAsync("/api/activities/docker.stop_container/run", new { input = new { container = name, graceSeconds = 1 } });
        await UntilAsync(async () => !(bool)(await docker.InspectAsync(name))["State"]!["Running"]!);
        run.Should().NotBeNull();
        await UntilAsync(async () => (await server.Server.CountAsync("SELECT COUNT(*) FROM changes WHERE result = 'succeeded'")) > 0);
        var id = await server.OpenAsync("container_down", $"docker:default/container/{name}", service: name);
        await server.IsAsync(id, Homelab.Engine.Incidents.IncidentState.NeedsPerson);
        ((bool)(await docker.InspectAsync(name))["State"]!["Running"]!).Should().BeFalse();
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("stopped_by_us");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task ContainerUnhealthy_IsRestartedUntilItsCheckSaysHealthy()
    {
        await using var server = await StartAsync();
        // A restart of the container clears what is in memory: here a mark in its tmpfs.
        var name = await docker.NewAsync("sick", ["--network", "none", "--tmpfs", "/run", "--health-cmd", "test ! -e /run/sick", "--health-interval", "1s", "--health-retries", "1"]);
        await docker.DockerAsync("exec", name, "touch", "/run/sick");
        await UntilAsync(async () => (string?)(await docker.InspectAsync(name))["State"]!["Health"]!["Status"] == "unhealthy");
        var id = await server.OpenAsync("container_unhealthy", $"docker:default/container/{name}", service: name);
        await server.ResolvedAsync(id);
        ((string?)(await docker.InspectAsync(name))["State"]!["Health"]!["Status"]).Should().Be("healthy");
        (await server.DoneAsync(id)).Should().Equal("docker.restart_container succeeded");
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("check_fails");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task RestartLoop_OneCleanStart_AndALoopThatGoesOnIsForAPerson()
    {
        await using var server = await StartAsync();
        // Ends three times, then stays: what it needed was late.
        var name = await docker.NewAsync("loop", ["--network", "none", "--restart", "always"], "lab:1", "sh", "-c", "echo x >> /n; [ $(wc -l < /n) -gt 3 ] || exit 1; while :; do sleep 0.1; done");
        await UntilAsync(async () => (long)(await docker.InspectAsync(name))["RestartCount"]! >= 2);
        var id = await server.OpenAsync("restart_loop", $"docker:default/container/{name}", service: name);
        await server.ResolvedAsync(id);
        var now = await docker.InspectAsync(name);
        ((long)now["RestartCount"]!, (bool)now["State"]!["Running"]!).Should().Be((0L, true));

        var broken = await docker.NewAsync("broken", ["--network", "none", "--restart", "always"], "lab:1", "sh", "-c", "exit 1");
        await UntilAsync(async () => (long)(await docker.InspectAsync(broken))["RestartCount"]! >= 1);
        var other = await server.OpenAsync("restart_loop", $"docker:default/container/{broken}", service: broken);
        await server.IsAsync(other, Homelab.Engine.Incidents.IncidentState.NeedsPerson, 150);
        (await server.DoneAsync(other)).Should().Equal("docker.restart_container notVerified");
        await docker.DockerAsync("rm", "-f", broken);
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task LogFlood_IsEndedByARestart()
    {
        await using var server = await StartAsync();
        var name = await docker.NewAsync("flood", null, "lab:1", "sh", "-c", "if [ -e /ran ]; then while :; do sleep 0.2; done; fi; touch /ran; i=0; while [ $i -lt 3000 ]; do echo cannot reach upstream; i=$((i+1)); done; while :; do sleep 0.05; echo cannot reach upstream; done");
        await UntilAsync(async () => (await docker.DockerAsync("logs", "--tail", "1000", name)).Split('\n').Length > 600);
        var id = await server.OpenAsync("log_flood", $"docker:default/container/{name}", service: name);
        await server.IsAsync(id, Homelab.Engine.Incidents.IncidentState.Resolved, 200);
        (await docker.DockerAsync("logs", "--since", "5s", name)).Trim().Should().BeEmpty();
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("repeats_itself");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task KilledBetweenDecisionAndAction_ComesBackWithoutDoubling()
    {
        var name = await docker.NewAsync("once", null, "lab:1", "sh", "-c", "echo started; [ -e /ran ] || { touch /ran; exit 3; }; while :; do sleep 0.1; done");
        await UntilAsync(async () => !(bool)(await docker.InspectAsync(name))["State"]!["Running"]!);
        var directory = Directory.CreateTempSubdirectory("homelab-killed-").FullName;
        Directory.CreateDirectory(Path.Combine(directory, "data"));
        await File.WriteAllTextAsync(Path.Combine(directory, "data", "preferences.json"), HealingServer.Preferences);
        var workflows = new Dictionary<string, string> { ["self-healing.json"] = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", "self-healing.json")) };
        Environment.SetEnvironmentVariable("HOMELAB__Activities__Docker__default__Endpoint", $"unix://{docker.Socket}");
        Environment.SetEnvironmentVariable("HOMELAB__Playbooks__Directory", Path.Combine(Repository.Root, "workflows", "playbooks"));
        Environment.SetEnvironmentVariable("HOMELAB__Diagnosis__File", Path.Combine(Repository.Root, "workflows", "diagnosis.yaml"));
        try
        {
            // Once the intent of the first step with an effect is stored, and nothing was done.
            await using (var engine = await EngineProcess.StartAsync(null, directory, null, workflows, crashAt: "7"))
            {
                await OpenAsync(directory, name);
                await engine.ExitAsync(TimeSpan.FromSeconds(60));
            }

            (await docker.StartsAsync(name)).Should().Be(1, "it died before the action");
            await using (var again = await EngineProcess.StartAsync(null, directory, null, workflows))
                await UntilAsync(async () => await StateAsync(directory) == "resolved", 90);
            (await docker.StartsAsync(name)).Should().Be(2, "by the test, and once by the product");
            ((bool)(await docker.InspectAsync(name))["State"]!["Running"]!).Should().BeTrue();
            (await ScalarAsync(directory, "SELECT COUNT(*) FROM incident_attempts")).Should().Be(1L);
        }
        finally
        {
            foreach (var variable in new[] { "HOMELAB__Activities__Docker__default__Endpoint", "HOMELAB__Playbooks__Directory", "HOMELAB__Diagnosis__File" })
                Environment.SetEnvironmentVariable(variable, null);
        }
    }

    private static async Task OpenAsync(string directory, string container)
    {
        await using var database = Homelab.Engine.Storage.Database.Sqlite(Path.Combine(directory, "data", "homelab.db"));
        await database.WriteAsync(
            session => Homelab.Engine.Incidents.IncidentStore.InsertAsync(session, HealingServer.New("container_down", $"docker:default/container/{container}", service: container), default), default);
    }

    private static async Task<string?> StateAsync(string directory) => (string?)await ScalarAsync(directory, "SELECT state FROM incidents");

    private static async Task<object?> ScalarAsync(string directory, string sql)
    {
        await using var database = Homelab.Engine.Storage.Database.Sqlite(Path.Combine(directory, "data", "homelab.db"));
        return await database.ReadAsync(session => session.ScalarAsync<object>(sql, null, default), default);
    }

    private async Task<HealingServer> StartAsync()
    {
        var server = await HealingServer.StartAsync(null, null, ("Activities:Docker:default:Endpoint", $"unix://{docker.Socket}"));
        server.SayYes();
        return server;
    }

    internal static async Task UntilAsync(Func<Task<bool>> holds, int seconds = 90)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(since).TotalSeconds > seconds)
                throw new TimeoutException($"It was not so within {seconds} s.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }
}

/// <summary>The same against a real PostgreSQL.</summary>
[Trait("Category", "Servers")]
public sealed class PostgresHealingTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string Target = "postgres:default/database/postgres";

    [ServerFact(PostgresFixture.Program)]
    public async Task Bloat_TheWorstTableIsVacuumed()
    {
        await postgres.SqlAsync("CREATE TABLE swollen AS SELECT generate_series(1, 60000) AS id; DELETE FROM swollen WHERE id % 2 = 0; ANALYZE swollen");
        await using var server = await StartAsync();
        var id = await server.OpenAsync("database_bloat", Target, service: "postgres", part: "swollen");
        await server.ResolvedAsync(id);
        ((long)(await postgres.SqlAsync("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'swollen'"))!).Should().BeLessThan(1000);
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("dead_rows");
        (await server.DoneAsync(id)).Should().Equal("postgres.vacuum_table succeeded");
    }

    [ServerFact(PostgresFixture.Program)]
    public async Task Blockers_TheIdleRootIsEndedAndTheWaiterGoesOn()
    {
        await postgres.SqlAsync("CREATE TABLE held(id int); INSERT INTO held VALUES (1)");
        await using var server = await StartAsync();
        await using var waiter = await postgres.ConnectAsync();
        await using var holder = await postgres.ConnectAsync();
        await ExecuteAsync(holder, "BEGIN; UPDATE held SET id = 2");
        var waiting = ExecuteAsync(waiter, "UPDATE held SET id = 3");
        await DockerHealingTests.UntilAsync(async () => (long)(await postgres.SqlAsync("SELECT COUNT(*) FROM pg_locks WHERE NOT granted"))! > 0);
        var id = await server.OpenAsync("blocking_queries", Target, service: "postgres");
        await server.ResolvedAsync(id);
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        ((int)(await postgres.SqlAsync("SELECT id FROM held"))!).Should().Be(3);
        ((long)(await postgres.SqlAsync($"SELECT COUNT(*) FROM pg_stat_activity WHERE pid = {holder.ProcessID}"))!).Should().Be(0);
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("idle_in_transaction");
    }

    [ServerFact(PostgresFixture.Program)]
    public async Task LongQuery_IsCancelledAndItsSessionStays()
    {
        await using var server = await StartAsync();
        await using var session = await postgres.ConnectAsync();
        var sleeping = ExecuteAsync(session, "SELECT pg_sleep(600)", 600);
        await DockerHealingTests.UntilAsync(async () => (long)(await postgres.SqlAsync("SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND now() - query_start > '3 s'"))! > 0);
        var id = await server.OpenAsync("long_query", Target, new Dictionary<string, string> { ["seconds"] = "2" }, service: "postgres");
        await server.ResolvedAsync(id);
        (await ((Func<Task>)(() => sleeping)).Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be("57014");
        ((long)(await postgres.SqlAsync($"SELECT COUNT(*) FROM pg_stat_activity WHERE pid = {session.ProcessID} AND state = 'idle'"))!).Should().Be(1);
    }

    [ServerFact(PostgresFixture.Program)]
    public async Task ConnectionsExhausted_IdleOnesAreEnded()
    {
        await using var server = await StartAsync();
        List<NpgsqlConnection> idle = [];
        for (var i = 0; i < 25; i++)
            idle.Add(await postgres.ConnectAsync("forgotten"));
        foreach (var connection in idle)
            await ExecuteAsync(connection, "SELECT 1");
        var id = await server.OpenAsync("connections_exhausted", Target, new Dictionary<string, string> { ["idle_minutes"] = "0" }, service: "postgres");
        await server.ResolvedAsync(id);
        ((long)(await postgres.SqlAsync("SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'forgotten'"))!).Should().Be(0);
        foreach (var connection in idle)
            await connection.DisposeAsync();
    }

    private async Task<HealingServer> StartAsync()
    {
        var server = await HealingServer.StartAsync(
            null, null, ("Activities:Postgres:default:Host", "127.0.0.1"), ("Activities:Postgres:default:Port", $"{postgres.Server.Port}"), ("Activities:Postgres:default:User", "postgres"));
        server.SayYes();
        return server;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, int seconds = 30)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = seconds };
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>The same on a real btrfs that a deleted file still fills.</summary>
[Trait("Category", "Servers")]
public sealed class BtrfsHealingTests(BtrfsFixture btrfs) : IClassFixture<BtrfsFixture>
{
    [ServerFact(BtrfsFixture.Btrfs)]
    public async Task DiskFilling_TheOldestSnapshotGoesAndTheSpaceComesBack()
    {
        var mount = btrfs.Server.Said["MNT"];
        await RealServer.RunAsync("sh", "-c", $"head -c 330M /dev/urandom > {mount}/data/big; sync; btrfs -q subvolume snapshot -r {mount}/data {mount}/old; rm {mount}/data/big; sync; btrfs -q subvolume snapshot -r {mount}/data {mount}/new; btrfs filesystem sync {mount}");
        var before = await FreeAsync(mount);
        await using var server = await HealingServer.StartAsync(null, null, ("Activities:Ssh:here:Local", "true"));
        var id = await server.OpenAsync("disk_filling", "ssh:here/host/here", part: mount, service: "here");
        server.SayYes();
        (await server.ResolvedAsync(id)).Resolution.Should().Be("assisted", "what is deleted is gone, so a person is asked");
        (await server.DoneAsync(id)).Should().Equal("btrfs.delete_snapshot succeeded");
        Directory.Exists(Path.Combine(mount, "old")).Should().BeFalse();
        Directory.Exists(Path.Combine(mount, "new")).Should().BeTrue("the oldest went, and no other");
        await DockerHealingTests.UntilAsync(async () => await FreeAsync(mount) > before + 200_000_000);
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("snapshots");
    }

    private static async Task<long> FreeAsync(string mount) =>
        long.Parse((await RealServer.RunAsync("df", "--block-size=1", "--output=avail", mount)).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim(), System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The same with a real restic repository.</summary>
[Trait("Category", "Servers")]
public sealed class ResticHealingTests(ResticFixture restic) : IClassFixture<ResticFixture>
{
    [ServerFact(ResticFixture.Program)]
    public async Task BackupFailed_IsMadeAgainOfTheSamePaths()
    {
        var source = Directory.CreateDirectory(Path.Combine(restic.Data, "kept")).FullName;
        await File.WriteAllTextAsync(Path.Combine(source, "file"), "one");
        await restic.RunAsync("backup", "--time", "2026-01-02 03:04:05", source);
        await using var server = await HealingServer.StartAsync(
            null, null, ("Activities:Restic:default:Host", "here"), ("Activities:Restic:default:Repository", restic.Repository), ("Activities:Restic:default:Password", "pass word"), ("Activities:Ssh:here:Local", "true"));
        server.SayYes();
        var id = await server.OpenAsync("backup_failed", $"restic:default/repository/{restic.Repository}", service: "kept");
        await server.ResolvedAsync(id);
        var snapshots = JsonNode.Parse(await restic.RunAsync("snapshots", "--json", "--path", source))!.AsArray();
        snapshots.Should().HaveCount(2);
        DateTimeOffset.Parse((string)snapshots[^1]!["time"]!, System.Globalization.CultureInfo.InvariantCulture).Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5));
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("too_old");
    }
}
