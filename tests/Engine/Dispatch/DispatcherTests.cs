using Homelab.Activities;
using System.Text.Json.Nodes;
using System.Text.Json;
using FluentAssertions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Dispatch;

public sealed class SqliteDispatcherTests(SqliteFixture fixture) : DispatcherTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresDispatcherTests(PostgresFixture fixture) : DispatcherTests(fixture), IClassFixture<PostgresFixture>;

public abstract class DispatcherTests(DatabaseFixture fixture)
{
    [Fact]
    public async Task Start_ReadsAndEffects_FinishesWithJournalInOrder()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var run = await node.StartRunAsync("read effect read");
        (await node.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        var journal = await node.JournalAsync(run);
        journal.Select(entry => entry.EventName).Should().Equal("Started", "Completed", "Completed", "Completed", "Finished");
        journal.Select(entry => entry.Sequence).Should().Equal(1, 2, 3, 4, 5);
        (await node.Store.StepsAsync(run, default)).Should().ContainSingle(step => step.State == StepState.Done && step.IdempotencyKey == $"{run}/1");
        node.World.Performed.Should().ContainKey($"{run}/1").WhoseValue.Should().Be(1);
    }

    [Fact]
    public async Task Start_SameIdempotencyKey_IsTheSameRunOnce()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var first = await node.StartRunAsync("effect", "delivery-1");
        var again = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => node.StartRunAsync("effect", "delivery-1")));
        again.Should().OnlyContain(run => run == first);
        await node.FinishAsync(first);
        node.World.Performed[$"{first}/0"].Should().Be(1);
    }

    [Fact]
    public async Task Start_UnknownDefinition_SaysSo()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        await node.Awaiting(it => it.StartRunAsync("missing")).Should().ThrowAsync<KeyNotFoundException>().WithMessage("*'missing'*");
    }

    [Fact]
    public async Task StartAndWait_RunResponds_AnswersAfterTheCommit()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var (run, response) = await node.Runs.StartAndWaitAsync("read respond event:never", null, new([]), null, default);
        response!.Body.Should().Be("hello");
        (await node.Runs.StateAsync(run, default))!.Bookmarks.Should().ContainSingle();
    }

    [Fact]
    public async Task Delay_Due_Resumes()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        (await node.FinishAsync(await node.StartRunAsync("delay:0.2 read"))).SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public async Task PublishEvent_WaitingAndTriggered_ResumesAndStarts()
    {
        var decider = new ScriptedDecider();
        decider.Triggers.Add((Stimulus.OfEvent("ring", null, null).Hash, "read"));
        await using var node = await new TestNode(fixture.Database, decider: decider).StartAsync();
        var waiting = await node.StartRunAsync("event:ring");
        await UntilAsync(async () => (await node.Runs.BookmarksAsync(waiting, null, null, default)).Count == 1);
        var result = await node.Runs.PublishEventAsync("ring", null, null, default);
        result.Resumed.Should().Equal(waiting);
        await node.FinishAsync(waiting);
        (await node.FinishAsync(result.Started.Single())).SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public async Task PublishEvent_BeforeAnyoneWaits_IsKeptForWhoComes()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        await node.Runs.PublishEventAsync("early", null, null, default);
        (await node.FinishAsync(await node.StartRunAsync("delay:0.1 event:early"))).SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public async Task Publish_ByARun_ResumesAnother()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var waiting = await node.StartRunAsync("event:between");
        await node.StartRunAsync("publish:between");
        await node.FinishAsync(waiting);
    }

    [Fact]
    public async Task Child_StartedByARun_Runs()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var parent = await node.StartRunAsync("child:read+effect");
        await node.FinishAsync(parent);
        await UntilAsync(async () => (await node.Runs.ListAsync(new() { ParentRunIds = [parent.Value] }, RunOrder.Created, true, 0, 10, default)).Items is [{ Status: RunStatus.Finished }]);
    }

    [Fact]
    public async Task Step_FailsTwice_IsRetriedAndFinishes()
    {
        var time = new ManualTimeProvider();
        await using var node = await new TestNode(fixture.Database, time: time).StartAsync();
        node.World.Failures["0"] = 2;
        var run = await node.StartRunAsync("effect");
        await UntilAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return await node.Runs.StateAsync(run, default) is { Status: RunStatus.Finished };
        });
        (await node.JournalAsync(run)).Select(entry => entry.EventName).Should().Equal("Started", "Retrying", "Retrying", "Completed", "Finished");
        node.World.Performed[$"{run}/0"].Should().Be(3);
        await StopAsync(node, time);
    }

    [Fact]
    public async Task Effect_NoGate_IsRefusedAndNothingHappens()
    {
        await using var node = await new TestNode(fixture.Database, gate: new RefuseEverythingGate()).StartAsync();
        var run = await node.StartRunAsync("effect");
        (await node.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Faulted);
        node.World.Performed.Should().BeEmpty();
    }

    [Fact]
    public async Task Effect_GateThrows_IsRefusedAndNothingHappens()
    {
        await using var node = await new TestNode(fixture.Database, gate: new ThrowingGate()).StartAsync();
        (await node.FinishAsync(await node.StartRunAsync("effect"))).SubStatus.Should().Be(RunSubStatus.Faulted);
        node.World.Performed.Should().BeEmpty();
    }

    [Fact]
    public async Task Effect_AuthorizationAlreadyUsed_IsRefusedAndNothingHappens()
    {
        await using var node = await new TestNode(fixture.Database, gate: new OneAuthorizationGate()).StartAsync();
        await fixture.Database.WriteAsync(session => session.ExecuteAsync("CREATE TABLE test_authorizations (id TEXT PRIMARY KEY, used INTEGER NOT NULL)", null, default), default);
        await fixture.Database.WriteAsync(session => session.ExecuteAsync("INSERT INTO test_authorizations VALUES ('a', 0)", null, default), default);
        var first = await node.StartRunAsync("effect");
        (await node.FinishAsync(first)).SubStatus.Should().Be(RunSubStatus.Finished);
        var second = await node.StartRunAsync("effect");
        (await node.FinishAsync(second)).SubStatus.Should().Be(RunSubStatus.Faulted);
        (await node.JournalAsync(second)).Should().Contain(entry => entry.Message!.Contains("was used already"));
        node.World.Performed.Should().ContainKey($"{first}/0").And.NotContainKey($"{second}/0");
        (await node.Store.StepsAsync(first, default)).Single().AuthorizationId.Should().Be("a");
    }

    [Fact]
    public async Task Report_ThatCannotBeDecided_FaultsTheRunWithTheReason()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var state = await node.FinishAsync(await node.StartRunAsync("read throw"));
        state.SubStatus.Should().Be(RunSubStatus.Faulted);
        state.Incidents.Should().ContainSingle().Which.Message.Should().Contain("5 attempts").And.Contain("the script says so");
        var journal = await node.JournalAsync(state.Id);
        journal[^1].EventName.Should().Be("Faulted");
        journal.Select(entry => entry.Sequence).Should().Equal(Enumerable.Range(1, journal.Count).Select(number => (long)number));
        state.Sequence.Should().Be(journal.Count, "the journal and the state count the same");
    }

    [Fact]
    public async Task DeadLetter_Requeued_IsProcessedAgain_AndDiscarded_IsGone()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var run = await node.StartRunAsync("throw");
        async Task<DeadLetter?> LetterAsync() => (await node.Runs.DeadLettersAsync(1000, default)).SingleOrDefault(letter => letter.RunId == run);
        await UntilAsync(async () => await LetterAsync() is not null);
        var first = (await LetterAsync())!;

        (await node.Runs.RequeueDeadLetterAsync(first.Id, default)).Should().BeTrue();

        await UntilAsync(async () => await LetterAsync() is { } again && again.DiedAt > first.DiedAt);
        (await node.Runs.DiscardDeadLetterAsync(first.Id, default)).Should().BeTrue();
        (await LetterAsync()).Should().BeNull();
        (await node.Runs.DiscardDeadLetterAsync(first.Id, default)).Should().BeFalse("it is gone");
        (await node.Runs.RequeueDeadLetterAsync(first.Id, default)).Should().BeFalse("it is gone");
    }

    [Fact]
    public async Task Poison_DecideThrows_IsADeadLetterAfterTheLastAttempt()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var run = await node.StartRunAsync("throw");
        await UntilAsync(async () => (await node.Runs.DeadLettersAsync(1000, default)).Any(letter => letter.RunId == run));
        var dead = (await node.Runs.DeadLettersAsync(1000, default)).Single(letter => letter.RunId == run);
        dead.Attempts.Should().Be(5);
        dead.Error.Should().Contain("the script says so");
        dead.Payload.Should().Contain("throw");
        (await node.FinishAsync(await node.StartRunAsync("read"))).SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public async Task Inbox_Full_RefusesAndKeepsWhatItHas()
    {
        await using var node = await new TestNode(fixture.Database, options: new() { MaxInbox = 2, FlushAfter = TimeSpan.FromHours(1), StopLimit = TimeSpan.FromSeconds(1) }).StartAsync();
        var first = await node.StartRunAsync("slow");
        var second = await node.StartRunAsync("slow");
        (await node.Awaiting(it => it.StartRunAsync("read")).Should().ThrowAsync<InboxFullException>()).Which.RetryAfter.Should().BePositive();
        node.World.Slow.SetResult();
        await node.FinishAsync(first);
        await node.FinishAsync(second);
        await node.FinishAsync(await node.StartRunAsync("read"));
    }

    [Fact]
    public async Task Find_SlowRun_IsSeenWhileItWorks()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var run = await node.StartRunAsync("slow");
        (await node.Runs.FindAsync(run, default)).Should().NotBeNull();
        await UntilAsync(async () => await node.Runs.FindAsync(run, default) is { SubStatus: RunSubStatus.Executing });
        node.World.Slow.SetResult();
        await node.FinishAsync(run);
    }

    [Fact]
    public async Task Cancel_WhileAStepIsPerformed_DropsItsAnswer()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var run = await node.StartRunAsync("slow effect");
        await node.World.SlowBegan.WaitAsync();
        await node.Runs.SendAsync(run, new RunEvent.Cancel("enough"), null, default);
        (await node.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Cancelled);
        node.World.Slow.SetResult();
        node.World.Performed.Keys.Should().NotContain($"{run}/1");
    }

    [Fact]
    public async Task Stop_StepTakesTooLong_IsHandedOver()
    {
        var world = new ScriptedWorld();
        var first = await new TestNode(fixture.Database, world, options: new() { StopLimit = TimeSpan.FromMilliseconds(200), FlushAfter = TimeSpan.FromMilliseconds(1) }).StartAsync();
        var run = await first.StartRunAsync("slow");
        await world.SlowBegan.WaitAsync();
        await first.DisposeAsync();
        world.Slow.SetResult();
        await using var second = await new TestNode(fixture.Database, world).StartAsync();
        (await second.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public async Task Events_OfOneRun_NeverRaceAndAreAllProcessed()
    {
        await using var node = await new TestNode(fixture.Database).StartAsync();
        var runs = await Task.WhenAll(Enumerable.Range(0, 40).Select(index => node.StartRunAsync($"event:race{index} event:race{index} read")));
        await Task.WhenAll(runs.SelectMany((_, index) => Enumerable.Range(0, 2).Select(_ => node.Runs.PublishEventAsync($"race{index}", null, null, default))));
        foreach (var run in runs)
            await node.Runs.SendAsync(run, new RunEvent.Resume("0"), null, default);
        foreach (var run in runs)
        {
            await UntilAsync(async () =>
            {
                await node.Runs.SendAsync(run, new RunEvent.Resume("1"), null, default);
                return await node.Runs.StateAsync(run, default) is { Status: RunStatus.Finished };
            });
            (await node.JournalAsync(run)).Select(entry => entry.Sequence).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        }
    }

    private protected static async Task StopAsync(TestNode node, ManualTimeProvider time)
    {
        var stop = node.DisposeAsync().AsTask();
        await UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(stop.IsCompleted);
        });
        await stop;
    }

    private protected static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
    }

    private sealed class ThrowingGate : IGate
    {
        public Task<GateAnswer> AskAsync(GateRequest request, CancellationToken cancellationToken) => throw new InvalidOperationException("rules are unreadable");

        public Task<JsonNode?> PerformAsync(IActivityInvoker invoker, JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
            invoker.ExecuteAsync(input, context, cancellationToken);

        public Task SettleAsync(RunId run, string stepId, int attempt, Probe found, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class OneAuthorizationGate : IGate
    {
        public Task<GateAnswer> AskAsync(GateRequest request, CancellationToken cancellationToken) => Task.FromResult<GateAnswer>(
            new GateAnswer.Allowed(new("a", new("UPDATE test_authorizations SET used = 1 WHERE id = $1 AND used = 0", "a"))));

        public Task<JsonNode?> PerformAsync(IActivityInvoker invoker, JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
            invoker.ExecuteAsync(input, context, cancellationToken);

        public Task SettleAsync(RunId run, string stepId, int attempt, Probe found, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
