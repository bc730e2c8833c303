using FluentAssertions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>Stored plans at the gate: what one word allows, for how long, and what may be taken back without another; on both databases.</summary>
public abstract class PlanGateTests(DatabaseFixture fixture) : GateTestBase(fixture)
{
    private const long Lifetime = 600_000;

    /// <summary>One action of a cause is enough: whatever comes after it is asked about.</summary>
    private const string OneIsEnough = """{ "autonomy": "aggressive", "cooldown": "0s", "actionsPerCause": 1, "approvals": { "validFor": "10m" } }""";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await World.ProveAsync(World.Restart, "outage");
    }

    [Fact]
    public async Task Ask_StepOfAPlan_AllowsTheWholePlanOnce()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action), (World.Restart, "b", PlanRole.Action)]);
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        (await CountAsync("decisions")).Should().Be(1);
        (await CountAsync("authorizations", $"AND plan_hash = '{plan.Hash}' AND issued_by = 'rules' AND autonomous = 1 AND awaits_notice = 0 AND expires_at - issued_at = {Lifetime} AND incident_type = 'outage'")).Should().Be(2);
        (await World.PerformAsync(Step(plan, World.Restart, "b"))).Done.Should().BeTrue();
        (await CountAsync("decisions")).Should().Be(1, "it was decided with the first step");

        (await World.PerformAsync(Step(plan, World.Restart, "a", step: "again"))).Done.Should().BeTrue();
        (await CountAsync("decisions", $"AND plan_hash <> '{plan.Hash}' AND incident_type = 'outage'")).Should().Be(1, "a step that was begun is decided alone, by what its plan knows");
        (await World.PerformAsync(Step(plan, World.Restart, "c"))).Answer.Should().BeOfType<GateAnswer.Held>("it is none of the plan's steps, and of its type nothing is learned");
        (await CountAsync("decisions", $"AND incident_type = '{plan.Id}'")).Should().Be(1);
        (await World.PerformAsync(Step(plan, World.Wipe, "b", step: "other"))).Answer.Should().BeOfType<GateAnswer.Held>("another activity on the same target is another step");
        await World.Gate.AskAsync(World.Request(World.Restart, new { name = "b", force = true }, step: "forced") with { DefinitionId = plan.Id }, default);
        (await CountAsync("decisions", $"AND incident_type = '{plan.Id}'")).Should().Be(3, "so are other parameters");
        (await World.PerformAsync(Step(plan, World.Restart, "b", run: "run2"))).Done.Should().BeTrue();
        (await CountAsync("authorizations", run: "run2")).Should().Be(2, "another run has a word of its own");
    }

    [Fact]
    public async Task Ask_LaterStepOfAPlanFirst_IsAllowedAsItself()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action), (World.Restart, "b", PlanRole.Action)]);
        (await World.PerformAsync(Step(plan, World.Restart, "b"))).Done.Should().BeTrue();
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        (await CountAsync("decisions")).Should().Be(1);
        (await World.CountAsync("SELECT COUNT(*) FROM audit WHERE actor = 'gate' AND event = 'decided'")).Should().Be(1);
    }

    [Fact]
    public async Task Ask_PlanNotGoneOnWithInTime_IsDecidedAgainForWhatIsLeft()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action), (World.Restart, "b", PlanRole.Action), (World.Restart, "c", PlanRole.Action)]);
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        World.Time.Advance(TimeSpan.FromMilliseconds(Lifetime - 1));
        (await World.PerformAsync(Step(plan, World.Restart, "b"))).Done.Should().BeTrue();
        (await CountAsync("decisions")).Should().Be(1);
        World.Time.Advance(TimeSpan.FromMilliseconds(1));
        (await World.Gate.AskAsync(Step(plan, World.Restart, "c"), default)).Should().BeOfType<GateAnswer.Allowed>();
        (await CountAsync("decisions")).Should().Be(2);
        (await CountAsync("authorizations", "AND revoked_at IS NOT NULL AND plan_step = 2")).Should().Be(1, "what an earlier decision allowed is replaced");
        (await CountAsync("authorizations")).Should().Be(4, "what was begun is not allowed again");
    }

    [Fact]
    public async Task Ask_PlanWithARiskOfItsOwn_IsToldFirst()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action)], row => row with { Risk = "medium" });
        World.Channel.WhileTelling = async () => (await CountAsync("authorizations", "AND awaits_notice = 1")).Should().Be(1, "until people know nothing may begin");
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        var told = World.Channel.Told.Should().ContainSingle().Subject;
        (await World.CountAsync("SELECT COUNT(*) FROM notices WHERE kind = 'before'")).Should().Be(1);
        (told.Kind, told.Severity, told.Silent).Should().Be(("before", "info", false));
        (await World.Decisions.ListAsync(new(Target: "a"), default)).Single().Should().BeEquivalentTo(
            new { Verdict = "tellFirst", Risk = "medium", Class = "none", Outcome = "succeeded", DryRun = 0L, RunId = "run1", StepId = "a", IncidentType = "outage", Cause = "run1", PlanHash = plan.Hash, TargetName = "a" });
    }

    [Fact]
    public async Task Ask_ToldFirstAndNobodyReached_IsAskedInstead()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action)], row => row with { Risk = "medium" });
        World.Channel.Broken = true;
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Answer.Should().BeOfType<GateAnswer.Held>();
        (await CountAsync("authorizations", "AND revoked_at IS NULL")).Should().Be(0);
        (await World.CountAsync("SELECT COUNT(*) FROM approvals WHERE state = 'pending'")).Should().Be(1);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("pause")]
    [InlineData("late")]
    public async Task Ask_SomethingHappensWhilePeopleAreTold_DoesNotBegin(string what)
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action)], row => row with { Risk = "medium" });
        World.Channel.WhileTelling = () =>
        {
            World.Channel.WhileTelling = null;
            if (what == "late")
                World.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
            return what switch { "stop" => World.Controls.StopAsync("anna", "test", default), "pause" => World.Controls.PauseAsync("anna", "test", default), _ => Task.CompletedTask };
        };
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Answer.Should().BeOfType<GateAnswer.Refused>().Which.Reason.Should().Contain("Between telling people and beginning it was stopped, or telling them took too long.");
        World.Restart.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Ask_UnprovenPlan_IsAskedAboutAsAWhole()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action), (World.Restart, "b", PlanRole.Action)], row => row with { IncidentType = "new" });
        var held = (await World.Gate.AskAsync(Step(plan, World.Restart, "a"), default)).Should().BeOfType<GateAnswer.Held>().Subject;
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        (await World.PerformAsync(Step(plan, World.Restart, "b"))).Done.Should().BeTrue();
        (await World.CountAsync("SELECT COUNT(*) FROM approvals")).Should().Be(1);
        (await CountAsync("authorizations", $"AND issued_by = 'anna' AND autonomous = 0 AND approval_id = '{held.ApprovalId}'")).Should().Be(2);
    }

    [Fact]
    public async Task Ask_PriorOfElsewhere_ProvesAPlan()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action)], row => row with { IncidentType = "new", PriorSuccesses = 40, PriorFailures = 1, Certainty = 0.95 });
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        var bad = await PlanAsync([(World.Restart, "b", PlanRole.Action)], row => row with { IncidentType = "new", PriorSuccesses = 10, PriorFailures = 40 });
        (await World.PerformAsync(Step(bad, World.Restart, "b", run: "run2"))).Done.Should().BeFalse();
        var unsure = await PlanAsync([(World.Restart, "c", PlanRole.Action)], row => row with { Certainty = 0.1 });
        (await World.PerformAsync(Step(unsure, World.Restart, "c", run: "run3"))).Done.Should().BeFalse("its diagnosis is not sure");
    }

    [Fact]
    public async Task Ask_ApprovedAndRiskierMeanwhile_IsAskedAgain()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action)], row => row with { IncidentType = "new" });
        var held = (GateAnswer.Held)await World.Gate.AskAsync(Step(plan, World.Restart, "a"), default);
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        await File.WriteAllTextAsync(Path.Combine(World.RulesDirectory, "own.json"), """{ "Rules": [ { "RuleName": "now", "Expression": "true", "SuccessEvent": "risk high" } ] }""");
        await World.Settings.ReloadAsync(default);
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Answer.Should().BeOfType<GateAnswer.Held>().Which.ApprovalId.Should().NotBe(held.ApprovalId);
    }

    [Fact]
    public async Task WayBack_OfWhatAPlanDid_NeedsNoOtherWord()
    {
        var plan = await PlanAsync([(World.Restart, "s", PlanRole.Snapshot), (World.Restart, "a", PlanRole.Action), (World.Restart, "c", PlanRole.Action), (World.Restart, "b", PlanRole.Rollback)]);
        (await World.PerformAsync(Step(plan, World.Restart, "s"))).Done.Should().BeTrue();
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        World.Prefer(OneIsEnough);
        World.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
        (await World.PerformAsync(Step(plan, World.Restart, "c"))).Answer.Should().BeOfType<GateAnswer.Held>("it goes on, not back");
        (await World.PerformAsync(Step(plan, World.Restart, "b"))).Done.Should().BeTrue();
        (await CountAsync("authorizations", "AND target_name = 'b' AND used_at IS NOT NULL AND autonomous = 1 AND issued_by = 'rules'")).Should().Be(1);
        (await CountAsync("authorizations", "AND target_name = 'c' AND revoked_at IS NULL AND expires_at > issued_at + 0 AND expires_at > " + World.Time.GetUtcNow().ToUnixTimeMilliseconds())).Should().Be(0, "only what takes back is allowed");
    }

    [Fact]
    public async Task WayBack_OfWhatAPersonAllowed_StandsOnThatWord()
    {
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action), (World.Restart, "b", PlanRole.Rollback)], row => row with { IncidentType = "new" });
        var held = (GateAnswer.Held)await World.Gate.AskAsync(Step(plan, World.Restart, "a"), default);
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        World.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
        (await World.PerformAsync(Step(plan, World.Restart, "b"))).Done.Should().BeTrue();
        (await CountAsync("authorizations", $"AND target_name = 'b' AND used_at IS NOT NULL AND issued_by = 'anna' AND autonomous = 0 AND approval_id = '{held.ApprovalId}'")).Should().Be(1);
    }

    [Fact]
    public async Task WayBack_OnlyTheMatrixHoldsItBack_IsFreeAndNothingElseIs()
    {
        var change = await ChangeAsync();
        var unlikely = await PlanAsync([(World.Restart, "b", PlanRole.Rollback)], row => row with { WayBack = 1, UndoOf = change, IncidentType = "new", Certainty = 0.1, PriorFailures = 40 });
        (await World.PerformAsync(Step(unlikely, World.Restart, "b"))).Done.Should().BeTrue("that it may not help is no reason to leave what failed");
        (await CountAsync("decisions", "AND verdict = 'alertOnly'")).Should().Be(1);

        var plan = await PlanAsync([(World.Restart, "x", PlanRole.Action), (World.Restart, "y", PlanRole.Rollback)]);
        World.Prefer("""{ "autonomy": "aggressive", "cooldown": "1h" }""");
        (await World.PerformAsync(Step(plan, World.Restart, "x", run: "run5"))).Done.Should().BeTrue();
        World.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
        (await World.PerformAsync(World.Request(World.Restart, new { name = "y" }, run: "run6"))).Done.Should().BeTrue();
        (await World.PerformAsync(Step(plan, World.Restart, "y", run: "run5"))).Answer.Should().BeOfType<GateAnswer.Refused>("it cools down");
    }

    [Fact]
    public async Task WayBack_NothingDoneRiskierOrPaused_IsNotFree()
    {
        World.Prefer(OneIsEnough);
        var untouched = await PlanAsync([(World.Restart, "a", PlanRole.Action), (World.Restart, "b", PlanRole.Rollback)]);
        (await World.PerformAsync(Step(untouched, World.Restart, "other", step: "x"))).Answer.Should().BeOfType<GateAnswer.Held>();
        await World.PerformAsync(World.Request(World.Restart, new { name = "spent" }));
        (await World.PerformAsync(Step(untouched, World.Restart, "b"))).Answer.Should().BeOfType<GateAnswer.Held>("nothing was done that could be taken back");

        var riskier = await PlanAsync([(World.Restart, "a", PlanRole.Action), (World.Wipe, "b", PlanRole.Rollback)], row => row with { IncidentType = "outage" });
        World.Prefer("""{ "autonomy": "aggressive", "cooldown": "0s" }""");
        var held = (GateAnswer.Held)await World.Gate.AskAsync(Step(riskier, World.Restart, "a", run: "run3"), default);
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        (await World.PerformAsync(Step(riskier, World.Restart, "a", run: "run3"))).Done.Should().BeTrue();
        await World.Controls.PauseAsync("anna", "test", default);
        World.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
        (await World.PerformAsync(Step(riskier, World.Wipe, "b", run: "run3"))).Answer.Should().BeOfType<GateAnswer.Refused>("nothing goes against a pause");
        World.Wipe.Done.Should().BeEmpty();
    }

    [Theory]
    [InlineData("as it is", true)]
    [InlineData("until its end", true)]
    [InlineData("another run before", false)]
    [InlineData("too late", false)]
    [InlineData("from the future", false)]
    [InlineData("of no change", false)]
    [InlineData("of an unknown change", false)]
    [InlineData("of something milder", false)]
    public async Task WayBack_ByThePlanThatTakesBack_IsAllowedOnceAndInTime(string how, bool allowed)
    {
        var change = await ChangeAsync();
        if (how == "of something milder")
            await World.Database.WriteAsync(session => session.ExecuteAsync("UPDATE decisions SET class = 'none', risk = 'low' WHERE run_id = 'before'", null, default), default);
        var plan = await PlanAsync(
            [(World.Restart, "b", PlanRole.Rollback)],
            row => row with
            {
                WayBack = 1,
                UndoOf = how switch { "of no change" => null, "of an unknown change" => "none", _ => change },
                CreatedAt = row.CreatedAt + (how == "from the future" ? 1 : 0),
                Risk = how == "of something milder" ? "medium" : null,
            });
        if (how == "another run before")
            (await World.PerformAsync(Step(plan, World.Restart, "b", run: "run2"))).Done.Should().BeTrue();
        World.Time.Advance(TimeSpan.FromMilliseconds(how switch { "until its end" => Lifetime, "too late" => Lifetime + 1, _ => 0 }));
        var (answer, done) = await World.PerformAsync(Step(plan, World.Restart, "b"));
        done.Should().Be(allowed);
        if (!allowed)
            answer.Should().BeOfType<GateAnswer.Held>();
        else
            (await CountAsync("authorizations", $"AND undo_of = '{change}' AND used_at IS NOT NULL AND issued_by = 'rules'")).Should().Be(1);
    }

    [Theory]
    [InlineData("as it is", true)]
    [InlineData("until its end", true)]
    [InlineData("another run before", false)]
    [InlineData("too late", false)]
    [InlineData("from the future", false)]
    [InlineData("by a machine", false)]
    [InlineData("by who may not", false)]
    public async Task Requested_ByAPersonWhoMayAnswer_IsAnswered(string how, bool allowed)
    {
        var change = await ChangeAsync();
        if (how == "by who may not")
            World.Prefer(OneIsEnough.Replace("\"validFor\": \"10m\"", "\"approvers\": { \"low\": [\"bert\"] }", StringComparison.Ordinal));
        var plan = await PlanAsync(
            [(World.Restart, "b", PlanRole.Action)],
            row => row with { UndoOf = change, RequestedBy = "anna", RequestedByPerson = how == "by a machine" ? 0 : 1, CreatedAt = row.CreatedAt + (how == "from the future" ? 1 : 0), Lifetime = 3_600_000 });
        if (how == "another run before")
            (await World.PerformAsync(Step(plan, World.Restart, "b", run: "run2"))).Done.Should().BeTrue();
        World.Time.Advance(TimeSpan.FromMilliseconds(how switch { "until its end" => 600_000, "too late" => 600_001, _ => 0 }));
        var (answer, done) = await World.PerformAsync(Step(plan, World.Restart, "b"));
        done.Should().Be(allowed);
        if (!allowed)
            answer.Should().BeOfType<GateAnswer.Held>();
        else
            (await CountAsync("authorizations", $"AND undo_of = '{change}' AND used_at IS NOT NULL AND issued_by = 'anna' AND autonomous = 0")).Should().Be(1);
    }

    [Fact]
    public async Task Notice_InQuietHours_IsQuiet()
    {
        World.Prefer("""{ "autonomy": "aggressive", "cooldown": "0s", "timeZone": "UTC", "quietHours": ["* 22:00-06:00", "* 12:00-13:00"] }""");
        var plan = await PlanAsync([(World.Restart, "a", PlanRole.Action)], row => row with { Risk = "medium" });
        (await World.PerformAsync(Step(plan, World.Restart, "a"))).Done.Should().BeTrue();
        World.Channel.Told.Should().ContainSingle().Which.Silent.Should().BeTrue("it is three at night");
        await World.Controls.PauseAsync("anna", "test", default);
        (await World.PerformAsync(World.Request(World.Restart, new { name = "z" }))).Answer.Should().BeOfType<GateAnswer.Refused>();
        World.Channel.Told.Should().HaveCount(2);
        (World.Channel.Told[1].Kind, World.Channel.Told[1].Severity, World.Channel.Told[1].Silent).Should().Be(("alert", "warning", true));
    }

    /// <summary>A change of another run, made by the rules; then one action of a cause is enough.</summary>
    private async Task<string> ChangeAsync()
    {
        (await World.PerformAsync(World.Request(World.Restart, new { name = "a" }, run: "before", cause: "outage1"))).Done.Should().BeTrue();
        World.Prefer(OneIsEnough);
        return (await World.Changes.ListAsync(new(Target: "a"), default)).Single().Id;
    }

    private Task<PlanRow> PlanAsync(IReadOnlyList<(CountingActivity Activity, string Name, PlanRole Role)> steps, Func<PlanRow, PlanRow>? but = null) => World.PlanAsync(steps, but);

    private GateRequest Step(PlanRow plan, CountingActivity activity, string name, string run = "run1", string? step = null) =>
        World.Request(activity, new { name }, run: run, step: step ?? name, cause: plan is { UndoOf: null, WayBack: 0 } ? run : "outage1") with { DefinitionId = plan.Id };

    private Task<long> CountAsync(string table, string more = "", string run = "run1") => World.CountAsync($"SELECT COUNT(*) FROM {table} WHERE run_id = '{run}' {more}");
}

public sealed class SqlitePlanGateTests(SqliteFixture fixture) : PlanGateTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresPlanGateTests(PostgresFixture fixture) : PlanGateTests(fixture), IClassFixture<PostgresFixture>;
