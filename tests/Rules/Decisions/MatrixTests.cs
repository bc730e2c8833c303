using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

/// <summary>The shipped matrix, levels and classes, cell by cell.</summary>
public sealed class MatrixTests
{
    private static readonly DecisionPolicy Policy = ShippedPolicy.Policy;

    [Theory]
    [InlineData(Risk.Low, 1.00, Verdict.Execute)]
    [InlineData(Risk.Low, 0.901, Verdict.Execute)]
    [InlineData(Risk.Low, 0.90, Verdict.Ask)]
    [InlineData(Risk.Low, 0.701, Verdict.Ask)]
    [InlineData(Risk.Low, 0.70, Verdict.AlertOnly)]
    [InlineData(Risk.Low, 0.00, Verdict.AlertOnly)]
    [InlineData(Risk.Medium, 1.00, Verdict.TellFirst)]
    [InlineData(Risk.Medium, 0.801, Verdict.TellFirst)]
    [InlineData(Risk.Medium, 0.80, Verdict.Ask)]
    [InlineData(Risk.Medium, 0.701, Verdict.Ask)]
    [InlineData(Risk.Medium, 0.70, Verdict.AlertOnly)]
    [InlineData(Risk.Medium, 0.00, Verdict.AlertOnly)]
    [InlineData(Risk.High, 1.00, Verdict.Ask)]
    [InlineData(Risk.High, 0.70, Verdict.Ask)]
    [InlineData(Risk.High, 0.00, Verdict.Ask)]
    public void Matrix_EachCell_IsAsDocumented(Risk risk, double confidence, Verdict expected) =>
        new Judgement(confidence, risk, ApprovalClass.None, AutonomyLevel.Aggressive).Matrix(Policy, out _).Should().Be(expected);

    [Theory]
    [InlineData(AutonomyLevel.Conservative, Risk.Low, 0.95, Verdict.Execute)]
    [InlineData(AutonomyLevel.Conservative, Risk.Low, 0.949, Verdict.Ask)]
    [InlineData(AutonomyLevel.Conservative, Risk.Medium, 1.00, Verdict.Ask)]
    [InlineData(AutonomyLevel.Moderate, Risk.Low, 0.91, Verdict.Execute)]
    [InlineData(AutonomyLevel.Moderate, Risk.Medium, 0.85, Verdict.TellFirst)]
    [InlineData(AutonomyLevel.Moderate, Risk.Medium, 0.849, Verdict.Ask)]
    [InlineData(AutonomyLevel.Moderate, Risk.High, 1.00, Verdict.Ask)]
    [InlineData(AutonomyLevel.Aggressive, Risk.Low, 0.91, Verdict.Execute)]
    [InlineData(AutonomyLevel.Aggressive, Risk.Medium, 0.81, Verdict.TellFirst)]
    [InlineData(AutonomyLevel.Aggressive, Risk.Medium, 0.76, Verdict.Ask)]
    [InlineData(AutonomyLevel.Aggressive, Risk.High, 1.00, Verdict.Ask)]
    [InlineData(AutonomyLevel.Conservative, Risk.Low, 0.60, Verdict.AlertOnly)]
    public void Verdict_EachLevel_ActsAloneOnlyWithinItsLimits(AutonomyLevel level, Risk risk, double confidence, Verdict expected) =>
        new Judgement(confidence, risk, ApprovalClass.None, level).Verdict(Policy).Should().Be(expected);

    [Theory]
    [InlineData(ApprovalClass.None, Verdict.Execute)]
    [InlineData(ApprovalClass.Soft, Verdict.TellFirst)]
    [InlineData(ApprovalClass.Hard, Verdict.Ask)]
    [InlineData(ApprovalClass.Forbidden, Verdict.Refuse)]
    public void Verdict_EachClass_IsALimit(ApprovalClass approval, Verdict expected) =>
        new Judgement(1, Risk.Low, approval, AutonomyLevel.Aggressive).Verdict(Policy).Should().Be(expected);

    [Theory]
    [InlineData(ApprovalClass.None, false, ApprovalClass.None, Verdict.Execute)]
    [InlineData(ApprovalClass.None, true, ApprovalClass.None, Verdict.TellFirst)]
    [InlineData(ApprovalClass.Soft, false, ApprovalClass.Soft, Verdict.TellFirst)]
    [InlineData(ApprovalClass.Soft, true, ApprovalClass.Hard, Verdict.Ask)]
    [InlineData(ApprovalClass.Hard, true, ApprovalClass.Hard, Verdict.Ask)]
    [InlineData(ApprovalClass.Forbidden, true, ApprovalClass.Forbidden, Verdict.Refuse)]
    public void Decide_CriticalTarget_RaisesSoftToHard(ApprovalClass given, bool critical, ApprovalClass expected, Verdict verdict)
    {
        var candidate = ShippedPolicy.Candidate with { Approval = given, Target = ShippedPolicy.Candidate.Target with { Critical = critical } };
        var record = Deciding.Decide(ShippedPolicy.Facts(candidate), Policy);
        record.Chosen!.Class.Should().Be(expected);
        record.Verdict.Should().Be(verdict);
    }

    [Theory]
    [InlineData(Hazard.None, Hazard.None, Risk.Low)]
    [InlineData(Hazard.None, Hazard.Low, Risk.Low)]
    [InlineData(Hazard.None, Hazard.Medium, Risk.Medium)]
    [InlineData(Hazard.None, Hazard.High, Risk.High)]
    [InlineData(Hazard.Low, Hazard.None, Risk.Low)]
    [InlineData(Hazard.Low, Hazard.Low, Risk.Low)]
    [InlineData(Hazard.Low, Hazard.Medium, Risk.Medium)]
    [InlineData(Hazard.Low, Hazard.High, Risk.High)]
    [InlineData(Hazard.Medium, Hazard.None, Risk.Medium)]
    [InlineData(Hazard.Medium, Hazard.Low, Risk.Medium)]
    [InlineData(Hazard.Medium, Hazard.Medium, Risk.Medium)]
    [InlineData(Hazard.Medium, Hazard.High, Risk.High)]
    [InlineData(Hazard.High, Hazard.None, Risk.High)]
    [InlineData(Hazard.High, Hazard.Low, Risk.High)]
    [InlineData(Hazard.High, Hazard.Medium, Risk.High)]
    [InlineData(Hazard.High, Hazard.High, Risk.High)]
    public void BaseRisk_EachCell_IsTheWorseHazard(Hazard data, Hazard availability, Risk expected) =>
        Policy.BaseRisk[(data, availability)].Should().Be(expected);

    [Theory]
    [InlineData("docker.restart_container", EffectKind.Reversible, ApprovalClass.None)]
    [InlineData("docker.restart_container", EffectKind.Destructive, ApprovalClass.Hard)]
    [InlineData("docker.prune_images", EffectKind.Destructive, ApprovalClass.Soft)]
    [InlineData("docker.prune_volumes", EffectKind.Reversible, ApprovalClass.Forbidden)]
    [InlineData("DOCKER.PRUNE_VOLUMES", EffectKind.Reversible, ApprovalClass.Forbidden)]
    public void ClassOf_ActionPatterns_TheLongestCounts(string action, EffectKind effect, ApprovalClass expected)
    {
        var policy = Policy with
        {
            ActionApproval = new Dictionary<string, ApprovalClass> { ["docker.prune*"] = ApprovalClass.Soft, ["docker.prune_volumes"] = ApprovalClass.Forbidden },
        };
        policy.ClassOf(action, effect).Should().Be(expected);
    }

    [Fact]
    public void ClassOf_EffectThatIsForbidden_NoPatternUnforbids()
    {
        var policy = Policy with
        {
            EffectApproval = new Dictionary<EffectKind, ApprovalClass> { [EffectKind.Destructive] = ApprovalClass.Forbidden },
            ActionApproval = new Dictionary<string, ApprovalClass> { ["*"] = ApprovalClass.None },
        };
        policy.ClassOf("docker.prune_images", EffectKind.Destructive).Should().Be(ApprovalClass.Forbidden);
    }
}
