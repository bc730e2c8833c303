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
public abstract class EffectGateTests(DatabaseFixture fixture) : GateTestBase(fixture)
{
    [Fact]
    public async Task Ask_ProvenLowRisk_IsAllowedOnceAndStored()
    {
        var request = World.Request(World.Restart, new { name = "web", token = "s3cret" });
        var (answer, done) = await World.PerformAsync(request);
        done.Should().BeTrue();
        World.Restart.Done.Should().ContainSingle();

        var use = ((GateAnswer.Allowed)answer).Use!;
        (await World.ConsumeAsync(use)).Should().Be(0, "an authorization is used once");
        (await World.EnterAsync(request)).Should().BeFalse("its use has ended");
        World.Restart.Done.Should().ContainSingle();

        var change = (await World.Changes.ListAsync(new(Target: "web"), default)).Single();
        (change.Result, change.IssuedBy, change.Parameters).Should().Be(("succeeded", "rules", """{"name":"web","token":"***"}"""));
        (change.UndoInput, change.NoUndoReason).Should().Be((null, "Taking it back needs a secret, and secrets are not kept in the change log."));
        var decision = (await World.Decisions.ListAsync(new(Action: "test.restart_thing", Target: "web"), default)).Single();
        (decision.Verdict, decision.Outcome, decision.RunId).Should().Be(("execute", "succeeded", "run1"));
        (await AllTextAsync()).Should().NotContain("s3cret");
    }

    [Fact]
    public async Task Ask_Unproven_IsHeldUntilAPersonApproves()
    {
        var request = World.Request(World.Wipe, new { name = "web" });
        var (answer, done) = await World.PerformAsync(request);
        done.Should().BeFalse();
        var held = answer.Should().BeOfType<GateAnswer.Held>().Subject;
        World.Channel.Asked.Should().ContainSingle(asked => asked.Approval.Id == held.ApprovalId && asked.Kind == AskKind.Question);

        (await World.Gate.AskAsync(request, default)).Should().BeOfType<GateAnswer.Held>().Which.ApprovalId.Should().Be(held.ApprovalId, "asking twice is one question");
        (await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default)).Should().BeOfType<AnswerResult.Accepted>();
        World.Resumed.Should().Equal(("run1", held.ApprovalId, $"approval/{held.ApprovalId}"));
        (await World.PerformAsync(request)).Done.Should().BeTrue();
        World.Wipe.Done.Should().ContainSingle();
        (await World.Changes.ListAsync(new(Action: "test.wipe_thing"), default)).Single().IssuedBy.Should().Be("anna");

        (await World.Desk.AnswerAsync(held.ApprovalId, new(false, "bert"), default)).Should().BeOfType<AnswerResult.TooLate>().Which.Approval.AnsweredBy.Should().Be("anna");
    }

    [Fact]
    public async Task Ask_DeniedOrTimedOut_IsRefused()
    {
        var denied = World.Request(World.Wipe, new { name = "web" });
        var first = (GateAnswer.Held)await World.Gate.AskAsync(denied, default);
        await World.Desk.AnswerAsync(first.ApprovalId, new(false, "anna"), default);
        (await World.PerformAsync(denied)).Answer.Should().BeOfType<GateAnswer.Refused>().Which.Reason.Should().Be("anna denied it.");

        var silent = World.Request(World.Wipe, new { name = "db" }, step: "step:2");
        var second = (GateAnswer.Held)await World.Gate.AskAsync(silent, default);
        World.Time.Advance(TimeSpan.FromMinutes(5));
        (await World.Desk.AnswerAsync(second.ApprovalId, new(true, "anna"), default)).Should().BeOfType<AnswerResult.TooLate>();
        await World.Desk.SweepAsync(default);
        World.Resumed.Should().Contain(("run1", second.ApprovalId, $"approval/{second.ApprovalId}"));
        (await World.PerformAsync(silent)).Answer.Should().BeOfType<GateAnswer.Refused>().Which.Reason.Should().Be("Nobody answered in time, which is a no.");
        World.Wipe.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Ask_ApprovedForOtherParametersTargetOrRun_IsAskedAgain()
    {
        var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "web" }), default);
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);

        (await World.PerformAsync(World.Request(World.Wipe, new { name = "web", force = true }))).Answer.Should().BeOfType<GateAnswer.Held>();
        (await World.PerformAsync(World.Request(World.Wipe, new { name = "db" }, step: "step:9"))).Answer.Should().BeOfType<GateAnswer.Held>();
        (await World.PerformAsync(World.Request(World.Wipe, new { name = "web" }, run: "run2"))).Answer.Should().BeOfType<GateAnswer.Held>();
        World.Wipe.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Ask_ApprovedWithChanges_RunsExactlyTheChangedPlan()
    {
        var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "web", force = true, token = "t" }), default);
        var answer = new ApprovalAnswer(true, "anna", Changes: new() { ["force"] = false });
        (await World.Desk.AnswerAsync(held.ApprovalId, answer, default)).Should().BeOfType<AnswerResult.Accepted>().Which.Approval.State.Should().Be("changed");

        (await World.PerformAsync(World.Request(World.Wipe, new { name = "web", force = true, token = "t" }))).Done.Should().BeFalse("the plan as asked is not what was approved");
        (await World.PerformAsync(World.Request(World.Wipe, new { name = "web", force = false, token = "other" }))).Done.Should().BeFalse("the secret is another");
    }

    [Fact]
    public async Task Ask_ChangedPlan_IsDecidedAgainAndRuns()
    {
        var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "web", force = true, token = "t" }), default);
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", Changes: new() { ["force"] = false }), default);
        (await World.PerformAsync(World.Request(World.Wipe, new { name = "web", force = false, token = "t" }))).Done.Should().BeTrue();
        (await World.Decisions.ListAsync(new(Action: "test.wipe_thing"), default)).Select(decision => decision.PlanHash).Distinct().Should().HaveCount(2);
    }

    [Fact]
    public async Task Answer_ChangesThatAreNoInputOrSecret_AreInvalid()
    {
        var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "web" }), default);
        (await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", Changes: new() { ["nonsense"] = 1 }), default)).Should().BeOfType<AnswerResult.Invalid>();
        (await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", Changes: new() { ["token"] = "x" }), default)).Should().BeOfType<AnswerResult.Invalid>();
        (await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", NotBefore: World.Time.GetUtcNow().AddDays(8)), default)).Should().BeOfType<AnswerResult.Invalid>();
        (await World.Desk.AnswerAsync("none", new(true, "anna"), default)).Should().BeOfType<AnswerResult.Unknown>();
        (await World.Desk.FindAsync(held.ApprovalId, default))!.State.Should().Be("pending");
    }

    [Fact]
    public async Task Answer_AnotherTime_WakesTheStepThen()
    {
        var request = World.Request(World.Wipe, new { name = "web" });
        var held = (GateAnswer.Held)await World.Gate.AskAsync(request, default);
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna", NotBefore: World.Time.GetUtcNow().AddHours(1)), default);
        await World.Desk.SweepAsync(default);
        World.Resumed.Should().BeEmpty();
        (await World.PerformAsync(request)).Done.Should().BeFalse();
        World.Time.Advance(TimeSpan.FromHours(1));
        await World.Desk.SweepAsync(default);
        World.Resumed.Should().ContainSingle();
        (await World.PerformAsync(request)).Done.Should().BeTrue();
    }

    [Fact]
    public async Task Answer_PersonWhoMayNot_IsNotAllowed()
    {
        World.Prefer("""{ "approvals": { "approvers": { "high": ["anna"] } } }""");
        var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "web" }), default);
        (await World.Desk.AnswerAsync(held.ApprovalId, new(true, "bert"), default)).Should().BeOfType<AnswerResult.NotAllowed>();
        (await World.Desk.AnswerAsync(held.ApprovalId, new(true, "Anna"), default)).Should().BeOfType<AnswerResult.Accepted>();
    }

    [Fact]
    public async Task Sweep_OpenQuestion_RemindsEscalatesAndWakesAfterACrash()
    {
        World.Prefer("""{ "approvals": { "timeout": "10m", "remindEvery": "2m", "escalateAfter": "3m", "escalateTo": ["boss"] } }""");
        var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "web" }), default);
        World.Time.Advance(TimeSpan.FromMinutes(2));
        await World.Desk.SweepAsync(default);
        await World.Desk.SweepAsync(default);
        World.Time.Advance(TimeSpan.FromMinutes(1));
        await World.Desk.SweepAsync(default);
        World.Channel.Asked.Select(asked => asked.Kind).Should().Equal(AskKind.Question, AskKind.Reminder, AskKind.Escalation);

        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        await World.Database.WriteAsync(session => session.ExecuteAsync("UPDATE approvals SET resumed_at = NULL", null, default), default);
        await World.Desk.SweepAsync(default);
        World.Resumed.Should().HaveCount(2).And.OnlyContain(resumed => resumed.Key == $"approval/{held.ApprovalId}");
    }

    [Fact]
    public async Task Approval_OlderThanItIsGoodFor_IsAskedAgain()
    {
        var request = World.Request(World.Wipe, new { name = "web" });
        var held = (GateAnswer.Held)await World.Gate.AskAsync(request, default);
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        World.Time.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromMilliseconds(1));
        (await World.PerformAsync(request)).Answer.Should().BeOfType<GateAnswer.Held>().Which.ApprovalId.Should().NotBe(held.ApprovalId);
    }

    [Fact]
    public async Task Group_OneAnswer_CountsForAllOfTheCause()
    {
        await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "a" }, step: "a", cause: "incident"), default);
        await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "b" }, step: "b", cause: "incident"), default);
        await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "c" }, step: "c", cause: "other"), default);
        (await World.Desk.AnswerGroupAsync("incident", new(true, "anna"), default)).Should().HaveCount(2).And.AllBeOfType<AnswerResult.Accepted>();
        (await World.Desk.ListAsync("pending", 10, default)).Should().ContainSingle().Which.TargetName.Should().Be("c");
    }

    [Fact]
    public async Task Consume_Expired_ChangesNothing()
    {
        var allowed = (GateAnswer.Allowed)await World.Gate.AskAsync(World.Request(World.Restart, new { name = "web" }), default);
        await World.Database.WriteAsync(session => session.ExecuteAsync("UPDATE authorizations SET expires_at = issued_at + 1 WHERE used_at IS NULL", null, default), default);
        (await World.ConsumeAsync(allowed.Use! with { Consume = allowed.Use.Consume with { Values = [World.Time.GetUtcNow().ToUnixTimeMilliseconds() + 1, .. allowed.Use.Consume.Values[1..]] } })).Should().Be(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Consume_StoppedOrPausedBetweenAnswerAndIntent_ChangesNothing(bool stop)
    {
        var request = World.Request(World.Restart, new { name = "web" });
        var allowed = (GateAnswer.Allowed)await World.Gate.AskAsync(request, default);
        await (stop ? World.Controls.StopAsync("anna", "test", default) : World.Controls.PauseAsync("anna", "test", default));
        (await World.ConsumeAsync(allowed.Use!)).Should().Be(0);
        (await World.EnterAsync(request)).Should().BeFalse();
        (await World.PerformAsync(request)).Answer.Should().BeOfType<GateAnswer.Refused>();
        await World.Controls.ResumeAsync("anna", "over", default);
        (await World.ConsumeAsync(allowed.Use!)).Should().Be(0, "what was allowed before is decided again");
        (await World.PerformAsync(request)).Done.Should().BeTrue();
        World.Restart.Done.Should().ContainSingle();
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("pause")]
    public async Task Door_StoppedBetweenIntentAndStep_StaysShut(string control)
    {
        var request = World.Request(World.Restart, new { name = "web" });
        var allowed = (GateAnswer.Allowed)await World.Gate.AskAsync(request, default);
        (await World.ConsumeAsync(allowed.Use!)).Should().Be(1);
        await (control == "stop" ? World.Controls.StopAsync("anna", "test", default) : World.Controls.PauseAsync("anna", "test", default));
        (await World.EnterAsync(request)).Should().BeFalse();
        World.Restart.Done.Should().BeEmpty();
        (await World.Changes.ListAsync(new(Target: "web"), default)).Single().Result.Should().Be("failed");
    }

    [Fact]
    public async Task Door_OtherParametersAttemptStepOrActivity_StaysShut()
    {
        var request = World.Request(World.Restart, new { name = "web" });
        (await World.EnterAsync(request)).Should().BeFalse("nothing was used");
        var allowed = (GateAnswer.Allowed)await World.Gate.AskAsync(request, default);
        (await World.EnterAsync(request)).Should().BeFalse("it is not used yet");
        await World.ConsumeAsync(allowed.Use!);
        (await World.EnterAsync(request with { Attempt = 2 })).Should().BeFalse();
        (await World.EnterAsync(request with { StepId = "step:2" })).Should().BeFalse();
        (await World.EnterAsync(request with { RunId = new("run2") })).Should().BeFalse();
        (await World.EnterAsync(request with { Descriptor = World.Wipe.Descriptor })).Should().BeFalse();
        (await World.EnterAsync(request, new { name = "db" })).Should().BeFalse();
        (await World.EnterAsync(request)).Should().BeFalse("somebody came with other parameters: it is over");
        World.Restart.Done.Should().BeEmpty();
        World.Wipe.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Door_UsedAndNotBegunInTime_StaysShut()
    {
        var request = World.Request(World.Restart, new { name = "web" });
        var allowed = (GateAnswer.Allowed)await World.Gate.AskAsync(request, default);
        await World.ConsumeAsync(allowed.Use!);
        World.Time.Advance(TimeSpan.FromMinutes(1));
        (await World.EnterAsync(request)).Should().BeFalse("a node that slept must not wake up and act");
        World.Restart.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Door_EmergencyStopWhileItRuns_HaltsIt()
    {
        var request = World.Request(World.Restart, new { name = "web" });
        World.Restart.Inside = async token =>
        {
            await World.Controls.StopAsync("anna", "test", default);
            await World.Stop.LookAsync(default);
            token.ThrowIfCancellationRequested();
        };
        (await World.PerformAsync(request)).Done.Should().BeFalse();
        World.Restart.Done.Should().BeEmpty();
        (await World.Changes.ListAsync(new(Target: "web"), default)).Single().Result.Should().Be("inDoubt");
        await World.Door.SettleAsync("run1", "step:1", 1, Probe.DidNotHappen, default);
        (await World.Changes.ListAsync(new(Target: "web"), default)).Single().Result.Should().Be("failed");
    }

    [Fact]
    public async Task Ask_DryRun_DecidesTheSameAndChangesNothing()
    {
        var request = World.Request(World.Wipe, new { name = "web" }, dryRun: true);
        (await World.Gate.AskAsync(request, default)).Should().Be(new GateAnswer.Allowed(null));
        var decision = (await World.Decisions.ListAsync(new(Action: "test.wipe_thing"), default)).Single();
        (decision.Verdict, decision.DryRun).Should().Be(("ask", 1));
        (await World.CountAsync("SELECT COUNT(*) FROM approvals")).Should().Be(0);
        (await World.CountAsync("SELECT COUNT(*) FROM authorizations WHERE run_id = 'run1'")).Should().Be(0);
    }

    [Fact]
    public async Task Ask_InputWithoutAnEffect_IsAllowedWithoutADecision()
    {
        (await World.PerformAsync(World.Request(World.Wipe, new { name = "web", look = true }))).Done.Should().BeTrue();
        (await World.CountAsync("SELECT COUNT(*) FROM decisions WHERE run_id = 'run1'")).Should().Be(0);
    }

    [Fact]
    public async Task Audit_WholeStory_HoldsAndNoticesEveryTampering()
    {
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        await World.Controls.PauseAsync("anna", "test", default);
        var verdict = await AuditTrail.VerifyAsync(World.Database, null, default);
        verdict.Intact.Should().BeTrue();
        verdict.Entries.Should().BeGreaterThan(3);
        var entries = await AuditTrail.ReadAsync(World.Database, 0, 100, default);
        entries.Select(entry => entry.Event).Should().ContainInOrder("decided", "authorized", "change.succeeded", "controls.paused");
        (await AuditTrail.VerifyAsync(World.Database, entries[^1].Hash, default)).Intact.Should().BeTrue();
        (await AuditTrail.VerifyAsync(World.Database, "another", default)).Problem.Should().Contain("another");

        var change = () => World.Database.WriteAsync(session => session.ExecuteAsync("UPDATE audit SET actor = 'x' WHERE sequence = 2", null, default), default);
        (await change.Should().ThrowAsync<System.Data.Common.DbException>()).WithMessage("*append-only*");
        var remove = () => World.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM audit WHERE sequence = 2", null, default), default);
        (await remove.Should().ThrowAsync<System.Data.Common.DbException>()).WithMessage("*append-only*");

        foreach (var (tamper, problem) in ((string, string)[])[("UPDATE audit SET actor = 'x' WHERE sequence = 2", "Entry 2 was changed"), ("DELETE FROM audit WHERE sequence = 2", "Entry 2 is missing")])
        {
            // Whoever owns the file can take the lock off; the chain still tells.
            await GateTables.TamperAsync(World.Database, tamper);
            (await AuditTrail.VerifyAsync(World.Database, null, default)).Problem.Should().Contain(problem);
        }
    }

    [Fact]
    public async Task Undo_OfAChange_IsKeptUnlessItHoldsASecret()
    {
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        var last = await World.Changes.LastUndoableAsync(default);
        (last!.UndoActivity, last.UndoInput).Should().Be(("test.restart_thing", """{"name":"web"}"""));
        (await World.Changes.ClaimUndoAsync(last.Id, "run9", "anna", null, default)).Should().BeTrue();
        (await World.Changes.ClaimUndoAsync(last.Id, "run10", "anna", null, default)).Should().BeFalse();
    }

    private Task<string> AllTextAsync() => World.Database.ReadAsync(
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
