using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

public sealed class DecidingTests
{
    private static readonly DecisionPolicy Policy = ShippedPolicy.Policy;
    private static readonly CandidateFacts Candidate = ShippedPolicy.Candidate;

    public static TheoryData<string, Verdict, ControlFacts, CandidateFacts> Limits => new()
    {
        { "emergency stop", Verdict.Refuse, new ControlFacts { Stopped = true }, Candidate },
        { "target", Verdict.Refuse, new ControlFacts(), Candidate with { Target = Candidate.Target with { Known = false } } },
        { "pause", Verdict.AlertOnly, new ControlFacts { Paused = true }, Candidate },
        { "circuit breaker", Verdict.Ask, new ControlFacts { BreakerOpen = true, ConsecutiveFailures = 3 }, Candidate },
        { "cooldown", Verdict.AlertOnly, new ControlFacts(), Candidate with { CooldownUntil = ShippedPolicy.Facts(Candidate).At.AddSeconds(1) } },
        { "daily cap", Verdict.Ask, new ControlFacts { ActionsToday = 5, ActionsPerDay = 5 }, Candidate },
        { "target budget", Verdict.Ask, new ControlFacts(), Candidate with { TargetActions = 2, TargetBudget = 2 } },
        { "cause budget", Verdict.Ask, new ControlFacts(), Candidate with { CauseActions = 1, CauseBudget = 1 } },
        { "dependency", Verdict.AlertOnly, new ControlFacts(), Candidate with { Target = Candidate.Target with { ParentDown = "pve1" } } },
        { "maintenance window", Verdict.Ask, new ControlFacts(), Candidate with { CanWait = true, InMaintenanceWindow = false } },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Decide_LimitInForce_LimitsTheVerdictAndIsNamed(string name, Verdict expected, ControlFacts controls, CandidateFacts candidate)
    {
        var record = Deciding.Decide(ShippedPolicy.Facts(candidate) with { Controls = controls with { Autonomy = AutonomyLevel.Aggressive } }, Policy);
        record.Verdict.Should().Be(expected);
        record.Chosen!.Reasons.Should().ContainSingle(reason => reason.Name == name);
        record.Counterfactuals.Should().Contain(one => one.Change.StartsWith($"without {name}") && one.Verdict == Verdict.Execute);
    }

    [Fact]
    public void Decide_LimitsThatAreNotReached_LeaveTheVerdict()
    {
        var candidate = Candidate with
        {
            CooldownUntil = ShippedPolicy.Facts(Candidate).At, TargetActions = 1, TargetBudget = 2, CauseActions = 0, CauseBudget = 1, CanWait = true, InMaintenanceWindow = true,
        };
        var facts = ShippedPolicy.Facts(candidate) with { Controls = new ControlFacts { Autonomy = AutonomyLevel.Aggressive, ActionsToday = 4, ActionsPerDay = 5 } };
        var record = Deciding.Decide(facts, Policy);
        record.Verdict.Should().Be(Verdict.Execute);
        record.Chosen!.Bounds.Select(bound => bound.Name).Should().Equal("matrix", "autonomy", "class");
    }

    [Fact]
    public void Decide_OutsideTheWindow_OnlyWhatCanWaitOrDestroysIsHeld()
    {
        Of(Candidate with { InMaintenanceWindow = false }).Should().Be(Verdict.Execute);
        Of(Candidate with { InMaintenanceWindow = false, CanWait = true }).Should().Be(Verdict.Ask);
        var destructive = Candidate with { Effect = EffectKind.Destructive, InMaintenanceWindow = false };
        Deciding.Decide(ShippedPolicy.Facts(destructive), Policy).Chosen!.Bounds.Should().Contain(bound => bound.Name == "maintenance window");
    }

    [Fact]
    public void Decide_SeveralLimitsTogether_SaysThatAllMustGo()
    {
        var record = Deciding.Decide(ShippedPolicy.Facts(Candidate with { Approval = ApprovalClass.Hard, TargetActions = 1, TargetBudget = 1 }), Policy);
        record.Verdict.Should().Be(Verdict.Ask);
        record.Counterfactuals.Should().Contain(new Counterfactual("all of these together lifted: class, target budget", Verdict.Execute));
        record.Counterfactuals.Should().NotContain(one => one.Change.StartsWith("approval class none"));
    }

    [Fact]
    public void Decide_ConfidenceBelowAThreshold_TellsTheNextOnes()
    {
        var record = Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Sure(0.84)), Policy);
        record.Verdict.Should().Be(Verdict.Ask);
        record.Counterfactuals.Should().Contain(new Counterfactual("confidence above 0.9 (was 0.84)", Verdict.Execute));
        record.Counterfactuals.Should().Contain(new Counterfactual("confidence of at most 0.7 (was 0.84)", Verdict.AlertOnly));
        record.Counterfactuals.Should().Contain(new Counterfactual("medium risk (was low)", Verdict.TellFirst));
    }

    [Fact]
    public void Decide_LevelHoldsItBack_TellsItsThreshold()
    {
        var record = Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Sure(0.93), AutonomyLevel.Conservative), Policy);
        record.Verdict.Should().Be(Verdict.Ask);
        record.Sentence.Should().Be(
            "I propose docker.restart_container on web and wait for your approval, because the level conservative wants a confidence of 0.95, it is 0.93.");
        record.Counterfactuals.Should().Contain(new Counterfactual("confidence of at least 0.95 (was 0.93)", Verdict.Execute));
        record.Counterfactuals.Should().Contain(new Counterfactual("autonomy moderate (was conservative)", Verdict.Execute));
    }

    [Fact]
    public void Decide_EachCounterfactualOfASingleRule_HoldsWhenTheRuleIsGone()
    {
        var busy = ShippedPolicy.Facts(Candidate with { AvailabilityRisk = Hazard.Low }) with { Time = new TimeFacts { Hour = 12, Day = DayOfWeek.Monday } };
        var record = Deciding.Decide(busy, Policy);
        record.Verdict.Should().Be(Verdict.TellFirst);
        record.Chosen!.Hits.Should().ContainSingle().Which.Should().Be(new RuleHit("risk", "busy_hours", "risk +1", "people use it at this hour"));
        record.Counterfactuals.Should().Contain(new Counterfactual("without the rule busy_hours: people use it at this hour", Verdict.Execute));
        Deciding.Decide(busy, Policy with { Rules = [.. Policy.Rules.Where(rule => rule.Name != "busy_hours")] }).Verdict.Should().Be(Verdict.Execute);
    }

    [Theory]
    [InlineData(7, false, Hazard.Low, Risk.Low)]
    [InlineData(8, false, Hazard.Low, Risk.Medium)]
    [InlineData(22, false, Hazard.Low, Risk.Medium)]
    [InlineData(23, false, Hazard.Low, Risk.Low)]
    [InlineData(12, true, Hazard.Low, Risk.Low)]
    [InlineData(12, false, Hazard.None, Risk.Low)]
    public void Decide_TimeOfDay_RaisesTheRiskOfInterruptions(int hour, bool down, Hazard availability, Risk expected)
    {
        var candidate = Candidate with { AvailabilityRisk = availability, Target = Candidate.Target with { Down = down } };
        Deciding.Decide(ShippedPolicy.Facts(candidate) with { Time = new TimeFacts { Hour = hour } }, Policy).Chosen!.Risk.Should().Be(expected);
    }

    [Theory]
    [InlineData(0, Risk.Low)]
    [InlineData(2, Risk.Low)]
    [InlineData(3, Risk.Medium)]
    [InlineData(9, Risk.Medium)]
    [InlineData(10, Risk.High)]
    public void Decide_BlastRadius_RaisesTheRisk(int radius, Risk expected)
    {
        var candidate = Candidate with { AvailabilityRisk = Hazard.Low, Target = Candidate.Target with { BlastRadius = radius } };
        Deciding.Decide(ShippedPolicy.Facts(candidate), Policy).Chosen!.Risk.Should().Be(expected);
    }

    [Fact]
    public void Decide_Unproven_SaysSoInsteadOfAPercentage()
    {
        var record = Deciding.Decide(ShippedPolicy.Facts(Candidate with { HistoricalSuccess = null, History = new HistoryFacts(2, 0), RollbackFeasibility = 0.8 }), Policy);
        record.Chosen!.Proven.Should().BeFalse();
        record.Verdict.Should().Be(Verdict.Ask);
        record.Sentence.Should().Contain("unproven (2 of 2 worked)");
        Explanation.Table(record.Chosen).Should().Contain(row => row.Name == "historical success" && row.Value == "unproven (2 of 2 worked)");
    }

    [Fact]
    public void Decide_SeveralCandidates_RanksThemAndKeepsWhatItBeat()
    {
        var facts = ShippedPolicy.Facts(Candidate) with
        {
            Candidates =
            [
                ShippedPolicy.Sure(0.75) with { Action = "c" },
                ShippedPolicy.Sure(0.95) with { Action = "b" },
                ShippedPolicy.Sure(0.97) with { Action = "a" },
                ShippedPolicy.Sure(0.99) with { Action = "d", Approval = ApprovalClass.Forbidden },
            ],
        };
        var record = Deciding.Decide(facts, Policy);
        record.Chosen!.Action.Should().Be("a");
        record.Alternatives.Select(one => one.Action).Should().Equal("b", "c", "d");
        Deciding.Decide(facts with { Candidates = [.. facts.Candidates.Reverse()] }, Policy).Should().BeEquivalentTo(record);
    }

    /// <summary>What is said of an action, a target or a limit holds for every step, not only for the one the plan is told by.</summary>
    [Fact]
    public void Decide_FurtherStep_CountsWithItsOwnClassRuleAndLimits()
    {
        var step = ShippedPolicy.Candidate with { Action = "docker.remove_volume", Target = ShippedPolicy.Candidate.Target with { Id = "docker:local/volume/db", Kind = "volume", Name = "db" } };
        var plan = ShippedPolicy.Candidate with { Steps = [step] };
        Deciding.Decide(ShippedPolicy.Facts(plan), Policy).Verdict.Should().Be(Verdict.Execute);

        var forbidding = Policy with { ActionApproval = new Dictionary<string, ApprovalClass> { ["docker.remove_volume"] = ApprovalClass.Forbidden } };
        var record = Deciding.Decide(ShippedPolicy.Facts(plan), forbidding);
        (record.Verdict, record.Chosen!.Class).Should().Be((Verdict.Refuse, ApprovalClass.Forbidden));
        record.Sentence.Should().Contain("its step docker.remove_volume on db does not pass alone (is forbidden");

        var guarded = DecisionPolicyReader.Read(new Dictionary<string, string>(ShippedPolicy.Files)
        {
            ["own.json"] = """{ "Rules": [ { "RuleName": "volumes", "Expression": "target.kind == \"volume\"", "SuccessEvent": "risk high" } ] }""",
        }).Policy!;
        record = Deciding.Decide(ShippedPolicy.Facts(plan), guarded);
        (record.Verdict, record.Chosen!.Risk).Should().Be((Verdict.Ask, Risk.High));
        record.Chosen.Hits.Should().ContainSingle().Which.Rule.Should().Be("volumes");

        record = Deciding.Decide(ShippedPolicy.Facts(plan with { Steps = [step with { TargetActions = 3, TargetBudget = 3 }] }), Policy);
        record.Verdict.Should().Be(Verdict.Ask);
        record.Chosen!.Bounds.Should().Contain(bound => bound.Name == "step docker.remove_volume" && bound.AtMost == Verdict.Ask && bound.Reason.Contains("3 actions ran on it today"));

        record = Deciding.Decide(ShippedPolicy.Facts(plan with { Steps = [step with { HistoricalSuccess = null, History = new HistoryFacts(1, 0) }] }), Policy);
        (record.Chosen!.Proven, record.Chosen.History).Should().Be((false, new HistoryFacts(1, 0)));
        record.Chosen.Confidence.Should().BeLessThan(0.9);

        record = Deciding.Decide(ShippedPolicy.Facts(plan with { Steps = [step with { DataRisk = Hazard.Medium }] }), Policy);
        (record.Chosen!.BaseRisk, record.Chosen.Risk, record.Verdict).Should().Be((Risk.Medium, Risk.Medium, Verdict.TellFirst));
    }

    [Fact]
    public void Decide_HarmlessFurtherStep_TakesNothingFromTheFirst()
    {
        var harmless = ShippedPolicy.Candidate with { Action = "docker.start_container" };
        var first = ShippedPolicy.Candidate with { DataRisk = Hazard.Medium, HistoricalSuccess = null, History = new HistoryFacts(1, 0) };
        var alone = Deciding.Decide(ShippedPolicy.Facts(first), Policy).Chosen!;
        var plan = Deciding.Decide(ShippedPolicy.Facts(first with { Steps = [harmless] }), Policy).Chosen!;
        (plan.BaseRisk, plan.Risk, plan.Confidence, plan.Class, plan.Proven, plan.History, plan.Verdict).Should()
            .Be((Risk.Medium, Risk.Medium, alone.Confidence, alone.Class, false, new HistoryFacts(1, 0), alone.Verdict));
        var proven = Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Candidate with { History = new HistoryFacts(40, 0), Steps = [harmless with { History = new HistoryFacts(20, 1) }] }), Policy).Chosen!;
        (proven.Proven, proven.History).Should().Be((true, new HistoryFacts(40, 0)), "only an unproven step replaces what is shown");
    }

    [Theory]
    [InlineData("docker.restart", "docker.restart_container", false)]
    [InlineData("docker.restart_container", "docker.restart_container", true)]
    [InlineData("docker.restart_containers", "docker.restart_container", false)]
    [InlineData("docker.restart_containe*", "docker.restart_container", true)]
    [InlineData("*", "docker.restart_container", true)]
    [InlineData("DOCKER.*", "docker.restart_container", true)]
    public void Decide_ClassByAction_FitsTheWholeNameOrWhatIsBeforeTheStar(string pattern, string action, bool fits)
    {
        var policy = Policy with { ActionApproval = new Dictionary<string, ApprovalClass> { [pattern] = ApprovalClass.Hard } };
        Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Candidate with { Action = action }), policy).Chosen!.Class.Should().Be(fits ? ApprovalClass.Hard : ApprovalClass.None);
    }

    /// <summary>What nothing was said of is not taken for the worse or the better.</summary>
    [Fact]
    public void Facts_NothingSaid_AreTheHarmlessOnes()
    {
        var facts = ShippedPolicy.Facts(ShippedPolicy.Candidate);
        (facts.Incident.Type, facts.Incident.Severity, facts.Incident.Cause, facts.Incident.RequestedBy).Should().Be(("", "", "", null));
        var target = new TargetFacts { Id = "docker:local/container/web" };
        (target.Kind, target.Name, target.Known, target.Critical, target.Down, target.BlastRadius).Should().Be(("", "", true, false, false, 0));
        facts.Candidates[0].InMaintenanceWindow.Should().BeTrue();
        new ControlFacts().Autonomy.Should().Be(AutonomyLevel.Conservative);
    }

    [Fact]
    public void Decide_NoCandidate_OnlyTells()
    {
        var record = Deciding.Decide(ShippedPolicy.Facts(Candidate) with { Candidates = [] }, Policy);
        record.Verdict.Should().Be(Verdict.AlertOnly);
        record.Chosen.Should().BeNull();
        record.Sentence.Should().Be("Nothing is done: no action is known that would help. People are told.");
    }

    [Fact]
    public void Decide_RuleThatCannotBeEvaluated_CountsAsAHit()
    {
        var broken = new DecisionRule("own", "broken", "", "cannot tell", new RuleConsequence.AtMost(Verdict.Ask))
        {
            Condition = _ => throw new Homelab.Rules.Expressions.ExpressionEvaluationException(Homelab.Rules.Expressions.ExpressionFailure.MissingValue, "gone"),
        };
        var record = Deciding.Decide(ShippedPolicy.Facts(Candidate), Policy with { Rules = [broken] });
        record.Verdict.Should().Be(Verdict.Ask);
        record.Chosen!.Reasons.Single().Name.Should().Be("rule broken");
    }

    [Theory]
    [InlineData("risk +1", Risk.Medium, 1.0, ApprovalClass.None, Verdict.TellFirst)]
    [InlineData("risk +2", Risk.High, 1.0, ApprovalClass.None, Verdict.Ask)]
    [InlineData("risk high", Risk.High, 1.0, ApprovalClass.None, Verdict.Ask)]
    [InlineData("risk low", Risk.Low, 1.0, ApprovalClass.None, Verdict.Execute)]
    [InlineData("confidence -0.25", Risk.Low, 0.75, ApprovalClass.None, Verdict.Ask)]
    [InlineData("class soft", Risk.Low, 1.0, ApprovalClass.Soft, Verdict.TellFirst)]
    [InlineData("class forbidden", Risk.Low, 1.0, ApprovalClass.Forbidden, Verdict.Refuse)]
    [InlineData("at most alertOnly", Risk.Low, 1.0, ApprovalClass.None, Verdict.AlertOnly)]
    public void Decide_EachConsequence_DoesWhatItSays(string consequence, Risk risk, double confidence, ApprovalClass approval, Verdict verdict)
    {
        var rule = new DecisionRule("own", "it", "true", "because", RuleConsequence.Parse(consequence)!) { Condition = _ => true };
        rule.Consequence.ToString().Should().Be(consequence);
        var record = Deciding.Decide(ShippedPolicy.Facts(Candidate), Policy with { Rules = [rule] });
        (record.Chosen!.Risk, record.Chosen.Confidence, record.Chosen.Class, record.Verdict).Should().Be((risk, confidence, approval, verdict));
    }

    [Theory]
    [InlineData("")]
    [InlineData("risk")]
    [InlineData("risk -1")]
    [InlineData("risk +3")]
    [InlineData("risk 1")]
    [InlineData("risk lowest")]
    [InlineData("confidence +0.1")]
    [InlineData("confidence -0")]
    [InlineData("confidence -1.1")]
    [InlineData("class")]
    [InlineData("class milder")]
    [InlineData("at least ask")]
    [InlineData("at most")]
    public void Parse_WhatWouldLoosenOrIsNoConsequence_IsRefused(string text) => RuleConsequence.Parse(text).Should().BeNull();

    [Fact]
    public void Sentence_EachVerdict_IsWhatAPersonWouldSay()
    {
        Said(Candidate).Should().Be("I do docker.restart_container on web now and tell you after, because the confidence is 1 and the risk is low.");
        Said(Candidate with { AvailabilityRisk = Hazard.Medium }).Should().Be(
            "I tell you first and then do docker.restart_container on web, because the confidence is 1 and the risk is medium.");
        Said(Candidate with { AvailabilityRisk = Hazard.High }).Should().Be(
            "I propose docker.restart_container on web and wait for your approval, because the confidence is 1 and the risk is high.");
        Said(Candidate with { Approval = ApprovalClass.Hard }).Should().Be(
            "I propose docker.restart_container on web and wait for your approval, because it always needs approval here.");
        Said(ShippedPolicy.Sure(0.5)).Should().Be(
            "I only tell you that docker.restart_container on web might help and do nothing, because the confidence is 0.5 and the risk is low.");
        Said(Candidate with { Approval = ApprovalClass.Forbidden }).Should().Be("I refuse docker.restart_container on web, because it is forbidden.");
        Said(Candidate with { Target = Candidate.Target with { ParentDown = "pve1" } }).Should().Be(
            "I only tell you that docker.restart_container on web might help and do nothing, because pve1, which it depends on, is down.");
        string Said(CandidateFacts candidate) => Deciding.Decide(ShippedPolicy.Facts(candidate), Policy).Sentence;
    }

    [Fact]
    public void Table_Assessment_HoldsEveryFactorHitAndBound()
    {
        var facts = ShippedPolicy.Facts(Candidate with { AvailabilityRisk = Hazard.Low, TargetActions = 1, TargetBudget = 1 }) with { Time = new TimeFacts { Hour = 12 } };
        var chosen = Deciding.Decide(facts, Policy).Chosen!;
        var table = Explanation.Table(chosen);
        table.Where(row => row.Kind == "factor").Should().HaveCount(4);
        table.Where(row => row.Kind == "rule").Select(row => row.Name).Should().Equal("risk/busy_hours");
        table.Where(row => row.Kind == "bound").Select(row => row.Name).Should().Equal(chosen.Bounds.Select(bound => bound.Name));
        table.Should().Contain(new ExplanationRow("bound", "target budget", "1 actions ran on it today", "1 a day", "at most ask (decides)"));
        table.Should().Contain(new ExplanationRow("factor", "prediction", "1", "weight 0.3", "+0.3"));
    }

    private static Verdict Of(CandidateFacts candidate) => Deciding.Decide(ShippedPolicy.Facts(candidate), Policy).Verdict;
}
