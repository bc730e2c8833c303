using System.Diagnostics;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Dispatch;

public sealed class SqliteKillTests(SqliteFixture fixture) : KillTests(fixture), IClassFixture<SqliteFixture>
{
    protected override string[] Arguments => ["sqlite", fixture.Path];
}

public sealed class PostgresKillTests(PostgresFixture fixture) : KillTests(fixture), IClassFixture<PostgresFixture>
{
    protected override string[] Arguments => ["postgres", fixture.ConnectionString];
}

/// <summary>A real process, killed by SIGKILL at each crash point, and started again.</summary>
public abstract class KillTests(DatabaseFixture fixture) : IDisposable
{
    private static readonly string[] Scripts = ["read effect read", "effect blind", "delay:0.05 twice", "child:effect+read read", "blind effect"];

    private readonly string _world = Path.GetTempFileName();

    protected abstract string[] Arguments { get; }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(5, 4)]
    [InlineData(6, 2)]
    [InlineData(7, 2)]
    [InlineData(8, 3)]
    [InlineData(9, 3)]
    [InlineData(10, 5)]
    [InlineData(11, 1)]
    [InlineData(12, 1)]
    public async Task Kill_AtPoint_EverythingAcceptedEndsAfterTheRestart(int point, int count)
    {
        var (exit, lines) = await RunAsync($"{point}:{count}", Scripts);
        exit.Should().Be(137, "the process must have been killed at the point");
        lines.Should().NotContain("done");
        var accepted = lines.Where(line => line.StartsWith("accepted ", StringComparison.Ordinal)).Select(line => new RunId(line[9..])).ToList();
        (exit, lines) = await RunAsync(null, []);
        exit.Should().Be(0, string.Join('\n', lines));
        lines.Should().Contain("done");
        var node = new TestNode(fixture.Database);
        foreach (var run in accepted)
            (await node.Runs.StateAsync(run, default))!.Status.Should().Be(RunStatus.Finished);
        var world = new ScriptedWorld(_world);
        var all = await node.Runs.ListAsync(new(), Homelab.Engine.Storage.RunOrder.Created, false, 0, 1000, default);
        foreach (var run in all.Items)
        {
            run.Status.Should().Be(RunStatus.Finished);
            var journal = await node.JournalAsync(run.Id);
            foreach (var (key, times) in world.Performed.Where(pair => pair.Key.StartsWith(run.Id.Value, StringComparison.Ordinal) && pair.Value > 1))
            {
                var verb = run.DefinitionId.Split(' ')[int.Parse(key[33..], System.Globalization.CultureInfo.InvariantCulture)];
                verb.Should().BeOneOf(["read", "twice"], $"{key} was performed {times} times");
                if (verb == "twice")
                    journal.Should().Contain(entry => entry.EventName == "Recovered");
            }

            if (run.SubStatus == RunSubStatus.Faulted)
                journal.Should().Contain(entry => entry.EventName == "InDoubt");
        }

        await node.Store.DisposeAsync();
    }

    public void Dispose()
    {
        File.Delete(_world);
        GC.SuppressFinalize(this);
    }

    private async Task<(int Exit, List<string> Lines)> RunAsync(string? crashAt, string[] scripts)
    {
        var host = Path.Combine(AppContext.BaseDirectory.Replace("Homelab.Tests", "Homelab.CrashHost"), "Homelab.CrashHost.dll");
        var start = new ProcessStartInfo("dotnet", [host, .. Arguments, _world, .. scripts]) { RedirectStandardOutput = true };
        start.Environment.Remove("HOMELAB_CRASH_AT");
        if (crashAt is not null)
            start.Environment["HOMELAB_CRASH_AT"] = crashAt;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"The process did not end (crash at {crashAt ?? "nothing"}).");
        }
    }
}
