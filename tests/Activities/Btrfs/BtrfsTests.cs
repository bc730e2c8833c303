using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Btrfs;

public sealed class BtrfsFixture : ServerFixture
{
    public const string Btrfs = "/usr/bin/btrfs";

    internal RealServer Server { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Btrfs];

    protected override async Task StartAsync() => Server = await StartAsync("btrfs");
}

[Trait("Category", "Servers")]
public sealed class BtrfsTests(BtrfsFixture fixture) : IClassFixture<BtrfsFixture>, IDisposable
{
    private readonly ActivityEnvironment _environment = new(("Activities:Ssh:default:Local", "true"));

    private string Mount => fixture.Server.Said["MNT"];

    public void Dispose() => _environment.Dispose();

    [ServerFact(BtrfsFixture.Btrfs)]
    public async Task CreateSnapshot_ThenUndone_IsThereAndGone()
    {
        var path = await NewAsync("made");
        var input = new { path, snapshot = path + " before" };
        (await _environment.ProbeAsync("btrfs.create_snapshot", input)).Should().Be(Probe.DidNotHappen);
        var output = await _environment.RunAsync("btrfs.create_snapshot", input);
        (await File.ReadAllTextAsync(Path.Combine(input.snapshot, "file"))).Should().Be("one");
        (await RealServer.RunAsync("btrfs", "property", "get", "-ts", input.snapshot, "ro")).Should().Contain("ro=true");
        (await _environment.ProbeAsync("btrfs.create_snapshot", input)).Should().Be(Probe.Happened);
        var listed = (await _environment.RunAsync("btrfs.list_subvolumes", new { path }))["subvolumes"]!.AsArray();
        listed.Single(entry => entry!["path"]!.GetValue<string>() == "made before")!["parentUuid"]!.GetValue<string>().Should().Be(output["sourceUuid"]!.GetValue<string>());
        await _environment.UndoAsync("btrfs.create_snapshot", input, output);
        Directory.Exists(input.snapshot).Should().BeFalse();
    }

    [ServerFact(BtrfsFixture.Btrfs)]
    public async Task RollBack_ThenUndone_RestoresBothWays()
    {
        var path = await NewAsync("rolled");
        var snapshot = path + "-before";
        await _environment.RunAsync("btrfs.create_snapshot", new { path, snapshot });
        await File.WriteAllTextAsync(Path.Combine(path, "file"), "two");
        var input = new { path, snapshot };
        (await _environment.ProbeAsync("btrfs.roll_back", input)).Should().Be(Probe.DidNotHappen);
        var dry = await _environment.RunAsync("btrfs.roll_back", input, dryRun: true);
        dry["dryRun"]!.GetValue<bool>().Should().BeTrue();
        (await File.ReadAllTextAsync(Path.Combine(path, "file"))).Should().Be("two");
        var output = await _environment.RunAsync("btrfs.roll_back", input);
        (await File.ReadAllTextAsync(Path.Combine(path, "file"))).Should().Be("one");
        (await _environment.ProbeAsync("btrfs.roll_back", input)).Should().Be(Probe.Happened);
        await File.WriteAllTextAsync(Path.Combine(path, "file"), "writable");
        await _environment.UndoAsync("btrfs.roll_back", input, output);
        (await File.ReadAllTextAsync(Path.Combine(path, "file"))).Should().Be("two");
    }

    [ServerFact(BtrfsFixture.Btrfs)]
    public async Task DeleteSnapshot_NotASnapshot_IsRefused()
    {
        var path = await NewAsync("kept");
        var delete = () => _environment.RunAsync("btrfs.delete_snapshot", new { snapshot = path });
        (await delete.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("not a snapshot");
        Directory.Exists(path).Should().BeTrue();
    }

    [ServerFact(BtrfsFixture.Btrfs)]
    public async Task CreateSnapshot_SomethingIsThere_IsRefused()
    {
        var path = await NewAsync("twice");
        Directory.CreateDirectory(path + "-there");
        var create = () => _environment.RunAsync("btrfs.create_snapshot", new { path, snapshot = path + "-there" });
        (await create.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("exists already");
        Directory.GetFileSystemEntries(path + "-there").Should().BeEmpty();
    }

    [ServerFact(BtrfsFixture.Btrfs)]
    public async Task GetUsage_Loop_KnowsItsSize()
    {
        var usage = await _environment.RunAsync("btrfs.get_usage", new { path = Mount });
        usage["sizeBytes"]!.GetValue<long>().Should().Be(512L << 20);
        usage["freeBytes"]!.GetValue<long>().Should().BeInRange(1, 512L << 20);
    }

    [ServerFact(BtrfsFixture.Btrfs)]
    public async Task CreateSnapshot_NoSubvolume_IsAnUnknownTarget()
    {
        Directory.CreateDirectory(Path.Combine(Mount, "plain"));
        var target = () => _environment.TargetAsync("btrfs.create_snapshot", new { path = Path.Combine(Mount, "plain"), snapshot = Path.Combine(Mount, "x") });
        (await target.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("not a btrfs subvolume");
    }

    private async Task<string> NewAsync(string name)
    {
        var path = Path.Combine(Mount, name);
        await RealServer.RunAsync("btrfs", "subvolume", "create", path);
        await File.WriteAllTextAsync(Path.Combine(path, "file"), "one");
        return path;
    }
}
