using FluentAssertions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>Stored plans at the gate: what one word allows, for how long, and what may be taken back without another; on both databases.</summary>
public abstract class PlanGateTests(DatabaseFixture fixture) : IAsyncLifetime
{
    private const long Lifetime = 600_000;

    /// <summary>One action of a cause is enough: whatever comes after it is asked about.</summary>
    private const string OneIsEnough = """{ "autonomy": "aggressive", "cooldown": "0s", "actionsPerCause": 1, "approvals": { "validFor": "10m" } }""";

    private readonly GateWorld _world = new(fixture.Database);

    public async Task InitializeAsync()
    {
        await GateTables.EmptyAsync(fixture.Database);
        foreach (var type in (string[])["flow", "outage"])
            await _world.ProveAsync(_world.Restart, type);
    }

    public Task DisposeAsync()
    {
        _world.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Ask_StepOfAPlan_AllowsTheWholePlanOnce()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action), (_world.Restart, "b", PlanRole.Action)]);
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        (await CountAsync("decisions")).Should().Be(1);
        (await CountAsync("authorizations", $"AND plan_hash = '{plan.Hash}' AND issued_by = 'rules' AND autonomous = 1 AND awaits_notice = 0 AND expires_at - issued_at = {Lifetime} AND incident_type = 'outage'")).Should().Be(2);
        (await _world.PerformAsync(Step(plan, _world.Restart, "b"))).Done.Should().BeTrue();
        (await CountAsync("decisions")).Should().Be(1, "it was decided with the first step");

        (await _world.PerformAsync(Step(plan, _world.Restart, "a", step: "again"))).Done.Should().BeTrue();
        (await CountAsync("decisions", $"AND plan_hash <> '{plan.Hash}' AND incident_type = 'outage'")).Should().Be(1, "a step that was begun is decided alone, by what its plan knows");
        (await _world.PerformAsync(Step(plan, _world.Restart, "c"))).Answer.Should().BeOfType<GateAnswer.Held>("it is none of the plan's steps, and of its type nothing is learned");
        (await CountAsync("decisions", $"AND incident_type = '{plan.Id}'")).Should().Be(1);
        (await _world.PerformAsync(Step(plan, _world.Wipe, "b", step: "other"))).Answer.Should().BeOfType<GateAnswer.Held>("another activity on the same target is another step");
        await _world.Gate.AskAsync(_world.Request(_world.Restart, new { name = "b", force = true }, step: "forced") with { DefinitionId = plan.Id }, default);
        (await CountAsync("decisions", $"AND incident_type = '{plan.Id}'")).Should().Be(3, "so are other parameters");
        (await _world.PerformAsync(Step(plan, _world.Restart, "b", run: "run2"))).Done.Should().BeTrue();
        (await CountAsync("authorizations", run: "run2")).Should().Be(2, "another run has a word of its own");
    }

    [Fact]
    public async Task Ask_LaterStepOfAPlanFirst_IsAllowedAsItself()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action), (_world.Restart, "b", PlanRole.Action)]);
        (await _world.PerformAsync(Step(plan, _world.Restart, "b"))).Done.Should().BeTrue();
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        (await CountAsync("decisions")).Should().Be(1);
        (await _world.CountAsync("SELECT COUNT(*) FROM audit WHERE actor = 'gate' AND event = 'decided'")).Should().Be(1);
    }

    [Fact]
    public async Task Ask_PlanNotGoneOnWithInTime_IsDecidedAgainForWhatIsLeft()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action), (_world.Restart, "b", PlanRole.Action), (_world.Restart, "c", PlanRole.Action)]);
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        _world.Time.Advance(TimeSpan.FromMilliseconds(Lifetime - 1));
        (await _world.PerformAsync(Step(plan, _world.Restart, "b"))).Done.Should().BeTrue();
        (await CountAsync("decisions")).Should().Be(1);
        _world.Time.Advance(TimeSpan.FromMilliseconds(1));
        (await _world.Gate.AskAsync(Step(plan, _world.Restart, "c"), default)).Should().BeOfType<GateAnswer.Allowed>();
        (await CountAsync("decisions")).Should().Be(2);
        (await CountAsync("authorizations", "AND revoked_at IS NOT NULL AND plan_step = 2")).Should().Be(1, "what an earlier decision allowed is replaced");
        (await CountAsync("authorizations")).Should().Be(4, "what was begun is not allowed again");
    }

    [Fact]
    public async Task Ask_PlanWithARiskOfItsOwn_IsToldFirst()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action)], row => row with { Risk = "medium" });
        _world.Channel.WhileTelling = async () => (await CountAsync("authorizations", "AND awaits_notice = 1")).Should().Be(1, "until people know nothing may begin");
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        var told = _world.Channel.Told.Should().ContainSingle().Subject;
        (await _world.CountAsync("SELECT COUNT(*) FROM notices WHERE kind = 'before'")).Should().Be(1);
        (told.Kind, told.Severity, told.Silent).Should().Be(("before", "info", false));
        (await _world.Decisions.ListAsync(new(Target: "a"), default)).Single().Should().BeEquivalentTo(
            new { Verdict = "tellFirst", Risk = "medium", Class = "none", Outcome = "succeeded", DryRun = 0L, RunId = "run1", StepId = "a", IncidentType = "outage", Cause = "run1", PlanHash = plan.Hash, TargetName = "a" });
    }

    [Fact]
    public async Task Ask_ToldFirstAndNobodyReached_IsAskedInstead()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action)], row => row with { Risk = "medium" });
        _world.Channel.Broken = true;
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Answer.Should().BeOfType<GateAnswer.Held>();
        (await CountAsync("authorizations", "AND revoked_at IS NULL")).Should().Be(0);
        (await _world.CountAsync("SELECT COUNT(*) FROM approvals WHERE state = 'pending'")).Should().Be(1);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("pause")]
    [InlineData("late")]
    public async Task Ask_SomethingHappensWhilePeopleAreTold_DoesNotBegin(string what)
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action)], row => row with { Risk = "medium" });
        _world.Channel.WhileTelling = () =>
        {
            _world.Channel.WhileTelling = null;
            if (what == "late")
                _world.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
            return what switch { "stop" => _world.Controls.StopAsync("anna", "test", default), "pause" => _world.Controls.PauseAsync("anna", "test", default), _ => Task.CompletedTask };
        };
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Answer.Should().BeOfType<GateAnswer.Refused>().Which.Reason.Should().Contain("Between telling people and beginning it was stopped, or telling them took too long.");
        _world.Restart.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Ask_UnprovenPlan_IsAskedAboutAsAWhole()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action), (_world.Restart, "b", PlanRole.Action)], row => row with { IncidentType = "new" });
        var held = (await _world.Gate.AskAsync(Step(plan, _world.Restart, "a"), default)).Should().BeOfType<GateAnswer.Held>().Subject;
        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        (await _world.PerformAsync(Step(plan, _world.Restart, "b"))).Done.Should().BeTrue();
        (await _world.CountAsync("SELECT COUNT(*) FROM approvals")).Should().Be(1);
        (await CountAsync("authorizations", $"AND issued_by = 'anna' AND autonomous = 0 AND approval_id = '{held.ApprovalId}'")).Should().Be(2);
    }

    [Fact]
    public async Task Ask_PriorOfElsewhere_ProvesAPlan()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action)], row => row with { IncidentType = "new", PriorSuccesses = 40, PriorFailures = 1, Certainty = 0.95 });
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        var bad = await PlanAsync([(_world.Restart, "b", PlanRole.Action)], row => row with { IncidentType = "new", PriorSuccesses = 10, PriorFailures = 40 });
        (await _world.PerformAsync(Step(bad, _world.Restart, "b", run: "run2"))).Done.Should().BeFalse();
        var unsure = await PlanAsync([(_world.Restart, "c", PlanRole.Action)], row => row with { Certainty = 0.1 });
        (await _world.PerformAsync(Step(unsure, _world.Restart, "c", run: "run3"))).Done.Should().BeFalse("its diagnosis is not sure");
    }

    [Fact]
    public async Task Ask_ApprovedAndRiskierMeanwhile_IsAskedAgain()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action)], row => row with { IncidentType = "new" });
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(Step(plan, _world.Restart, "a"), default);
        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        await File.WriteAllTextAsync(Path.Combine(_world.RulesDirectory, "own.json"), """{ "Rules": [ { "RuleName": "now", "Expression": "true", "SuccessEvent": "risk high" } ] }""");
        await _world.Settings.ReloadAsync(default);
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Answer.Should().BeOfType<GateAnswer.Held>().Which.ApprovalId.Should().NotBe(held.ApprovalId);
    }

    [Fact]
    public async Task WayBack_OfWhatAPlanDid_NeedsNoOtherWord()
    {
        var plan = await PlanAsync([(_world.Restart, "s", PlanRole.Snapshot), (_world.Restart, "a", PlanRole.Action), (_world.Restart, "c", PlanRole.Action), (_world.Restart, "b", PlanRole.Rollback)]);
        (await _world.PerformAsync(Step(plan, _world.Restart, "s"))).Done.Should().BeTrue();
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        _world.Prefer(OneIsEnough);
        _world.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
        (await _world.PerformAsync(Step(plan, _world.Restart, "c"))).Answer.Should().BeOfType<GateAnswer.Held>("it goes on, not back");
        (await _world.PerformAsync(Step(plan, _world.Restart, "b"))).Done.Should().BeTrue();
        (await CountAsync("authorizations", "AND target_name = 'b' AND used_at IS NOT NULL AND autonomous = 1 AND issued_by = 'rules'")).Should().Be(1);
        (await CountAsync("authorizations", "AND target_name = 'c' AND revoked_at IS NULL AND expires_at > issued_at + 0 AND expires_at > " + _world.Time.GetUtcNow().ToUnixTimeMilliseconds())).Should().Be(0, "only what takes back is allowed");
    }

    [Fact]
    public async Task WayBack_OfWhatAPersonAllowed_StandsOnThatWord()
    {
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action), (_world.Restart, "b", PlanRole.Rollback)], row => row with { IncidentType = "new" });
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(Step(plan, _world.Restart, "a"), default);
        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        _world.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
        (await _world.PerformAsync(Step(plan, _world.Restart, "b"))).Done.Should().BeTrue();
        (await CountAsync("authorizations", $"AND target_name = 'b' AND used_at IS NOT NULL AND issued_by = 'anna' AND autonomous = 0 AND approval_id = '{held.ApprovalId}'")).Should().Be(1);
    }

    [Fact]
    public async Task WayBack_OnlyTheMatrixHoldsItBack_IsFreeAndNothingElseIs()
    {
        var change = await ChangeAsync();
        var unlikely = await PlanAsync([(_world.Restart, "b", PlanRole.Rollback)], row => row with { WayBack = 1, UndoOf = change, IncidentType = "new", Certainty = 0.1, PriorFailures = 40 });
        (await _world.PerformAsync(Step(unlikely, _world.Restart, "b"))).Done.Should().BeTrue("that it may not help is no reason to leave what failed");
        (await CountAsync("decisions", "AND verdict = 'alertOnly'")).Should().Be(1);

        var plan = await PlanAsync([(_world.Restart, "x", PlanRole.Action), (_world.Restart, "y", PlanRole.Rollback)]);
        _world.Prefer("""{ "autonomy": "aggressive", "cooldown": "1h" }""");
        (await _world.PerformAsync(Step(plan, _world.Restart, "x", run: "run5"))).Done.Should().BeTrue();
        _world.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
        (await _world.PerformAsync(_world.Request(_world.Restart, new { name = "y" }, run: "run6"))).Done.Should().BeTrue();
        (await _world.PerformAsync(Step(plan, _world.Restart, "y", run: "run5"))).Answer.Should().BeOfType<GateAnswer.Refused>("it cools down");
    }

    [Fact]
    public async Task WayBack_NothingDoneRiskierOrPaused_IsNotFree()
    {
        _world.Prefer(OneIsEnough);
        var untouched = await PlanAsync([(_world.Restart, "a", PlanRole.Action), (_world.Restart, "b", PlanRole.Rollback)]);
        (await _world.PerformAsync(Step(untouched, _world.Restart, "other", step: "x"))).Answer.Should().BeOfType<GateAnswer.Held>();
        await _world.PerformAsync(_world.Request(_world.Restart, new { name = "spent" }));
        (await _world.PerformAsync(Step(untouched, _world.Restart, "b"))).Answer.Should().BeOfType<GateAnswer.Held>("nothing was done that could be taken back");

        var riskier = await PlanAsync([(_world.Restart, "a", PlanRole.Action), (_world.Wipe, "b", PlanRole.Rollback)], row => row with { IncidentType = "outage" });
        _world.Prefer("""{ "autonomy": "aggressive", "cooldown": "0s" }""");
        var held = (GateAnswer.Held)await _world.Gate.AskAsync(Step(riskier, _world.Restart, "a", run: "run3"), default);
        await _world.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        (await _world.PerformAsync(Step(riskier, _world.Restart, "a", run: "run3"))).Done.Should().BeTrue();
        await _world.Controls.PauseAsync("anna", "test", default);
        _world.Time.Advance(TimeSpan.FromMilliseconds(Lifetime));
        (await _world.PerformAsync(Step(riskier, _world.Wipe, "b", run: "run3"))).Answer.Should().BeOfType<GateAnswer.Refused>("nothing goes against a pause");
        _world.Wipe.Done.Should().BeEmpty();
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
            await fixture.Database.WriteAsync(session => session.ExecuteAsync("UPDATE decisions SET class = 'none', risk = 'low' WHERE run_id = 'before'", null, default), default);
        var plan = await PlanAsync(
            [(_world.Restart, "b", PlanRole.Rollback)],
            row => row with
            {
                WayBack = 1,
                UndoOf = how switch { "of no change" => null, "of an unknown change" => "none", _ => change },
                CreatedAt = row.CreatedAt + (how == "from the future" ? 1 : 0),
                Risk = how == "of something milder" ? "medium" : null,
            });
        if (how == "another run before")
            (await _world.PerformAsync(Step(plan, _world.Restart, "b", run: "run2"))).Done.Should().BeTrue();
        _world.Time.Advance(TimeSpan.FromMilliseconds(how switch { "until its end" => Lifetime, "too late" => Lifetime + 1, _ => 0 }));
        var (answer, done) = await _world.PerformAsync(Step(plan, _world.Restart, "b"));
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
            _world.Prefer(OneIsEnough.Replace("\"validFor\": \"10m\"", "\"approvers\": { \"low\": [\"bert\"] }", StringComparison.Ordinal));
        var plan = await PlanAsync(
            [(_world.Restart, "b", PlanRole.Action)],
            row => row with { UndoOf = change, RequestedBy = "anna", RequestedByPerson = how == "by a machine" ? 0 : 1, CreatedAt = row.CreatedAt + (how == "from the future" ? 1 : 0), Lifetime = 3_600_000 });
        if (how == "another run before")
            (await _world.PerformAsync(Step(plan, _world.Restart, "b", run: "run2"))).Done.Should().BeTrue();
        _world.Time.Advance(TimeSpan.FromMilliseconds(how switch { "until its end" => 600_000, "too late" => 600_001, _ => 0 }));
        var (answer, done) = await _world.PerformAsync(Step(plan, _world.Restart, "b"));
        done.Should().Be(allowed);
        if (!allowed)
            answer.Should().BeOfType<GateAnswer.Held>();
        else
            (await CountAsync("authorizations", $"AND undo_of = '{change}' AND used_at IS NOT NULL AND issued_by = 'anna' AND autonomous = 0")).Should().Be(1);
    }

    [Fact]
    public async Task Notice_InQuietHours_IsQuiet()
    {
        _world.Prefer("""{ "autonomy": "aggressive", "cooldown": "0s", "timeZone": "UTC", "quietHours": ["* 22:00-06:00", "* 12:00-13:00"] }""");
        var plan = await PlanAsync([(_world.Restart, "a", PlanRole.Action)], row => row with { Risk = "medium" });
        (await _world.PerformAsync(Step(plan, _world.Restart, "a"))).Done.Should().BeTrue();
        _world.Channel.Told.Should().ContainSingle().Which.Silent.Should().BeTrue("it is three at night");
        await _world.Controls.PauseAsync("anna", "test", default);
        (await _world.PerformAsync(_world.Request(_world.Restart, new { name = "z" }))).Answer.Should().BeOfType<GateAnswer.Refused>();
        _world.Channel.Told.Should().HaveCount(2);
        (_world.Channel.Told[1].Kind, _world.Channel.Told[1].Severity, _world.Channel.Told[1].Silent).Should().Be(("alert", "warning", true));
    }

    /// <summary>A change of another run, made by the rules; then one action of a cause is enough.</summary>
    private async Task<string> ChangeAsync()
    {
        (await _world.PerformAsync(_world.Request(_world.Restart, new { name = "a" }, run: "before", cause: "outage1"))).Done.Should().BeTrue();
        _world.Prefer(OneIsEnough);
        return (await _world.Changes.ListAsync(new(Target: "a"), default)).Single().Id;
    }

    private Task<PlanRow> PlanAsync(IReadOnlyList<(CountingActivity Activity, string Name, PlanRole Role)> steps, Func<PlanRow, PlanRow>? but = null) => _world.PlanAsync(steps, but);

    private GateRequest Step(PlanRow plan, CountingActivity activity, string name, string run = "run1", string? step = null) =>
        _world.Request(activity, new { name }, run: run, step: step ?? name, cause: plan is { UndoOf: null, WayBack: 0 } ? run : "outage1") with { DefinitionId = plan.Id };

    private Task<long> CountAsync(string table, string more = "", string run = "run1") => _world.CountAsync($"SELECT COUNT(*) FROM {table} WHERE run_id = '{run}' {more}");
}

public sealed class SqlitePlanGateTests(SqliteFixture fixture) : PlanGateTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresPlanGateTests(PostgresFixture fixture) : PlanGateTests(fixture), IClassFixture<PostgresFixture>;
