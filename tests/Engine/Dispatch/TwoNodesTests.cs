using FluentAssertions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Dispatch;

public sealed class TwoNodesTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Work_AcceptedForWhoeverComes_IsShared()
    {
        await using var otherDatabase = fixture.Again();
        var world = new ScriptedWorld();
        await using var first = await new TestNode(fixture.Database, world).StartAsync();
        await using var second = await new TestNode(otherDatabase, world).StartAsync();
        var runs = await Task.WhenAll(Enumerable.Range(0, 60).Select(index => (index % 2 == 0 ? first : second).StartRunAsync("effect event:go effect")));
        await UntilAsync(async () => (await first.Runs.BookmarksAsync(null, "Elsa.Event", null, default)).Count >= 60);
        // Each event is sent through both nodes: one resumes, the other finds the bookmark burnt.
        await Task.WhenAll(runs.SelectMany(run => new[] { first.Runs.SendAsync(run, new RunEvent.Resume("1"), null, default), second.Runs.SendAsync(run, new RunEvent.Resume("1"), null, default) }));
        foreach (var run in runs)
        {
            (await first.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
            world.Performed[$"{run}/0"].Should().Be(1);
            world.Performed[$"{run}/2"].Should().Be(1);
        }
    }

    [Fact]
    public async Task Work_AcceptedOnOneNode_WakesTheOtherLongBeforeItLooks()
    {
        await using var otherDatabase = fixture.Again();
        var world = new ScriptedWorld();
        var rarely = new DispatchOptions { PollInterval = TimeSpan.FromMinutes(10) };
        await using var first = await new TestNode(fixture.Database, world, options: rarely).StartAsync();
        await using var second = await new TestNode(otherDatabase, world, options: rarely).StartAsync();
        var run = await first.StartRunAsync("slow read");
        await world.SlowBegan.WaitAsync();
        // The first node has the run: only it may take what the second accepts for it.
        await UntilAsync(async () => await second.Runs.FindAsync(run, default) is not null);

        await second.Runs.SendAsync(run, new RunEvent.Cancel("enough"), null, default);

        (await first.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Cancelled);
        world.Slow.SetResult();
    }

    [Fact]
    public async Task Node_ThatDied_LosesItsRunsToTheOther_WhateverTheClockDoes()
    {
        await using var otherDatabase = fixture.Again();
        var world = new ScriptedWorld();
        var time = new ManualTimeProvider();
        var first = await new TestNode(fixture.Database, world, options: new() { FlushAfter = TimeSpan.FromMilliseconds(1) }).StartAsync();
        var run = await first.StartRunAsync("slow effect");
        await world.SlowBegan.WaitAsync();
        await UntilAsync(async () => await first.Runs.StateAsync(run, default) is not null);
        await first.DieAsync();
        var second = await new TestNode(otherDatabase, world, time).StartAsync();
        time.Jump(TimeSpan.FromHours(5));
        time.Jump(TimeSpan.FromHours(-10));
        (await second.Store.ProgressAsync(run, default))!.Commits.Should().Be(1, "a clock that jumped is no reason to take a run over");
        world.Slow.SetResult();
        await UntilAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return await second.Runs.StateAsync(run, default) is { Status: RunStatus.Finished };
        });
        (await second.JournalAsync(run)).Should().Contain(entry => entry.EventName == "Recovered");
        world.Performed[$"{run}/1"].Should().Be(1);
        await second.DieAsync();
    }

    [Fact]
    public async Task Node_PausedAndBack_CannotCommitAndStartsOver()
    {
        await using var otherDatabase = fixture.Again();
        var world = new ScriptedWorld();
        var paused = await new TestNode(fixture.Database, world, options: new() { FlushAfter = TimeSpan.FromMilliseconds(1), HeartbeatInterval = TimeSpan.FromHours(1) }).StartAsync();
        var run = await paused.StartRunAsync("slow read");
        await world.SlowBegan.WaitAsync();
        await UntilAsync(async () => await paused.Runs.StateAsync(run, default) is not null);
        var life = paused.Dispatcher.Owner;
        // What the other node does when it misses the heartbeat.
        await using var second = new TestNode(otherDatabase, world);
        await second.Store.EvictAsync(life, null, crashed: true, default);
        await second.StartAsync();
        await UntilAsync(() => Task.FromResult(world.SlowBegan.CurrentCount == 1));
        // Both answer now; only the node that has the run may store it.
        world.Slow.SetResult();
        (await second.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        (await second.JournalAsync(run)).Count(entry => entry.EventName == "Finished").Should().Be(1);
        await paused.Dispatcher.BeatOnceAsync(default);
        paused.Dispatcher.Owner.Should().NotBe(life);
        (await paused.FinishAsync(await paused.StartRunAsync("read"))).SubStatus.Should().Be(RunSubStatus.Finished);
        await paused.DisposeAsync();
    }

    [Fact]
    public async Task Database_LostAndBack_KeepsWhatWasAcceptedAndSaysSoMeanwhile()
    {
        await using var server = await PostgresServer.StartAsync(fsync: true);
        await using var database = Database.PostgreSql(await server.CreateDatabaseAsync());
        await Migrations.ApplyAsync(database, TimeProvider.System, default);
        await using var node = await new TestNode(database).StartAsync();
        var run = await node.StartRunAsync("slow effect");
        await node.World.SlowBegan.WaitAsync();
        await server.StopAsync("immediate");
        node.World.Slow.SetResult();
        await node.Awaiting(it => it.StartRunAsync("read")).Should().ThrowAsync<StoreUnavailableException>();
        await server.StartAgainAsync(fsync: true);
        (await node.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        node.World.Performed[$"{run}/1"].Should().Be(1);
        await UntilAsync(async () =>
        {
            try
            {
                return await node.FinishAsync(await node.StartRunAsync("read")) is { SubStatus: RunSubStatus.Finished };
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        });
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
    }
}
