using FluentAssertions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Tests.Storage;
using Xunit;
using Xunit.Abstractions;

namespace Homelab.Tests.Engine.Dispatch;

public sealed class SqliteCrashSimulationTests(SqliteFixture fixture, ITestOutputHelper output) : CrashSimulationTests(fixture, output), IClassFixture<SqliteFixture>;

public sealed class PostgresCrashSimulationTests(PostgresFixture fixture, ITestOutputHelper output) : CrashSimulationTests(fixture, output), IClassFixture<PostgresFixture>;

/// <summary>The real dispatcher on a real database; the node dies at a crash point and another life of it takes over. Whatever the point: every accepted run ends, and no effect is repeated silently.</summary>
public abstract class CrashSimulationTests(DatabaseFixture fixture, ITestOutputHelper output)
{
    public static TheoryData<int, int> Points()
    {
        var points = new TheoryData<int, int>();
        foreach (var point in Enumerable.Range(1, CrashPoints.Last))
        {
            foreach (var count in (int[])[1, 2, 5])
                points.Add(point, count);
        }

        return points;
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Crash_AtPoint_EverythingAcceptedEnds(int point, int count) => await SimulateAsync(new(1000 * point + count), [(point, count)]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Crash_SeveralTimesAtRandom_EverythingAcceptedEnds(int round)
    {
        var seed = Environment.GetEnvironmentVariable("HOMELAB_SEED") is { Length: > 0 } given ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : Random.Shared.Next() ^ round;
        output.WriteLine($"HOMELAB_SEED={seed}");
        var random = new Random(seed);
        await SimulateAsync(random, [.. Enumerable.Range(0, 6).Select(_ => (random.Next(1, CrashPoints.Last + 1), random.Next(1, 12)))]);
    }

    private async Task SimulateAsync(Random random, (int Point, int Count)[] crashes)
    {
        var world = new ScriptedWorld();
        string[] verbs = ["read", "effect", "blind", "twice", "delay:0.02", "publish:simulated", "child:read+effect", "effect", "read"];
        List<string> scripts = [.. Enumerable.Range(0, 8).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(1, 6)).Select(_ => verbs[random.Next(verbs.Length)])))];
        List<RunId> accepted = [];
        var life = 0;
        while (true)
        {
            var crash = life < crashes.Length ? new CrashOnce(crashes[life].Point, crashes[life].Count) : null;
            var node = new TestNode(fixture.Database, world, crash: crash);
            var watch = TimeProvider.System.GetTimestamp();
            try
            {
                await node.StartAsync(alone: true);
                while (scripts.Count > 0)
                {
                    var script = scripts[0];
                    accepted.Add(await node.StartRunAsync(script, $"{random.Next()}"));
                    scripts.RemoveAt(0);
                }
            }
            catch (SimulatedCrashException)
            {
                // The sender got no answer and sends again, to the next life.
            }
            catch (StoreUnavailableException)
            {
                // As above: the node had died.
            }

            while (crash is not { Dead: true } && !await AllEndedAsync(node) && TimeProvider.System.GetElapsedTime(watch) < TimeSpan.FromSeconds(crash is null ? 20 : 3))
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            if (crash is null)
            {
                output.WriteLine($"{accepted.Count} runs in {life + 1} lives");
                await CheckAsync(node, world, accepted);
                await node.DisposeAsync();
                return;
            }

            crash.Dead = true;
            await node.DieAsync();
            life++;
        }
    }

    private static async Task<bool> AllEndedAsync(TestNode node)
    {
        var counts = await node.Runs.CountsAsync(default);
        return counts is { Running: 0, Suspended: 0, Inbox: 0 } && node.Dispatcher.IsIdle;
    }

    private static async Task CheckAsync(TestNode node, ScriptedWorld world, List<RunId> accepted)
    {
        (await node.Runs.DeadLettersAsync(10, default)).Should().BeEmpty();
        foreach (var run in accepted)
        {
            var state = await node.Runs.StateAsync(run, default);
            state.Should().NotBeNull($"the run {run} was accepted");
            state!.Status.Should().Be(RunStatus.Finished);
            var journal = await node.JournalAsync(run);
            journal.Select(entry => entry.Sequence).Should().Equal(Enumerable.Range(1, journal.Count).Select(number => (long)number));
            foreach (var (key, times) in world.Performed.Where(pair => pair.Key.StartsWith(run.Value, StringComparison.Ordinal)))
            {
                var step = key[(run.Value.Length + 1)..];
                var script = state.DefinitionId.Split(' ')[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)];
                if (script is "effect" or "blind")
                    times.Should().Be(1, $"{script} {key} must not happen twice");
                else if (script == "twice" && times > 1)
                    journal.Should().Contain(entry => entry.EventName == "Recovered" && entry.ActivityInstanceId == step && entry.Message!.Contains("twice is the same as once"));
            }

            if (state.SubStatus == RunSubStatus.Faulted)
                journal.Should().Contain(entry => entry.EventName == "InDoubt");
        }

        var all = await node.Runs.ListAsync(new(), RunOrder.Created, false, 0, 1000, default);
        all.Items.Should().OnlyContain(run => run.Status == RunStatus.Finished);
    }

    /// <summary>Dies once, and everything after it finds the node dead.</summary>
    private sealed class CrashOnce(int at, int count) : CrashPoints
    {
        private int _reached;

        public bool Dead { get; set; }

        public override void Reach(int point)
        {
            if (Dead || (point == at && Interlocked.Increment(ref _reached) == count))
            {
                Dead = true;
                throw new SimulatedCrashException(point);
            }
        }
    }
}
