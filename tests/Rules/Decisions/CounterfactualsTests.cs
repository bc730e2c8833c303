using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

/// <summary>All that would have changed a verdict, and nothing that would not.</summary>
public sealed class CounterfactualsTests
{
    private static readonly DecisionPolicy Policy = ShippedPolicy.Policy with { Rules = [] };
    private static readonly CandidateFacts Candidate = ShippedPolicy.Candidate;

    [Fact]
    public void Decide_Executed_TellsAllThatWouldHoldItBack() => Of(ShippedPolicy.Sure(0.96), AutonomyLevel.Moderate).Should().Equal(
        new Counterfactual("confidence of at most 0.9 (was 0.96)", Verdict.Ask),
        new Counterfactual("medium risk (was low)", Verdict.TellFirst),
        new Counterfactual("high risk (was low)", Verdict.Ask),
        new Counterfactual("approval class soft (was none)", Verdict.TellFirst),
        new Counterfactual("approval class hard (was none)", Verdict.Ask),
        new Counterfactual("approval class forbidden (was none)", Verdict.Refuse));

    [Fact]
    public void Decide_LevelDecides_TellsItsThresholdAndTheOtherLevels() => Of(ShippedPolicy.Sure(0.93), AutonomyLevel.Conservative).Should().Equal(
        new Counterfactual("confidence of at least 0.95 (was 0.93)", Verdict.Execute),
        new Counterfactual("confidence of at most 0.7 (was 0.93)", Verdict.AlertOnly),
        new Counterfactual("approval class forbidden (was none)", Verdict.Refuse),
        new Counterfactual("autonomy moderate (was conservative)", Verdict.Execute),
        new Counterfactual("autonomy aggressive (was conservative)", Verdict.Execute));

    [Fact]
    public void Decide_ExactlyAtALevelsThreshold_TellsWhatIsBelow() => Of(ShippedPolicy.Sure(0.95), AutonomyLevel.Conservative).Should().Contain(
        new Counterfactual("confidence below 0.95 (was 0.95)", Verdict.Ask));

    [Fact]
    public void Decide_ExactlyAtAMatrixThreshold_TellsWhatIsAbove() => Of(ShippedPolicy.Sure(0.9), AutonomyLevel.Aggressive).Should().Contain(
        new Counterfactual("confidence above 0.9 (was 0.9)", Verdict.Execute));

    [Fact]
    public void Decide_OneLimit_TellsItAndNoOther() => Of(Candidate with { TargetActions = 1, TargetBudget = 1 }, AutonomyLevel.Aggressive).Should().Equal(
        new Counterfactual("confidence of at most 0.7 (was 1)", Verdict.AlertOnly),
        new Counterfactual("approval class forbidden (was none)", Verdict.Refuse),
        new Counterfactual("without target budget: 1 actions ran on it today", Verdict.Execute));

    [Fact]
    public void Decide_SeveralLimits_AreLiftedTogether() => Of(Candidate with { TargetActions = 1, TargetBudget = 1, CauseActions = 1, CauseBudget = 1 }, AutonomyLevel.Aggressive)
        .Should().Equal(
            new Counterfactual("confidence of at most 0.7 (was 1)", Verdict.AlertOnly),
            new Counterfactual("approval class forbidden (was none)", Verdict.Refuse),
            new Counterfactual("all of these together lifted: target budget, cause budget", Verdict.Execute));

    [Fact]
    public void Decide_SeveralLimitsAboveAMilderOne_TellsTheNextVerdict() => Of(
        Candidate with { Approval = ApprovalClass.Soft, TargetActions = 1, TargetBudget = 1, CauseActions = 1, CauseBudget = 1 }, AutonomyLevel.Aggressive)
        .Should().Contain(new Counterfactual("all of these together lifted: target budget, cause budget", Verdict.TellFirst));

    [Fact]
    public void Decide_OneLimitThatOnlyOneChangeLifts_NamesNoGroup() => Of(Candidate with { Approval = ApprovalClass.Hard }, AutonomyLevel.Aggressive)
        .Should().NotContain(one => one.Change.StartsWith("all of these"));

    [Fact]
    public void Decide_CriticalTarget_TellsWhatAnOrdinaryOneWouldGet()
    {
        Of(Candidate with { Approval = ApprovalClass.Soft, Target = Candidate.Target with { Critical = true } }, AutonomyLevel.Aggressive)
            .Should().Contain(new Counterfactual("a target that is not critical", Verdict.TellFirst));
        Of(Candidate with { Approval = ApprovalClass.Soft }, AutonomyLevel.Aggressive).Should().Contain(new Counterfactual("a critical target", Verdict.Ask));
    }

    private static IReadOnlyList<Counterfactual> Of(CandidateFacts candidate, AutonomyLevel level) =>
        Deciding.Decide(ShippedPolicy.Facts(candidate, level), Policy).Counterfactuals;
}
