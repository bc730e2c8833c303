using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Audit;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Storage;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>What the gate lets through and what it does not, on both databases.</summary>
public abstract class EffectGateTests(DatabaseFixture fixture) : IAsyncLifetime
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
    public async Task Ask_ProvenLowRisk_IsAllowedOnceAndStored()
    {
        var request = _world.Request(_world.Restart, new { name = "web", token = "s3cret" });
        var (answer, done) = await _world.PerformAsync(request);
        done.Should().BeTrue();
        _world.Restart.Done.Should().ContainSingle();

        var use = ((GateAnswer.Allowed)answer).Use!;
        (await _world.ConsumeAsync(use)).Should().Be(0, "an authorization is used once");
        (await _world.EnterAsync(request)).Should().BeFalse("its use has ended");
        _world.Restart.Done.Should().ContainSingle();

        var change = (await _world.Changes.ListAsync(new(Target: "web"), default)).Single();
        (change.Result, change.IssuedBy, change.Parameters).Should().Be(("succeeded", "rules", """{"name":"web","token":"***"}"""));
        change.UndoInput.Should().BeNull("it would hold a secret");
        var decision = (await _world.Decisions.ListAsync(new(Action: "test.restart_thing", Target: "web"), default)).Single();
        (decision.Verdict, decision.Outcome, decision.RunId).Should().Be(("execute", "succeeded", "run1"));
        (await AllTextAsync()).Should().NotContain("s3cret");
    }

    [Fact]
    public async Task Ask_Unproven_IsHeldUntilAPersonApproves()
    {
        var request = _world.Request(_world.Wipe, new { name = "web" });
        var (answer, done) = await _world.PerformAsync(request);
        done.Should().BeFalse();
        var held = answer.Should().BeOfType<GateAnswer.Held>().Subject;
        _world.Channel.Asked.Should().ContainSingle(asked => asked.Approval.Id == held.ApprovalId && asked.Kind == AskKind.Question);

        (await _world.Gate.AskAsync(request, default)).Should().BeOfType<GateAnswer.Held>().Which.ApprovalId.Should().Be(held.ApprovalId, "asking twice is one question");
        (await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default)).Should().BeOfType<AnswerResult.Accepted>();
        _world.Resumed.Should().Equal(("run1", held.ApprovalId, $"approval/{held.ApprovalId}"));
        (await _world.PerformAsync(request)).Done.Should().BeTrue();
        _world.Wipe.Done.Should().ContainSingle();
        (await _world.Changes.ListAsync(new(Action: "test.wipe_thing"), default)).Single().IssuedBy.Should().Be("anna");

        (await _world.Desk.AnswerAsync(held.ApprovalId, new(false, "bert"), default)).Should().BeOfType<AnswerResult.TooLate>().Which.Approval.AnsweredBy.Should().Be("anna");
    }

    [Fact]
    public async Task Ask_DeniedOrTimedOut_IsRefused()
    {
        var denied = _world.Request(_world.Wipe, new { name = "web" });
        var first = (GateAnswer.Held)await _world.Gate.AskAsync(denied, default);
        await _world.Desk.AnswerAsync(first.ApprovalId, new(false, "anna"), default);
        (await _world.PerformAsync(denied)).Answer.Should().BeOfType<GateAnswer.Refused>().Which.Reason.Should().Be("anna denied it.");

        var silent = _world.Request(_world.Wipe, new { name = "db" }, step: "step:2");
        var second = (GateAnswer.Held)await _world.Gate.AskAsync(silent, default);
        _world.Time.Advance(TimeSpan.FromMinutes(5));
        (await _world.Desk.AnswerAsync(second.ApprovalId, new(true, "anna"), default)).Should().BeOfType<AnswerResult.TooLate>();
        await _world.Desk.SweepAsync(default);
        _world.Resumed.Should().Contain(("run1", second.ApprovalId, $"approval/{second.ApprovalId}"));
        (await _world.PerformAsync(silent)).Answer.Should().BeOfType<GateAnswer.Refused>().Which.Reason.Should().Be("Nobody answered in time, which is a no.");
        _world.Wipe.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Ask_ApprovedForOtherParametersTargetOrRun_IsAskedAgain()
    {
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "web" }), default);
        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);

        (await _world.PerformAsync(_world.Request(_world.Wipe, new { name = "web", force = true }))).Answer.Should().BeOfType<GateAnswer.Held>();
        (await _world.PerformAsync(_world.Request(_world.Wipe, new { name = "db" }, step: "step:9"))).Answer.Should().BeOfType<GateAnswer.Held>();
        (await _world.PerformAsync(_world.Request(_world.Wipe, new { name = "web" }, run: "run2"))).Answer.Should().BeOfType<GateAnswer.Held>();
        _world.Wipe.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Ask_ApprovedWithChanges_RunsExactlyTheChangedPlan()
    {
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "web", force = true, token = "t" }), default);
        var answer = new ApprovalAnswer(true, "anna", Changes: new() { ["force"] = false });
        (await _world.Desk.AnswerAsync(held.ApprovalId, answer, default)).Should().BeOfType<AnswerResult.Accepted>().Which.Approval.State.Should().Be("changed");

        (await _world.PerformAsync(_world.Request(_world.Wipe, new { name = "web", force = true, token = "t" }))).Done.Should().BeFalse("the plan as asked is not what was approved");
        (await _world.PerformAsync(_world.Request(_world.Wipe, new { name = "web", force = false, token = "other" }))).Done.Should().BeFalse("the secret is another");
    }

    [Fact]
    public async Task Ask_ChangedPlan_IsDecidedAgainAndRuns()
    {
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "web", force = true, token = "t" }), default);
        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", Changes: new() { ["force"] = false }), default);
        (await _world.PerformAsync(_world.Request(_world.Wipe, new { name = "web", force = false, token = "t" }))).Done.Should().BeTrue();
        (await _world.Decisions.ListAsync(new(Action: "test.wipe_thing"), default)).Select(decision => decision.PlanHash).Distinct().Should().HaveCount(2);
    }

    [Fact]
    public async Task Answer_ChangesThatAreNoInputOrSecret_AreInvalid()
    {
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "web" }), default);
        (await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", Changes: new() { ["nonsense"] = 1 }), default)).Should().BeOfType<AnswerResult.Invalid>();
        (await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", Changes: new() { ["token"] = "x" }), default)).Should().BeOfType<AnswerResult.Invalid>();
        (await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", NotBefore: _world.Time.GetUtcNow().AddDays(8)), default)).Should().BeOfType<AnswerResult.Invalid>();
        (await _world.Desk.AnswerAsync("none", new(true, "anna"), default)).Should().BeOfType<AnswerResult.Unknown>();
        (await _world.Desk.FindAsync(held.ApprovalId, default))!.State.Should().Be("pending");
    }

    [Fact]
    public async Task Answer_AnotherTime_WakesTheStepThen()
    {
        var request = _world.Request(_world.Wipe, new { name = "web" });
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(request, default);
        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", NotBefore: _world.Time.GetUtcNow().AddHours(1)), default);
        await _world.Desk.SweepAsync(default);
        _world.Resumed.Should().BeEmpty();
        (await _world.PerformAsync(request)).Done.Should().BeFalse();
        _world.Time.Advance(TimeSpan.FromHours(1));
        await _world.Desk.SweepAsync(default);
        _world.Resumed.Should().ContainSingle();
        (await _world.PerformAsync(request)).Done.Should().BeTrue();
    }

    [Fact]
    public async Task Answer_PersonWhoMayNot_IsNotAllowed()
    {
        _world.Prefer("""{ "approvals": { "approvers": { "high": ["anna"] } } }""");
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "web" }), default);
        (await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "bert"), default)).Should().BeOfType<AnswerResult.NotAllowed>();
        (await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "Anna"), default)).Should().BeOfType<AnswerResult.Accepted>();
    }

    [Fact]
    public async Task Sweep_OpenQuestion_RemindsEscalatesAndWakesAfterACrash()
    {
        _world.Prefer("""{ "approvals": { "timeout": "10m", "remindEvery": "2m", "escalateAfter": "3m", "escalateTo": ["boss"] } }""");
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "web" }), default);
        _world.Time.Advance(TimeSpan.FromMinutes(2));
        await _world.Desk.SweepAsync(default);
        await _world.Desk.SweepAsync(default);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        await _world.Desk.SweepAsync(default);
        _world.Channel.Asked.Select(asked => asked.Kind).Should().Equal(AskKind.Question, AskKind.Reminder, AskKind.Escalation);

        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        await fixture.Database.WriteAsync(session => session.ExecuteAsync("UPDATE approvals SET resumed_at = NULL", null, default), default);
        await _world.Desk.SweepAsync(default);
        _world.Resumed.Should().HaveCount(2).And.OnlyContain(resumed => resumed.Key == $"approval/{held.ApprovalId}");
    }

    [Fact]
    public async Task Approval_OlderThanItIsGoodFor_IsAskedAgain()
    {
        var request = _world.Request(_world.Wipe, new { name = "web" });
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(request, default);
        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        _world.Time.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromMilliseconds(1));
        (await _world.PerformAsync(request)).Answer.Should().BeOfType<GateAnswer.Held>().Which.ApprovalId.Should().NotBe(held.ApprovalId);
    }

    [Fact]
    public async Task Group_OneAnswer_CountsForAllOfTheCause()
    {
        await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "a" }, step: "a", cause: "incident"), default);
        await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "b" }, step: "b", cause: "incident"), default);
        await _world.Gate.AskAsync(_world.Request(_world.Wipe, new { name = "c" }, step: "c", cause: "other"), default);
        (await _world.Desk.AnswerGroupAsync("incident", new(true, "anna"), default)).Should().HaveCount(2).And.AllBeOfType<AnswerResult.Accepted>();
        (await _world.Desk.ListAsync("pending", 10, default)).Should().ContainSingle().Which.TargetName.Should().Be("c");
    }

    [Fact]
    public async Task Consume_Expired_ChangesNothing()
    {
        var allowed = (GateAnswer.Allowed)await _world.Gate.AskAsync(_world.Request(_world.Restart, new { name = "web" }), default);
        await fixture.Database.WriteAsync(session => session.ExecuteAsync("UPDATE authorizations SET expires_at = issued_at + 1 WHERE used_at IS NULL", null, default), default);
        (await _world.ConsumeAsync(allowed.Use! with { Consume = allowed.Use.Consume with { Values = [_world.Time.GetUtcNow().ToUnixTimeMilliseconds() + 1, .. allowed.Use.Consume.Values[1..]] } })).Should().Be(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Consume_StoppedOrPausedBetweenAnswerAndIntent_ChangesNothing(bool stop)
    {
        var request = _world.Request(_world.Restart, new { name = "web" });
        var allowed = (GateAnswer.Allowed)await _world.Gate.AskAsync(request, default);
        await (stop ? _world.Controls.StopAsync("anna", "test", default) : _world.Controls.PauseAsync("anna", "test", default));
        (await _world.ConsumeAsync(allowed.Use!)).Should().Be(0);
        (await _world.EnterAsync(request)).Should().BeFalse();
        (await _world.PerformAsync(request)).Answer.Should().BeOfType<GateAnswer.Refused>();
        await _world.Controls.ResumeAsync("anna", "over", default);
        (await _world.ConsumeAsync(allowed.Use!)).Should().Be(0, "what was allowed before is decided again");
        (await _world.PerformAsync(request)).Done.Should().BeTrue();
        _world.Restart.Done.Should().ContainSingle();
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("pause")]
    public async Task Door_StoppedBetweenIntentAndStep_StaysShut(string control)
    {
        var request = _world.Request(_world.Restart, new { name = "web" });
        var allowed = (GateAnswer.Allowed)await _world.Gate.AskAsync(request, default);
        (await _world.ConsumeAsync(allowed.Use!)).Should().Be(1);
        await (control == "stop" ? _world.Controls.StopAsync("anna", "test", default) : _world.Controls.PauseAsync("anna", "test", default));
        (await _world.EnterAsync(request)).Should().BeFalse();
        _world.Restart.Done.Should().BeEmpty();
        (await _world.Changes.ListAsync(new(Target: "web"), default)).Single().Result.Should().Be("failed");
    }

    [Fact]
    public async Task Door_OtherParametersAttemptStepOrActivity_StaysShut()
    {
        var request = _world.Request(_world.Restart, new { name = "web" });
        (await _world.EnterAsync(request)).Should().BeFalse("nothing was used");
        var allowed = (GateAnswer.Allowed)await _world.Gate.AskAsync(request, default);
        (await _world.EnterAsync(request)).Should().BeFalse("it is not used yet");
        await _world.ConsumeAsync(allowed.Use!);
        (await _world.EnterAsync(request with { Attempt = 2 })).Should().BeFalse();
        (await _world.EnterAsync(request with { StepId = "step:2" })).Should().BeFalse();
        (await _world.EnterAsync(request with { RunId = new("run2") })).Should().BeFalse();
        (await _world.EnterAsync(request with { Descriptor = _world.Wipe.Descriptor })).Should().BeFalse();
        (await _world.EnterAsync(request, new { name = "db" })).Should().BeFalse();
        (await _world.EnterAsync(request)).Should().BeFalse("somebody came with other parameters: it is over");
        _world.Restart.Done.Should().BeEmpty();
        _world.Wipe.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Door_UsedAndNotBegunInTime_StaysShut()
    {
        var request = _world.Request(_world.Restart, new { name = "web" });
        var allowed = (GateAnswer.Allowed)await _world.Gate.AskAsync(request, default);
        await _world.ConsumeAsync(allowed.Use!);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        (await _world.EnterAsync(request)).Should().BeFalse("a node that slept must not wake up and act");
        _world.Restart.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Door_EmergencyStopWhileItRuns_HaltsIt()
    {
        var request = _world.Request(_world.Restart, new { name = "web" });
        _world.Restart.Inside = async token =>
        {
            await _world.Controls.StopAsync("anna", "test", default);
            await _world.Stop.LookAsync(default);
            token.ThrowIfCancellationRequested();
        };
        (await _world.PerformAsync(request)).Done.Should().BeFalse();
        _world.Restart.Done.Should().BeEmpty();
        (await _world.Changes.ListAsync(new(Target: "web"), default)).Single().Result.Should().Be("inDoubt");
        await _world.Door.SettleAsync("run1", "step:1", 1, Probe.DidNotHappen, default);
        (await _world.Changes.ListAsync(new(Target: "web"), default)).Single().Result.Should().Be("failed");
    }

    [Fact]
    public async Task Ask_DryRun_DecidesTheSameAndChangesNothing()
    {
        var request = _world.Request(_world.Wipe, new { name = "web" }, dryRun: true);
        (await _world.Gate.AskAsync(request, default)).Should().Be(new GateAnswer.Allowed(null));
        var decision = (await _world.Decisions.ListAsync(new(Action: "test.wipe_thing"), default)).Single();
        (decision.Verdict, decision.DryRun).Should().Be(("ask", 1));
        (await _world.CountAsync("SELECT COUNT(*) FROM approvals")).Should().Be(0);
        (await _world.CountAsync("SELECT COUNT(*) FROM authorizations WHERE run_id = 'run1'")).Should().Be(0);
    }

    [Fact]
    public async Task Ask_InputWithoutAnEffect_IsAllowedWithoutADecision()
    {
        (await _world.PerformAsync(_world.Request(_world.Wipe, new { name = "web", look = true }))).Done.Should().BeTrue();
        (await _world.CountAsync("SELECT COUNT(*) FROM decisions WHERE run_id = 'run1'")).Should().Be(0);
    }

    [Fact]
    public async Task Audit_WholeStory_HoldsAndNoticesEveryTampering()
    {
        await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }));
        await _world.Controls.PauseAsync("anna", "test", default);
        var verdict = await AuditTrail.VerifyAsync(fixture.Database, null, default);
        verdict.Intact.Should().BeTrue();
        verdict.Entries.Should().BeGreaterThan(3);
        var entries = await AuditTrail.ReadAsync(fixture.Database, 0, 100, default);
        entries.Select(entry => entry.Event).Should().ContainInOrder("decided", "authorized", "change.succeeded", "controls.paused");
        (await AuditTrail.VerifyAsync(fixture.Database, entries[^1].Hash, default)).Intact.Should().BeTrue();
        (await AuditTrail.VerifyAsync(fixture.Database, "another", default)).Problem.Should().Contain("another");

        var change = () => fixture.Database.WriteAsync(session => session.ExecuteAsync("UPDATE audit SET actor = 'x' WHERE sequence = 2", null, default), default);
        (await change.Should().ThrowAsync<System.Data.Common.DbException>()).WithMessage("*append-only*");
        var remove = () => fixture.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM audit WHERE sequence = 2", null, default), default);
        (await remove.Should().ThrowAsync<System.Data.Common.DbException>()).WithMessage("*append-only*");

        foreach (var (tamper, problem) in ((string, string)[])[("UPDATE audit SET actor = 'x' WHERE sequence = 2", "Entry 2 was changed"), ("DELETE FROM audit WHERE sequence = 2", "Entry 2 is missing")])
        {
            // Whoever owns the file can take the lock off; the chain still tells.
            await GateTables.TamperAsync(fixture.Database, tamper);
            (await AuditTrail.VerifyAsync(fixture.Database, null, default)).Problem.Should().Contain(problem);
        }
    }

    [Fact]
    public async Task Undo_OfAChange_IsKeptUnlessItHoldsASecret()
    {
        await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }));
        var last = await _world.Changes.LastUndoableAsync(default);
        (last!.UndoActivity, last.UndoInput).Should().Be(("test.restart_thing", """{"name":"web"}"""));
        (await _world.Changes.ClaimUndoAsync(last.Id, "run9", "anna", null, default)).Should().BeTrue();
        (await _world.Changes.ClaimUndoAsync(last.Id, "run10", "anna", null, default)).Should().BeFalse();
    }

    private Task<string> AllTextAsync() => fixture.Database.ReadAsync(
        async session =>
        {
            var all = "";
            foreach (var table in (string[])["decisions", "authorizations", "approvals", "audit", "notices"])
                all += System.Text.Json.JsonSerializer.Serialize(await session.QueryAsync<dynamic>($"SELECT * FROM {table}", null, default));
            return all;
        },
        default);
}

public sealed class SqliteEffectGateTests(SqliteFixture fixture) : EffectGateTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresEffectGateTests(PostgresFixture fixture) : EffectGateTests(fixture), IClassFixture<PostgresFixture>;

internal static class GateTables
{
    public static Task EmptyAsync(Database database) => TamperAsync(
        database, "DELETE FROM approvals; DELETE FROM authorizations; DELETE FROM decisions; DELETE FROM controls; DELETE FROM notices; DELETE FROM target_health; DELETE FROM gate_ledger; DELETE FROM audit");

    public static Task TamperAsync(Database database, string sql) => database.WriteAsync(
        async session =>
        {
            if (session.Dialect == Dialect.Postgres)
            {
                await session.ExecuteAsync($"ALTER TABLE audit DISABLE TRIGGER ALL; {sql}; ALTER TABLE audit ENABLE TRIGGER ALL", null, default);
                return;
            }

            var triggers = (await session.QueryAsync<string>("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'", null, default)).ToList();
            await session.ExecuteAsync($"DROP TRIGGER audit_is_append_only_update; DROP TRIGGER audit_is_append_only_delete; {sql}", null, default);
            foreach (var trigger in triggers)
                await session.ExecuteAsync(trigger, null, default);
        },
        default);
}
