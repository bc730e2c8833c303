using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

/// <summary>What limits a verdict is told with its value and the threshold, word for word.</summary>
public sealed class BoundsTests
{
    private static readonly DecisionPolicy Policy = ShippedPolicy.Policy;
    private static readonly CandidateFacts Candidate = ShippedPolicy.Candidate;
    private static readonly DateTimeOffset At = ShippedPolicy.Facts(Candidate).At;

    public static TheoryData<ControlFacts, CandidateFacts, Bound> Limits => new()
    {
        { new ControlFacts { Stopped = true }, Candidate, new Bound("emergency stop", Verdict.Refuse, "the emergency stop is on") },
        { new ControlFacts(), Candidate with { Target = Candidate.Target with { Known = false } }, new Bound("target", Verdict.Refuse, "the target 'docker:local/container/web' is not known") },
        { new ControlFacts { Paused = true }, Candidate, new Bound("pause", Verdict.AlertOnly, "acting is paused") },
        {
            new ControlFacts { BreakerOpen = true, ConsecutiveFailures = 3 }, Candidate,
            new Bound("circuit breaker", Verdict.Ask, "3 actions failed in a row and nobody has reset the breaker")
        },
        {
            new ControlFacts(), Candidate with { CooldownUntil = At.AddMinutes(2).AddSeconds(1) },
            new Bound("cooldown", Verdict.AlertOnly, "the same action ran here a moment ago; it may again in 3 min", "2026-03-04 03:02:01Z")
        },
        { new ControlFacts { ActionsToday = 6, ActionsPerDay = 5 }, Candidate, new Bound("daily cap", Verdict.Ask, "6 actions ran today", "5 a day") },
        { new ControlFacts(), Candidate with { TargetActions = 2, TargetBudget = 2 }, new Bound("target budget", Verdict.Ask, "2 actions ran on it today", "2 a day") },
        { new ControlFacts(), Candidate with { CauseActions = 1, CauseBudget = 1 }, new Bound("cause budget", Verdict.Ask, "1 actions were tried for this cause", "1 a cause") },
        { new ControlFacts(), Candidate with { Target = Candidate.Target with { ParentDown = "pve1" } }, new Bound("dependency", Verdict.AlertOnly, "pve1, which it depends on, is down") },
        { new ControlFacts(), Candidate with { CanWait = true, InMaintenanceWindow = false }, new Bound("maintenance window", Verdict.Ask, "no maintenance window is open") },
        {
            new ControlFacts(), Candidate with { CanWait = true, InMaintenanceWindow = false, NextWindow = At.AddHours(25) },
            new Bound("maintenance window", Verdict.Ask, "no maintenance window is open; the next opens in 1 d 1 h")
        },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Decide_LimitInForce_TellsValueAndThreshold(ControlFacts controls, CandidateFacts candidate, Bound expected)
    {
        var facts = ShippedPolicy.Facts(candidate) with { Controls = controls with { Autonomy = AutonomyLevel.Aggressive } };
        Deciding.Decide(facts, Policy).Chosen!.Bounds.Should().HaveCount(4).And.Contain(expected);
    }

    [Theory]
    [InlineData(0.96, Hazard.None, AutonomyLevel.Conservative, Verdict.Execute, "the level conservative allows it")]
    [InlineData(0.95, Hazard.None, AutonomyLevel.Conservative, Verdict.Execute, "the level conservative allows it")]
    [InlineData(0.94, Hazard.None, AutonomyLevel.Conservative, Verdict.Ask, "the level conservative wants a confidence of 0.95, it is 0.94")]
    [InlineData(0.96, Hazard.Medium, AutonomyLevel.Conservative, Verdict.Ask, "the level conservative does not act alone at medium risk")]
    [InlineData(
        0.9, Hazard.Medium, AutonomyLevel.Conservative, Verdict.Ask, "the level conservative wants a confidence of 0.95 (it is 0.9) and does not act alone at medium risk")]
    public void Decide_Level_TellsWhatItWants(double confidence, Hazard availability, AutonomyLevel level, Verdict atMost, string reason)
    {
        var made = Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Sure(confidence) with { AvailabilityRisk = availability }, level), Policy).Chosen!;
        made.Bounds.Should().Contain(new Bound("autonomy", atMost, reason, "at least 0.95, low risk"));
    }

    [Fact]
    public void Decide_LevelOfSeveralRisks_TellsThemAll() =>
        Deciding.Decide(ShippedPolicy.Facts(Candidate, AutonomyLevel.Moderate), Policy).Chosen!.Bounds
            .Should().Contain(new Bound("autonomy", Verdict.Execute, "the level moderate allows it", "at least 0.85, low or medium risk"));

    [Theory]
    [InlineData(0.95, Hazard.None, Verdict.Execute, "confidence 0.95 and low risk", "above 0.9 and low risk")]
    [InlineData(0.5, Hazard.None, Verdict.AlertOnly, "confidence 0.5 and low risk", "below every row of the matrix")]
    [InlineData(0.5, Hazard.High, Verdict.Ask, "confidence 0.5 and high risk", "high risk")]
    public void Decide_Matrix_TellsTheRowThatFits(double confidence, Hazard availability, Verdict atMost, string reason, string threshold) =>
        Deciding.Decide(ShippedPolicy.Facts(ShippedPolicy.Sure(confidence) with { AvailabilityRisk = availability }), Policy).Chosen!.Bounds
            .Should().Contain(new Bound("matrix", atMost, reason, threshold));

    [Theory]
    [InlineData(ApprovalClass.None, false, Verdict.Execute, "needs no approval")]
    [InlineData(ApprovalClass.Soft, false, Verdict.TellFirst, "people are told first")]
    [InlineData(ApprovalClass.Hard, false, Verdict.Ask, "needs approval")]
    [InlineData(ApprovalClass.Hard, true, Verdict.Ask, "needs approval on a critical target")]
    [InlineData(ApprovalClass.Soft, true, Verdict.Ask, "needs approval on a critical target")]
    [InlineData(ApprovalClass.Forbidden, false, Verdict.Refuse, "is forbidden")]
    public void Decide_Class_TellsWhatItNeeds(ApprovalClass approval, bool critical, Verdict atMost, string reason)
    {
        var candidate = Candidate with { Approval = approval, Target = Candidate.Target with { Critical = critical } };
        Deciding.Decide(ShippedPolicy.Facts(candidate), Policy).Chosen!.Bounds.Should().Contain(new Bound("class", atMost, reason));
    }

    [Theory]
    [InlineData(1, "1 s")]
    [InlineData(59.5, "60 s")]
    [InlineData(60, "1 min")]
    [InlineData(61, "2 min")]
    [InlineData(3_600, "1 h 0 min")]
    [InlineData(7_261, "2 h 1 min")]
    [InlineData(86_400, "1 d 0 h")]
    [InlineData(180_000, "2 d 2 h")]
    public void Span_AnyLength_IsShort(double seconds, string expected) => Bounds.Span(TimeSpan.FromSeconds(seconds)).Should().Be(expected);
}
