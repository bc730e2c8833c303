using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Borg;

[Trait("Category", "Servers")]
public sealed class BorgTests : IDisposable
{
    private const string Program = "/usr/bin/borg";

    private readonly string _data = Directory.CreateTempSubdirectory("hl-borg-").FullName;
    private readonly ActivityEnvironment _environment;

    public BorgTests() => _environment = new(
        ("Activities:Borg:default:Host", "here"), ("Activities:Borg:default:Repository", Repository), ("Activities:Borg:default:Passphrase", "pass word"), ("Activities:Borg:default:BaseDirectory", _data),
        ("Activities:Borg:wrong:Host", "here"), ("Activities:Borg:wrong:Repository", Repository), ("Activities:Borg:wrong:Passphrase", "wrong-password-1"), ("Activities:Borg:wrong:BaseDirectory", _data),
        ("Activities:Ssh:here:Local", "true"));

    private string Repository => Path.Combine(_data, "repo");

    public void Dispose()
    {
        _environment.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [ServerFact(Program)]
    public async Task BackUp_RestorePrune_DoWhatBorgSays()
    {
        await BorgAsync("init", "-e", "repokey", Repository);
        var source = Path.Combine(_data, "source one");
        Directory.CreateDirectory(source);
        await File.WriteAllTextAsync(Path.Combine(source, "a file"), "one");
        var input = new { archive = "data-1", paths = new[] { source } };
        (await _environment.ProbeAsync("borg.back_up", input)).Should().Be(Probe.DidNotHappen);
        (await _environment.RunAsync("borg.back_up", input, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        (await BorgAsync("list", Repository)).Should().BeEmpty();
        var told = new List<ActivityProgress>();
        var made = await _environment.Invoker("borg.back_up").ExecuteAsync(ActivityEnvironment.Json(input), ActivityEnvironment.Context() with { Progress = new Told(told) }, default);
        made!["files"]!.GetValue<long>().Should().Be(1);
        told.Should().Contain(progress => progress.Message.Contains(" N "), "borg says how far it is");
        (await BorgAsync("list", $"{Repository}::data-1")).Should().Contain("a file");
        (await _environment.ProbeAsync("borg.back_up", input)).Should().Be(Probe.Happened);
        var missing = () => _environment.RunAsync("borg.back_up", new { archive = "data-x", paths = new[] { "/nowhere/at/all" } });
        (await missing.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("/nowhere/at/all");

        (await _environment.RunAsync("borg.check_age", new { maxHours = 1, prefix = "data-1" }))["ok"]!.GetValue<bool>().Should().BeTrue();
        (await _environment.RunAsync("borg.check_age", new { maxHours = 1, prefix = "other-" }))["ok"]!.GetValue<bool>().Should().BeFalse();
        (await _environment.RunAsync("borg.get_stats", new { }))["encryption"]!.GetValue<string>().Should().Be("repokey");
        (await _environment.RunAsync("borg.check_repository", new { readData = true }))["ok"]!.GetValue<bool>().Should().BeTrue();

        var restore = new { archive = "data-1", path = Path.Combine(source, "a file"), directory = Path.Combine(_data, "restored") };
        (await _environment.RunAsync("borg.restore_archive", restore))["files"]!.GetValue<long>().Should().Be(1);
        (await File.ReadAllTextAsync(restore.directory + restore.path)).Should().Be("one");
        var again = () => _environment.RunAsync("borg.restore_archive", restore);
        (await again.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("not empty");

        await BorgAsync("create", $"{Repository}::data-2", source);
        await BorgAsync("create", $"{Repository}::other-1", source);
        var before = (await _environment.RunAsync("borg.list_archives", new { }))["archives"]!.AsArray().Count;
        (await _environment.RunAsync("borg.prune_archives", new { keepLast = 1, prefix = "data-" }, dryRun: true))["planned"]![0]!.GetValue<string>().Should().Contain("prune");
        (await _environment.RunAsync("borg.list_archives", new { }))["archives"]!.AsArray().Should().HaveCount(before);
        (await _environment.RunAsync("borg.prune_archives", new { keepLast = 1, prefix = "data-" }))["pruned"]!.AsArray().Select(name => name!.GetValue<string>()).Should().Contain("data-1");
        (await BorgAsync("list", "--short", Repository)).Should().Contain("data-2").And.Contain("other-1").And.NotContain("data-1");
    }

    [ServerFact(Program)]
    public async Task Connection_WrongPassphraseOrNoRepository_IsSaidWithoutIt()
    {
        var list = () => _environment.RunAsync("borg.list_archives", new { });
        (await list.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("does not exist");
        await BorgAsync("init", "-e", "repokey", Repository);
        var wrong = () => _environment.RunAsync("borg.check_repository", new { connection = "wrong" });
        (await wrong.Should().ThrowAsync<ActivityException>()).Which.ToString().Should().Contain("passphrase").And.NotContain("wrong-password-1");
        var tests = _environment.Connections.Single(connection => connection.Tool == "Borg");
        (await tests.TestAsync("default", default)).Should().Match<ConnectionReport>(report => report.Reachable && report.Version!.StartsWith("1."));
    }

    private Task<string> BorgAsync(params IEnumerable<string> words) =>
        RealServer.RunAsync("/usr/bin/env", ["BORG_PASSPHRASE=pass word", $"BORG_BASE_DIR={_data}", Program, .. words]);

    private sealed class Told(List<ActivityProgress> told) : IProgress<ActivityProgress>
    {
        public void Report(ActivityProgress value)
        {
            lock (told)
                told.Add(value);
        }
    }
}
