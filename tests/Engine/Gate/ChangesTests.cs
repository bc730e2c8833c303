using System.Text.Json;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>The door and the change log: what was begun, how it ended, what is said of it; on both databases.</summary>
public abstract class ChangesTests(DatabaseFixture fixture) : IAsyncLifetime
{
    private readonly GateWorld _world = new(fixture.Database);

    public async Task InitializeAsync()
    {
        await GateTables.EmptyAsync(fixture.Database);
        await _world.ProveAsync(_world.Restart);
    }

    public Task DisposeAsync()
    {
        _world.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Judge_WhatSucceeded_ChangesItOnceAndCountsForTheBreaker()
    {
        await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }));
        var change = (await _world.Changes.ListAsync(new(Target: "web"), default)).Single();
        await _world.Changes.JudgeAsync(change.Id, "notVerified", "It did not help.", default);
        await _world.Changes.JudgeAsync(change.Id, "notVerified", "Said twice.", default);
        var judged = (await _world.Changes.FindAsync(change.Id, default))!;
        (judged.Result, judged.Message).Should().Be(("notVerified", "It did not help."));
        (await _world.Decisions.ListAsync(new(Target: "web"), default)).Single().Outcome.Should().Be("notVerified");
        (await _world.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'change.notVerified'")).Should().Be(1);
        await _world.Changes.EndAsync(change.Id, "failed", "Too late to fail.", null, default);
        (await _world.Changes.FindAsync(change.Id, default))!.Result.Should().Be("notVerified", "it ended before");

        for (var step = 2; step <= 3; step++)
        {
            _world.Time.Advance(TimeSpan.FromSeconds(1));
            await _world.PerformAsync(_world.Request(_world.Restart, new { name = $"n{step}" }, step: $"s{step}", cause: $"c{step}"));
            await _world.Changes.JudgeAsync((await _world.Changes.ListAsync(new(Target: $"n{step}"), default)).Single().Id, "notVerified", "Nor this.", default);
        }

        (await _world.Controls.ReadAsync(default)).Breaker.Should().NotBeNull("what does not help is no success");
    }

    [Fact]
    public async Task Undo_Claimed_IsGivenOnOnlyInsteadOfTheRunThatFailed()
    {
        await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }));
        var change = (await _world.Changes.LastUndoableAsync(default))!;
        (await _world.Changes.ClaimUndoAsync(change.Id, "undo1", "anna", null, default)).Should().BeTrue();
        (await _world.Changes.ClaimUndoAsync(change.Id, "undo2", "anna", "undo0", default)).Should().BeFalse();
        (await _world.Changes.ClaimUndoAsync(change.Id, "undo2", "anna", "undo1", default)).Should().BeTrue();
        (await _world.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'undo' AND actor = 'anna'")).Should().Be(2);
        (await _world.Changes.ClaimUndoAsync("none", "undo3", "anna", null, default)).Should().BeFalse();
    }

    [Fact]
    public async Task Lists_EachCondition_FindsItsOwn()
    {
        await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        await _world.PerformAsync(_world.Request(_world.Wipe, new { name = "db" }, step: "s2"));
        DecisionFilter[] hits = [new(Action: "test.restart_thing"), new(Target: "web"), new(Target: "test:x/thing/web"), new(Verdict: "execute"), new(Outcome: "succeeded"), new(Search: "WEB"), new(Search: "restart_")];
        foreach (var filter in hits)
            (await _world.Decisions.ListAsync(filter, default)).Where(one => one.RunId == "run1").Should().ContainSingle($"{filter}").Which.TargetName.Should().Be("web");
        (await _world.Decisions.ListAsync(new(Since: _world.Time.GetUtcNow().AddSeconds(1)), default)).Should().BeEmpty();
        var newest = (await _world.Decisions.ListAsync(new(), default)).First(one => one.RunId == "run1");
        newest.TargetName.Should().Be("db");
        (await _world.Decisions.ListAsync(new(Before: newest.Id), default)).Should().NotContain(one => one.Id == newest.Id).And.Contain(one => one.TargetName == "web");
        (await _world.Decisions.FindAsync(newest.Id, default))!.Plan.Should().Contain("\"parameters\"");

        ChangeFilter[] changes = [new(Action: "test.restart_thing", Target: "web"), new(Target: "test:x/thing/web"), new(Result: "succeeded", Target: "web"), new(Search: "we"), new(Since: _world.Time.GetUtcNow().AddSeconds(-1))];
        foreach (var filter in changes)
            (await _world.Changes.ListAsync(filter, default)).Should().ContainSingle($"{filter}").Which.TargetName.Should().Be("web");
        (await _world.Changes.ListAsync(new(Result: "failed"), default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Door_Refusing_SaysWhy()
    {
        _world.Policy("\"risk\": \"low\", \"above\": 0.90", "\"risk\": \"low\", \"above\": 0.80");
        var request = _world.Request(_world.Restart, new { name = "web" });
        await SaysAsync(request, "test.restart_thing in step step:1 of run run1 was not executed: no authorization was used for it.");
        await UseAsync(request);
        await SaysAsync(request with { Descriptor = _world.Wipe.Descriptor }, "its authorization is for test.restart_thing");
        await SaysAsync(request with { Input = JsonSerializer.SerializeToElement(new { name = "db" }) }, "its parameters are not the ones that were allowed");
        await SaysAsync(request, "its authorization was used and ended before (failed)");
        (await _world.Changes.ListAsync(new(Target: "web"), default)).Single().Message.Should().Be("It was not begun: its parameters are not the ones that were allowed.");

        var late = _world.Request(_world.Restart, new { name = "late" }, step: "s2");
        await UseAsync(late);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        await SaysAsync(late, "its authorization expired before it began");
        var stopped = _world.Request(_world.Restart, new { name = "stopped" }, step: "s3");
        await UseAsync(stopped);
        await _world.Controls.StopAsync("anna", "test", default);
        await SaysAsync(stopped, "everything was stopped or paused meanwhile");
        _world.Restart.Done.Should().BeEmpty();

        async Task UseAsync(GateRequest one) => await _world.ConsumeAsync((await _world.Gate.AskAsync(one, default)).Should().BeOfType<GateAnswer.Allowed>($"{await _world.Gate.AskAsync(one, default)}").Subject.Use!);

        async Task SaysAsync(GateRequest one, string why)
        {
            _world.Catalog.TryFind(one.Descriptor.Id, out var invoker);
            var enter = () => _world.Door.ExecuteAsync(invoker!, one.Input, _world.Context(one), default);
            (await enter.Should().ThrowAsync<GateClosedException>()).Which.Message.Should().Contain(why);
        }
    }

    [Theory]
    [InlineData(Probe.Happened, "succeeded", "It was interrupted; looking showed that it had happened.")]
    [InlineData(Probe.DidNotHappen, "failed", "It was interrupted; looking showed that it had not happened.")]
    [InlineData(Probe.Unknown, "inDoubt", "It was interrupted, and whether it happened cannot be known.")]
    public async Task Settle_WhatWasInterrupted_IsWhatLookingShowed(Probe probe, string result, string message)
    {
        var request = _world.Request(_world.Restart, new { name = "web" });
        await _world.ConsumeAsync(((GateAnswer.Allowed)await _world.Gate.AskAsync(request, default)).Use!);
        await _world.Gate.SettleAsync(new("run1"), "step:1", 1, probe, default);
        await _world.Gate.SettleAsync(new("run1"), "none", 1, probe, default);
        var change = (await _world.Changes.ListAsync(new(Target: "web"), default)).Single();
        (change.Result, change.Message).Should().Be((result, message));
    }

    [Fact]
    public async Task Door_StepThatFailedOrWasHalted_SaysWhich()
    {
        _world.Restart.Failure = new ActivityException("The engine said no.", retryable: false);
        await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }));
        (await _world.Changes.ListAsync(new(Target: "web"), default)).Single().Message.Should().Be("The engine said no.");

        _world.Restart.Failure = null;
        var halted = _world.Request(_world.Restart, new { name = "db" }, step: "s2");
        await _world.ConsumeAsync((await _world.Gate.AskAsync(halted, default)).Should().BeOfType<GateAnswer.Allowed>().Subject.Use!);
        _world.Restart.Inside = async token =>
        {
            await _world.Controls.StopAsync("anna", "test", default);
            await _world.Stop.LookAsync(default);
            token.ThrowIfCancellationRequested();
        };
        _world.Catalog.TryFind(halted.Descriptor.Id, out var invoker);
        var enter = () => _world.Door.ExecuteAsync(invoker!, halted.Input, _world.Context(halted), default);
        (await enter.Should().ThrowAsync<GateClosedException>()).Which.Message.Should().Be("test.restart_thing was halted by the emergency stop while it ran; whether it happened is not known.");
        (await _world.Changes.ListAsync(new(Target: "db"), default)).Single().Message.Should().Be("It was halted while it ran.");
    }

    [Fact]
    public async Task Ask_NoTargetDeniedOrForLater_SaysSo()
    {
        (await _world.Gate.AskAsync(_world.Request(_world.Restart, new { name = "" }), default)).Should().BeOfType<GateAnswer.Refused>()
            .Which.Reason.Should().Be("test.restart_thing on an unknown target was not executed, because its target is not known.");
        var wipe = _world.Request(_world.Wipe, new { name = "web" });
        await _world.Desk.AnswerAsync(((GateAnswer.Held)await _world.Gate.AskAsync(wipe, default)).ApprovalId, new(false, "anna"), default);
        (await _world.Gate.AskAsync(wipe with { DryRun = true }, default)).Should().Be(new GateAnswer.Allowed(null), "a dry run shows the decision, whatever was answered");
        var later = _world.Request(_world.Wipe, new { name = "db" }, step: "s2");
        await _world.Desk.AnswerAsync(((GateAnswer.Held)await _world.Gate.AskAsync(later, default)).ApprovalId, new(true, "anna", NotBefore: _world.Time.GetUtcNow().AddHours(1)), default);
        (await _world.Gate.AskAsync(later, default)).Should().BeOfType<GateAnswer.Held>().Which.Reason.Should().Be("anna approved it for later.");
    }

    [Fact]
    public async Task Door_UndoThatCannotBeMade_LeavesWhatWasDoneAsDone()
    {
        _world.Restart.UndoFailure = new ActivityException("no undo", retryable: false);
        (await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }))).Done.Should().BeTrue();
        var change = (await _world.Changes.ListAsync(new(Target: "web"), default)).Single();
        (change.Result, change.UndoActivity, change.UndoInput).Should().Be(("succeeded", null, null));
    }
}

public sealed class SqliteChangesTests(SqliteFixture fixture) : ChangesTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresChangesTests(PostgresFixture fixture) : ChangesTests(fixture), IClassFixture<PostgresFixture>;
