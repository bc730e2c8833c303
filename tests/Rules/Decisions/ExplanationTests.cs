using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

public sealed class ExplanationTests
{
    private static readonly DecisionPolicy Policy = ShippedPolicy.Policy;

    [Fact]
    public void Table_Assessment_IsTheWholeTable()
    {
        var candidate = ShippedPolicy.Candidate with
        {
            Prediction = 0.9, HistoricalSuccess = null, History = new HistoryFacts(2, 1), ImpactCertainty = 0.8, RollbackFeasibility = 1, AvailabilityRisk = Hazard.Low,
        };
        var made = Deciding.Decide(ShippedPolicy.Facts(candidate, AutonomyLevel.Conservative) with { Time = new TimeFacts { Hour = 12 } }, Policy).Chosen!;
        var confidence = Bounds.Number(made.Confidence);
        var learned = Bounds.Number(Confidence.Learned(new HistoryFacts(2, 1), Policy) * 0.3);
        Explanation.Table(made).Should().Equal(
            new("factor", "prediction", "0.9", "weight 0.3", "+0.27"),
            new("factor", "historical success", "unproven (2 of 3 worked)", "weight 0.3", $"+{learned}"),
            new("factor", "impact certainty", "0.8", "weight 0.2", "+0.16"),
            new("factor", "rollback feasibility", "1", "weight 0.2", "+0.2"),
            new("result", "confidence", confidence, "", "unproven"),
            new("result", "risk", "medium", "base low", ""),
            new("result", "approval class", "none", "", ""),
            new("rule", "risk/busy_hours", "hit", "people use it at this hour", "risk +1"),
            new("bound", "matrix", $"confidence {confidence} and medium risk", "above 0.7 and medium risk", "at most ask (decides)"),
            new("bound", "class", "needs no approval", "", "at most execute"));
    }

    [Fact]
    public void Table_Proven_ShowsTheRate()
    {
        var candidate = ShippedPolicy.Candidate with { HistoricalSuccess = null, History = new HistoryFacts(18, 1) };
        var made = Deciding.Decide(ShippedPolicy.Facts(candidate), Policy).Chosen!;
        made.Proven.Should().BeTrue();
        made.Factors[1].Note.Should().Be("94.7 % of 19 worked");
        Explanation.Table(made).Should().Contain(row => row.Name == "historical success" && row.Value == Bounds.Number(20.0 / 22))
            .And.Contain(new ExplanationRow("result", "confidence", Bounds.Number(made.Confidence), "", "proven"));
    }

    [Fact]
    public void Factors_GivenRate_SaysSo() => Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Candidate), Policy).Chosen!.Factors.Should().Equal(
        new ConfidenceFactor("prediction", 1, 0.3), new("historical success", 1, 0.3, "given"), new("impact certainty", 1, 0.2), new("rollback feasibility", 1, 0.2));

    [Fact]
    public void Sentence_SeveralReasons_AreJoined()
    {
        var candidate = ShippedPolicy.Candidate with { TargetActions = 1, TargetBudget = 1, CauseActions = 2, CauseBudget = 2 };
        Deciding.Decide(ShippedPolicy.Facts(candidate), Policy).Sentence.Should().Be(
            "I propose docker.restart_container on web and wait for your approval, because 1 actions ran on it today, and 2 actions were tried for this cause.");
    }

    [Fact]
    public void Sentence_RefusedByMoreThanItsClass_SaysTheOther() => Deciding.Decide(
            ShippedPolicy.Facts(ShippedPolicy.Candidate with { Approval = ApprovalClass.Forbidden }) with { Controls = new ControlFacts { Stopped = true } }, Policy)
        .Sentence.Should().Be("I refuse docker.restart_container on web, because the emergency stop is on.");

    [Fact]
    public void Sentence_Unproven_TellsTheCounts() => Deciding.Decide(
            ShippedPolicy.Facts(ShippedPolicy.Candidate with { HistoricalSuccess = null, History = new HistoryFacts(8, 0) }), Policy)
        .Sentence.Should().Contain("with a success rate that is unproven (8 of 8 worked) and the risk is low.");

    [Fact]
    public void Sentence_TargetWithoutName_SaysItsId()
    {
        var candidate = ShippedPolicy.Candidate with { Target = ShippedPolicy.Candidate.Target with { Name = "" } };
        Deciding.Decide(ShippedPolicy.Facts(candidate), Policy).Chosen!.TargetName.Should().Be("docker:local/container/web");
    }

    [Fact]
    public void Decide_NoCandidate_HoldsNothingElse()
    {
        var record = Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Candidate) with { Candidates = [] }, Policy);
        (record.Alternatives.Count, record.Counterfactuals.Count, record.PolicyVersion).Should().Be((0, 0, Policy.Version));
    }

    [Theory]
    [InlineData("b", 0.97, "x", "a", 0.97, "x", "a")]
    [InlineData("a", 0.97, "y", "a", 0.97, "x", "a")]
    [InlineData("a", 0.96, "x", "b", 0.97, "x", "b")]
    public void Decide_Equals_AreOrderedByNames(string action1, double sure1, string target1, string action2, double sure2, string target2, string expected)
    {
        var facts = ShippedPolicy.Facts(ShippedPolicy.Candidate) with { Candidates = [Named(action1, sure1, target1), Named(action2, sure2, target2)] };
        var chosen = Deciding.Decide(facts, Policy).Chosen!;
        (chosen.Action, chosen.TargetId).Should().Be((expected, "x"));

        static CandidateFacts Named(string action, double sure, string target) =>
            ShippedPolicy.Sure(sure) with { Action = action, Target = ShippedPolicy.Candidate.Target with { Id = target } };
    }

    [Fact]
    public void Decide_SameVerdictAndConfidence_TakesTheSmallerRisk()
    {
        var facts = ShippedPolicy.Facts(ShippedPolicy.Candidate) with
        {
            Candidates =
            [
                ShippedPolicy.Candidate with { Action = "a", AvailabilityRisk = Hazard.High },
                ShippedPolicy.Candidate with { Action = "b", Approval = ApprovalClass.Hard },
            ],
        };
        Deciding.Decide(facts, Policy).Chosen!.Action.Should().Be("b");
    }

    [Fact]
    public void Decide_ServiceWithItsOwnLevel_IsJudgedByIt()
    {
        var made = Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Sure(0.93) with { Autonomy = AutonomyLevel.Conservative }), Policy).Chosen!;
        (made.Autonomy, made.Verdict).Should().Be((AutonomyLevel.Conservative, Verdict.Ask));
    }
}
