using System.Text.Json;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>The door and the change log: what was begun, how it ended, what is said of it; on both databases.</summary>
public abstract class ChangesTests(DatabaseFixture fixture) : GateTestBase(fixture)
{
    [Fact]
    public async Task Judge_WhatSucceeded_ChangesItOnceAndCountsForTheBreaker()
    {
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        var change = (await World.Changes.ListAsync(new(Target: "web"), default)).Single();
        await World.Changes.JudgeAsync(change.Id, "notVerified", "It did not help.", default);
        await World.Changes.JudgeAsync(change.Id, "notVerified", "Said twice.", default);
        var judged = (await World.Changes.FindAsync(change.Id, default))!;
        (judged.Result, judged.Message).Should().Be(("notVerified", "It did not help."));
        (await World.Decisions.ListAsync(new(Target: "web"), default)).Single().Outcome.Should().Be("notVerified");
        (await World.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'change.notVerified'")).Should().Be(1);
        await World.Changes.EndAsync(change.Id, "failed", "Too late to fail.", null, default);
        (await World.Changes.FindAsync(change.Id, default))!.Result.Should().Be("notVerified", "it ended before");

        for (var step = 2; step <= 3; step++)
        {
            World.Time.Advance(TimeSpan.FromSeconds(1));
            await World.PerformAsync(World.Request(World.Restart, new { name = $"n{step}" }, step: $"s{step}", cause: $"c{step}"));
            await World.Changes.JudgeAsync((await World.Changes.ListAsync(new(Target: $"n{step}"), default)).Single().Id, "notVerified", "Nor this.", default);
        }

        (await World.Controls.ReadAsync(default)).Breaker.Should().NotBeNull("what does not help is no success");
    }

    [Fact]
    public async Task Undo_Claimed_IsGivenOnOnlyInsteadOfTheRunThatFailed()
    {
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        var change = (await World.Changes.LastUndoableAsync(default))!;
        (await World.Changes.ClaimUndoAsync(change.Id, "undo1", "anna", null, default)).Should().BeTrue();
        (await World.Changes.ClaimUndoAsync(change.Id, "undo2", "anna", "undo0", default)).Should().BeFalse();
        (await World.Changes.ClaimUndoAsync(change.Id, "undo2", "anna", "undo1", default)).Should().BeTrue();
        (await World.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'undo' AND actor = 'anna'")).Should().Be(2);
        (await World.Changes.ClaimUndoAsync("none", "undo3", "anna", null, default)).Should().BeFalse();
    }

    [Fact]
    public async Task Lists_EachCondition_FindsItsOwn()
    {
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        World.Time.Advance(TimeSpan.FromSeconds(1));
        await World.PerformAsync(World.Request(World.Wipe, new { name = "db" }, step: "s2"));
        DecisionFilter[] hits = [new(Action: "test.restart_thing"), new(Target: "web"), new(Target: "test:x/thing/web"), new(Verdict: "execute"), new(Outcome: "succeeded"), new(Search: "WEB"), new(Search: "restart_")];
        foreach (var filter in hits)
            (await World.Decisions.ListAsync(filter, default)).Where(one => one.RunId == "run1").Should().ContainSingle($"{filter}").Which.TargetName.Should().Be("web");
        (await World.Decisions.ListAsync(new(Since: World.Time.GetUtcNow().AddSeconds(1)), default)).Should().BeEmpty();
        var newest = (await World.Decisions.ListAsync(new(), default)).First(one => one.RunId == "run1");
        newest.TargetName.Should().Be("db");
        (await World.Decisions.ListAsync(new(Before: newest.Id), default)).Should().NotContain(one => one.Id == newest.Id).And.Contain(one => one.TargetName == "web");
        (await World.Decisions.FindAsync(newest.Id, default))!.Plan.Should().Contain("\"parameters\"");

        ChangeFilter[] changes = [new(Action: "test.restart_thing", Target: "web"), new(Target: "test:x/thing/web"), new(Result: "succeeded", Target: "web"), new(Search: "we"), new(Since: World.Time.GetUtcNow().AddSeconds(-1))];
        foreach (var filter in changes)
            (await World.Changes.ListAsync(filter, default)).Should().ContainSingle($"{filter}").Which.TargetName.Should().Be("web");
        (await World.Changes.ListAsync(new(Result: "failed"), default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Door_Refusing_SaysWhy()
    {
        World.Policy("\"risk\": \"low\", \"above\": 0.90", "\"risk\": \"low\", \"above\": 0.80");
        var request = World.Request(World.Restart, new { name = "web" });
        await SaysAsync(request, "test.restart_thing in step step:1 of run run1 was not executed: no authorization was used for it.");
        await UseAsync(request);
        await SaysAsync(request with { Descriptor = World.Wipe.Descriptor }, "its authorization is for test.restart_thing");
        await SaysAsync(request with { Input = JsonSerializer.SerializeToElement(new { name = "db" }) }, "its parameters are not the ones that were allowed");
        await SaysAsync(request, "its authorization was used and ended before (failed)");
        (await World.Changes.ListAsync(new(Target: "web"), default)).Single().Message.Should().Be("It was not begun: its parameters are not the ones that were allowed.");

        var late = World.Request(World.Restart, new { name = "late" }, step: "s2");
        await UseAsync(late);
        World.Time.Advance(TimeSpan.FromMinutes(1));
        await SaysAsync(late, "its authorization expired before it began");
        var stopped = World.Request(World.Restart, new { name = "stopped" }, step: "s3");
        await UseAsync(stopped);
        await World.Controls.StopAsync("anna", "test", default);
        await SaysAsync(stopped, "everything was stopped or paused meanwhile");
        World.Restart.Done.Should().BeEmpty();

        async Task UseAsync(GateRequest one) => await World.ConsumeAsync((await World.Gate.AskAsync(one, default)).Should().BeOfType<GateAnswer.Allowed>($"{await World.Gate.AskAsync(one, default)}").Subject.Use!);

        async Task SaysAsync(GateRequest one, string why)
        {
            World.Catalog.TryFind(one.Descriptor.Id, out var invoker);
            var enter = () => World.Door.ExecuteAsync(invoker!, one.Input, World.Context(one), default);
            (await enter.Should().ThrowAsync<GateClosedException>()).Which.Message.Should().Contain(why);
        }
    }

    [Theory]
    [InlineData(Probe.Happened, "succeeded", "It was interrupted; looking showed that it had happened.")]
    [InlineData(Probe.DidNotHappen, "failed", "It was interrupted; looking showed that it had not happened.")]
    [InlineData(Probe.Unknown, "inDoubt", "It was interrupted, and whether it happened cannot be known.")]
    public async Task Settle_WhatWasInterrupted_IsWhatLookingShowed(Probe probe, string result, string message)
    {
        var request = World.Request(World.Restart, new { name = "web" });
        await World.ConsumeAsync(((GateAnswer.Allowed)await World.Gate.AskAsync(request, default)).Use!);
        await World.Gate.SettleAsync(new("run1"), "step:1", 1, probe, default);
        await World.Gate.SettleAsync(new("run1"), "none", 1, probe, default);
        var change = (await World.Changes.ListAsync(new(Target: "web"), default)).Single();
        (change.Result, change.Message).Should().Be((result, message));
    }

    [Fact]
    public async Task Door_StepThatFailedOrWasHalted_SaysWhich()
    {
        World.Restart.Failure = new ActivityException("The engine said no.", retryable: false);
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        (await World.Changes.ListAsync(new(Target: "web"), default)).Single().Message.Should().Be("The engine said no.");

        World.Restart.Failure = null;
        var halted = World.Request(World.Restart, new { name = "db" }, step: "s2");
        await World.ConsumeAsync((await World.Gate.AskAsync(halted, default)).Should().BeOfType<GateAnswer.Allowed>().Subject.Use!);
        World.Restart.Inside = async token =>
        {
            await World.Controls.StopAsync("anna", "test", default);
            await World.Stop.LookAsync(default);
            token.ThrowIfCancellationRequested();
        };
        World.Catalog.TryFind(halted.Descriptor.Id, out var invoker);
        var enter = () => World.Door.ExecuteAsync(invoker!, halted.Input, World.Context(halted), default);
        (await enter.Should().ThrowAsync<GateClosedException>()).Which.Message.Should().Be("test.restart_thing was halted by the emergency stop while it ran; whether it happened is not known.");
        (await World.Changes.ListAsync(new(Target: "db"), default)).Single().Message.Should().Be("It was halted while it ran.");
    }

    [Fact]
    public async Task Ask_NoTargetDeniedOrForLater_SaysSo()
    {
        (await World.Gate.AskAsync(World.Request(World.Restart, new { name = "" }), default)).Should().BeOfType<GateAnswer.Refused>()
            .Which.Reason.Should().Be("test.restart_thing on an unknown target was not executed, because its target is not known.");
        var wipe = World.Request(World.Wipe, new { name = "web" });
        await World.Desk.AnswerAsync(((GateAnswer.Held)await World.Gate.AskAsync(wipe, default)).ApprovalId, new(false, "anna"), default);
        (await World.Gate.AskAsync(wipe with { DryRun = true }, default)).Should().Be(new GateAnswer.Allowed(null), "a dry run shows the decision, whatever was answered");
        var later = World.Request(World.Wipe, new { name = "db" }, step: "s2");
        await World.Desk.AnswerAsync(((GateAnswer.Held)await World.Gate.AskAsync(later, default)).ApprovalId, new(true, "anna", NotBefore: World.Time.GetUtcNow().AddHours(1)), default);
        (await World.Gate.AskAsync(later, default)).Should().BeOfType<GateAnswer.Held>().Which.Reason.Should().Be("anna approved it for later.");
    }

    [Fact]
    public async Task Door_UndoThatCannotBeMade_LeavesWhatWasDoneAsDone()
    {
        World.Restart.UndoFailure = new ActivityException("no undo", retryable: false);
        (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }))).Done.Should().BeTrue();
        var change = (await World.Changes.ListAsync(new(Target: "web"), default)).Single();
        (change.Result, change.UndoActivity, change.UndoInput).Should().Be(("succeeded", null, null));
    }
}

public sealed class SqliteChangesTests(SqliteFixture fixture) : ChangesTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresChangesTests(PostgresFixture fixture) : ChangesTests(fixture), IClassFixture<PostgresFixture>;
