using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Restic;

public sealed class ResticFixture : ServerFixture
{
    public const string Program = "/usr/bin/restic";

    internal string Data { get; } = Directory.CreateTempSubdirectory("hl-restic-").FullName;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(Data, recursive: true);
    }

    internal string Repository => Path.Combine(Data, "repo");

    protected override IEnumerable<string> Programs => [Program];

    protected override async Task StartAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Data, "pw"), "pass word\n");
        await RunAsync("init");
    }

    internal Task<string> RunAsync(params IEnumerable<string> words) => RealServer.RunAsync(Program, ["-q", "-r", Repository, "--password-file", Path.Combine(Data, "pw"), .. words]);
}

[Trait("Category", "Servers")]
public sealed class ResticTests(ResticFixture fixture) : IClassFixture<ResticFixture>, IDisposable
{
    private readonly ActivityEnvironment _environment = new(
        ("Activities:Restic:default:Host", "here"), ("Activities:Restic:default:Repository", fixture.Repository), ("Activities:Restic:default:Password", "pass word"),
        ("Activities:Restic:wrong:Host", "here"), ("Activities:Restic:wrong:Repository", fixture.Repository), ("Activities:Restic:wrong:Password", "wrong-password-1"),
        ("Activities:Ssh:here:Local", "true"));

    public void Dispose() => _environment.Dispose();

    [ServerFact(ResticFixture.Program)]
    public async Task BackUp_RestoreForget_DoWhatResticSays()
    {
        var source = Path.Combine(fixture.Data, "source one");
        Directory.CreateDirectory(source);
        await File.WriteAllTextAsync(Path.Combine(source, "a file"), "one");
        await File.WriteAllTextAsync(Path.Combine(source, "skipped.log"), "log");
        var input = new { paths = new[] { source }, exclude = new[] { "*.log" }, tag = "nightly" };
        (await _environment.ProbeAsync("restic.back_up", input)).Should().Be(Probe.DidNotHappen);
        (await _environment.RunAsync("restic.back_up", input, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        (await fixture.RunAsync("snapshots", "--json", "--tag", "nightly")).Trim().Should().BeOneOf("[]", "null");
        var made = await _environment.RunAsync("restic.back_up", input);
        (await fixture.RunAsync("ls", "latest")).Should().Contain("a file").And.NotContain("skipped.log");
        (await _environment.ProbeAsync("restic.back_up", input)).Should().Be(Probe.Happened);

        var snapshots = (await _environment.RunAsync("restic.list_snapshots", new { tag = "nightly" }))["snapshots"]!.AsArray();
        snapshots[0]!["id"]!.GetValue<string>().Should().StartWith(made["snapshotId"]!.GetValue<string>());
        (await _environment.RunAsync("restic.check_age", new { maxHours = 1 }))["ok"]!.GetValue<bool>().Should().BeTrue();
        (await _environment.RunAsync("restic.get_stats", new { }))["restoredBytes"]!.GetValue<long>().Should().BePositive();
        (await _environment.RunAsync("restic.check_repository", new { readPercent = 100 }))["ok"]!.GetValue<bool>().Should().BeTrue();

        var restore = new { snapshot = "latest", path = Path.Combine(source, "a file"), directory = Path.Combine(fixture.Data, "restored") };
        (await _environment.RunAsync("restic.restore_snapshot", restore))["files"]!.GetValue<long>().Should().Be(1);
        (await File.ReadAllTextAsync(restore.directory + restore.path)).Should().Be("one");
        var again = () => _environment.RunAsync("restic.restore_snapshot", restore);
        (await again.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("not empty");

        await File.WriteAllTextAsync(Path.Combine(source, "a file"), "two");
        await fixture.RunAsync("backup", source);
        var planned = (await _environment.RunAsync("restic.forget_snapshots", new { keepLast = 1 }, dryRun: true))["planned"]!.AsArray();
        planned[0]!.GetValue<string>().Should().StartWith("forget ");
        (await _environment.RunAsync("restic.list_snapshots", new { }))["snapshots"]!.AsArray().Should().HaveCount(2);
        var forgotten = await _environment.RunAsync("restic.forget_snapshots", new { keepLast = 1 });
        forgotten["forgotten"]!.AsArray().Should().ContainSingle();
        (await fixture.RunAsync("snapshots", "--json")).Should().NotContain($"\"id\":\"{forgotten["forgotten"]![0]!.GetValue<string>()}\"");
    }

    /// <summary>Over SSH, so that what must end runs on the far side: restic, reading more than it can in the time of this test.</summary>
    [ServerFact(ResticFixture.Program, "/usr/sbin/sshd")]
    public async Task BackUp_CancelledOverSsh_TellsHowFarAndEndsTheRemoteProcess()
    {
        await using var sshd = await RealServer.StartAsync("sshd", null, "root");
        var source = Directory.CreateDirectory(Path.Combine(fixture.Data, "much")).FullName;
        for (var part = 0; part < 4; part++)
        {
            await using var file = File.Create(Path.Combine(source, $"part{part}"));
            file.SetLength(8L << 30);
        }

        using var environment = new ActivityEnvironment(
            ("Activities:Restic:default:Host", "far"), ("Activities:Restic:default:Repository", fixture.Repository), ("Activities:Restic:default:Password", "pass word"),
            ("Activities:Ssh:far:Host", "127.0.0.1"), ("Activities:Ssh:far:Port", $"{sshd.Port}"), ("Activities:Ssh:far:User", "root"),
            ("Activities:Ssh:far:KeyFile", Path.Combine(sshd.Data, "id_ed25519")), ("Activities:Ssh:far:KnownHostsFile", Path.Combine(sshd.Data, "known_hosts")));
        var told = new TaskCompletionSource<ActivityProgress>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancel = new CancellationTokenSource();
        var running = environment.Invoker("restic.back_up").ExecuteAsync(
            ActivityEnvironment.Json(new { paths = new[] { source } }), ActivityEnvironment.Context() with { Progress = new Told(told) }, cancel.Token);
        var progress = await told.Task.WaitAsync(TimeSpan.FromSeconds(60));
        progress.Percent.Should().BeInRange(0, 100);
        progress.Message.Should().Contain("MB");
        (await RunningAsync(source)).Should().NotBeEmpty();
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        for (var tries = 0; (await RunningAsync(source)).Length > 0; tries++)
            tries.Should().BeLessThan(200, "restic is ended on the far side");
        await fixture.RunAsync("unlock");
        Directory.Delete(source, recursive: true);
    }

    /// <summary>Processes of restic that were given a path.</summary>
    private static async Task<string> RunningAsync(string path) =>
        string.Join('\n', (await RealServer.RunAsync("ps", "-eo", "pid,args")).Split('\n').Where(line => line.Contains("restic --repo", StringComparison.Ordinal) && line.Contains(path, StringComparison.Ordinal) && !line.Contains("ssh ", StringComparison.Ordinal)));

    private sealed class Told(TaskCompletionSource<ActivityProgress> told) : IProgress<ActivityProgress>
    {
        public void Report(ActivityProgress value) => told.TrySetResult(value);
    }

    [ServerFact(ResticFixture.Program)]
    public async Task BackUp_MissingPath_FailsAlthoughResticWouldNot()
    {
        var backUp = () => _environment.RunAsync("restic.back_up", new { paths = new[] { "/nowhere/at/all" } });
        (await backUp.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("/nowhere/at/all");
    }

    [ServerFact(ResticFixture.Program)]
    public async Task ForgetSnapshots_NoRule_IsRefused()
    {
        var forget = () => _environment.RunAsync("restic.forget_snapshots", new { });
        (await forget.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("keepLast");
    }

    [ServerFact(ResticFixture.Program)]
    public async Task Connection_WrongPassword_IsSaidWithoutIt()
    {
        var list = () => _environment.RunAsync("restic.list_snapshots", new { connection = "wrong" });
        (await list.Should().ThrowAsync<ActivityException>()).Which.ToString().Should().Contain("wrong password").And.NotContain("wrong-password-1");
        var tests = _environment.Connections.Single(connection => connection.Tool == "Restic");
        (await tests.TestAsync("wrong", default)).Reachable.Should().BeFalse();
        (await tests.TestAsync("default", default)).Should().Match<ConnectionReport>(report => report.Reachable && report.Version!.StartsWith("0."));
    }

    [ServerFact(ResticFixture.Program)]
    public async Task CheckRepository_Damaged_IsAnAnswerAndMissingIsAFailure()
    {
        var damaged = Path.Combine(fixture.Data, "damaged");
        var password = Path.Combine(fixture.Data, "pw");
        await RealServer.RunAsync(ResticFixture.Program, "-q", "-r", damaged, "--password-file", password, "init");
        await RealServer.RunAsync(ResticFixture.Program, "-q", "-r", damaged, "--password-file", password, "backup", password);
        var pack = Directory.GetFiles(Path.Combine(damaged, "data"), "*", SearchOption.AllDirectories)[0];
        File.SetAttributes(pack, FileAttributes.Normal);
        File.Delete(pack);
        using var environment = new ActivityEnvironment(
            ("Activities:Restic:default:Host", "here"), ("Activities:Restic:default:Repository", damaged), ("Activities:Restic:default:Password", "pass word"),
            ("Activities:Restic:none:Host", "here"), ("Activities:Restic:none:Repository", damaged + "-none"), ("Activities:Restic:none:Password", "pass word"), ("Activities:Ssh:here:Local", "true"));
        var check = await environment.RunAsync("restic.check_repository", new { });
        check["ok"]!.GetValue<bool>().Should().BeFalse();
        check["problems"]!.AsArray().Should().NotBeEmpty();
        var none = () => environment.RunAsync("restic.check_repository", new { connection = "none" });
        await none.Should().ThrowAsync<ActivityException>();
    }
}
