using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Restic;

public sealed class ResticFixture : ServerFixture
{
    public const string Program = "/usr/bin/restic";

    internal string Data { get; } = Directory.CreateTempSubdirectory("hl-restic-").FullName;

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
