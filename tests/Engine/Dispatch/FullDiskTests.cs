using System.Data.Common;
using System.Diagnostics;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Dispatch;

/// <summary>A really full, really small file system; needs root to mount one.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-full-").FullName;
    private bool _mounted;

    public async Task InitializeAsync() => _mounted = Environment.UserName == "root" && await RunAsync("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", _directory) == 0;

    public async Task DisposeAsync()
    {
        if (_mounted)
            await RunAsync("umount", _directory);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Disk_FullThenFreed_KeepsWhatWasAcceptedAndGoesOn()
    {
        if (!_mounted)
        {
            System.Console.WriteLine("Skipped: mounting a small file system needs root.");
            return;
        }

        await using var database = Database.Sqlite(Path.Combine(_directory, "homelab.db"));
        await Migrations.ApplyAsync(database, TimeProvider.System, default);
        await using var node = await new TestNode(database).StartAsync();
        var run = await node.StartRunAsync("slow effect");
        await node.World.SlowBegan.WaitAsync();
        var ballast = Path.Combine(_directory, "ballast");
        await FillAsync(ballast);
        List<RunId> accepted = [];
        var refused = false;
        for (var index = 0; index < 500 && !refused; index++)
        {
            try
            {
                accepted.Add(await node.StartRunAsync("read " + string.Join(' ', Enumerable.Repeat("read", 200))));
            }
            catch (StoreUnavailableException exception)
            {
                refused = true;
                exception.Message.Should().Contain("full");
            }
        }

        refused.Should().BeTrue("the disk is full");
        var large = () => database.WriteAsync(session => session.ExecuteAsync("CREATE TABLE large AS SELECT randomblob(500000) AS content", null, default), default);
        await large.Should().ThrowAsync<DbException>().WithMessage("*full*", "that the transaction could not be rolled back either helps nobody");
        node.World.Slow.SetResult();
        File.Delete(ballast);
        (await node.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        foreach (var one in accepted)
            (await node.FinishAsync(one)).SubStatus.Should().Be(RunSubStatus.Finished);
        node.World.Performed[$"{run}/1"].Should().Be(1);
    }

    private static async Task FillAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
                await file.WriteAsync(block);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static async Task<int> RunAsync(string file, params string[] arguments)
    {
        using var process = Process.Start(file, arguments);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
