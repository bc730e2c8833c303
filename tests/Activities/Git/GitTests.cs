using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Git;

[Trait("Category", "Servers")]
public sealed class GitTests : IDisposable
{
    private const string Program = "/usr/bin/git";

    private readonly string _data = Directory.CreateTempSubdirectory("hl-git-").FullName;
    private readonly ActivityEnvironment _environment = new(("Activities:Ssh:default:Local", "true"));

    private string Remote => Path.Combine(_data, "remote.git");

    private string Tree => Path.Combine(_data, "work tree");

    public void Dispose()
    {
        _environment.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [ServerFact(Program)]
    public async Task CloneCommitPushRevert_RealRepository_AreSeenByGit()
    {
        await SeedAsync();
        var clone = new { url = Remote, directory = Tree };
        (await _environment.ProbeAsync("git.clone_repository", clone)).Should().Be(Probe.DidNotHappen);
        await _environment.RunAsync("git.clone_repository", clone);
        (await File.ReadAllTextAsync(Path.Combine(Tree, "file"))).Should().Be("one\n");
        (await _environment.ProbeAsync("git.clone_repository", clone)).Should().Be(Probe.Happened);
        var twice = () => _environment.RunAsync("git.clone_repository", clone);
        (await twice.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("exists already");

        await GitAsync("-C", Tree, "config", "user.name", "Tester");
        await GitAsync("-C", Tree, "config", "user.email", "tester@lab.test");
        await File.WriteAllTextAsync(Path.Combine(Tree, "file"), "two\n");
        await File.WriteAllTextAsync(Path.Combine(Tree, "unasked"), "x");
        var diff = await _environment.RunAsync("git.get_diff", new { directory = Tree });
        diff["files"]!.AsArray().Select(file => file!.GetValue<string>()).Should().Equal("file");
        diff["diff"]!.GetValue<string>().Should().Contain("+two");
        var commit = new { directory = Tree, paths = new[] { "file" }, message = "Two; $(id) \"quoted\"" };
        (await _environment.ProbeAsync("git.commit_changes", commit)).Should().Be(Probe.DidNotHappen);
        (await _environment.RunAsync("git.commit_changes", commit, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        var made = await _environment.RunAsync("git.commit_changes", commit);
        (await GitAsync("-C", Tree, "show", "--stat", "--format=%s", "HEAD")).Should().Contain("Two; $(id)").And.NotContain("unasked");
        (await _environment.ProbeAsync("git.commit_changes", commit)).Should().Be(Probe.Happened);
        (await _environment.RunAsync("git.commit_changes", commit))["commit"]!.GetValue<string>().Should().Be(made["commit"]!.GetValue<string>());

        var push = new { directory = Tree, branch = "main" };
        (await _environment.ProbeAsync("git.push_branch", push)).Should().Be(Probe.DidNotHappen);
        await _environment.RunAsync("git.push_branch", push);
        (await GitAsync("-C", Remote, "rev-parse", "main")).Trim().Should().Be(made["commit"]!.GetValue<string>());
        (await _environment.ProbeAsync("git.push_branch", push)).Should().Be(Probe.Happened);

        await _environment.UndoAsync("git.commit_changes", commit, made);
        (await File.ReadAllTextAsync(Path.Combine(Tree, "file"))).Should().Be("one\n");
        var log = (await _environment.RunAsync("git.get_log", new { directory = Tree, count = 2 }))["commits"]!.AsArray();
        log.Select(entry => entry!["subject"]!.GetValue<string>()).Should().HaveCount(2).And.HaveElementAt(1, "Two; $(id) \"quoted\"");
    }

    [ServerFact(Program)]
    public async Task RevertCommit_Conflict_LeavesTheTreeAsItWas()
    {
        await SeedAsync();
        await _environment.RunAsync("git.clone_repository", new { url = Remote, directory = Tree });
        await GitAsync("-C", Tree, "config", "user.name", "Tester");
        await GitAsync("-C", Tree, "config", "user.email", "tester@lab.test");
        var first = (await GitAsync("-C", Tree, "rev-parse", "HEAD")).Trim();
        await File.WriteAllTextAsync(Path.Combine(Tree, "file"), "two\n");
        await GitAsync("-C", Tree, "commit", "-qam", "two");
        var revert = () => _environment.RunAsync("git.revert_commit", new { directory = Tree, commit = first });
        await revert.Should().ThrowAsync<ActivityException>();
        (await GitAsync("-C", Tree, "status", "--porcelain")).Should().BeEmpty();
        (await File.ReadAllTextAsync(Path.Combine(Tree, "file"))).Should().Be("two\n");
    }

    [ServerFact(Program)]
    public async Task Target_NoWorkTree_IsRefused()
    {
        var target = () => _environment.TargetAsync("git.push_branch", new { directory = _data, branch = "main" });
        await target.Should().ThrowAsync<ActivityException>();
        _environment.Invoker("git.clone_repository").Validate(ActivityEnvironment.Json(new { url = "ext::sh -c id", directory = "/x" })).Should().NotBeEmpty();
    }

    private async Task SeedAsync()
    {
        var seed = Path.Combine(_data, "seed");
        await GitAsync("init", "-q", "--bare", "-b", "main", Remote);
        await GitAsync("init", "-q", "-b", "main", seed);
        await File.WriteAllTextAsync(Path.Combine(seed, "file"), "one\n");
        await GitAsync("-C", seed, "add", "file");
        await GitAsync("-C", seed, "-c", "user.name=Seed", "-c", "user.email=seed@lab.test", "commit", "-qm", "one");
        await GitAsync("-C", seed, "push", "-q", Remote, "main");
    }

    private static Task<string> GitAsync(params IEnumerable<string> words) => RealServer.RunAsync(Program, words);
}
