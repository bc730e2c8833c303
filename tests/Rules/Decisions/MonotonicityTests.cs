using FsCheck;
using FsCheck.Fluent;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

/// <summary>More risk, less confidence, a more careful level: never a more permissive verdict.</summary>
public sealed class MonotonicityTests
{
    private static readonly DecisionPolicy Policy = ShippedPolicy.Policy;

    private static readonly Gen<FactsSnapshot> AnyFacts =
        from confidence in Gen.Choose(0, 1000).Select(n => n / 1000.0).Four()
        from history in Gen.Choose(0, 25).Two()
        from learned in Gen.Elements(true, false)
        from data in Gen.Elements(Enum.GetValues<Hazard>())
        from availability in Gen.Elements(Enum.GetValues<Hazard>())
        from effect in Gen.Elements(Enum.GetValues<EffectKind>())
        from approval in Gen.Elements(Enum.GetValues<ApprovalClass>())
        from level in Gen.Elements(Enum.GetValues<AutonomyLevel>())
        from flags in Gen.Elements(true, false).Four()
        from radius in Gen.Choose(0, 12)
        from hour in Gen.Choose(0, 23)
        from counts in Gen.Choose(0, 4).Three()
        select ShippedPolicy.Facts(ShippedPolicy.Candidate with
        {
            Prediction = confidence.Item1,
            ImpactCertainty = confidence.Item2,
            RollbackFeasibility = confidence.Item3,
            HistoricalSuccess = learned ? null : confidence.Item4,
            History = new HistoryFacts(history.Item1, history.Item2),
            DataRisk = data,
            AvailabilityRisk = availability,
            Effect = effect,
            Approval = approval,
            Target = ShippedPolicy.Candidate.Target with { Critical = flags.Item1, Down = flags.Item2, BlastRadius = radius },
            CanWait = flags.Item3,
            InMaintenanceWindow = flags.Item4,
            TargetActions = counts.Item1,
            TargetBudget = 3,
            CauseActions = counts.Item2,
            CauseBudget = 3,
        }) with
        {
            Time = new TimeFacts { Hour = hour },
            Controls = new ControlFacts { Autonomy = level, ActionsToday = counts.Item3, ActionsPerDay = 3 },
        };

    [Fact]
    public void Decide_LessConfidence_NeverPermitsMore() => Holds((facts, candidate) =>
        Verdicts(facts, candidate with { Prediction = candidate.Prediction * 0.9 })
        && Verdicts(facts, candidate with { ImpactCertainty = candidate.ImpactCertainty * 0.7 })
        && Verdicts(facts, candidate with { History = candidate.History with { Failures = candidate.History.Failures + 1 } })
        && Verdicts(facts, candidate with { HistoricalSuccess = candidate.HistoricalSuccess * 0.8 }));

    /// <summary>
    /// High risk asks at any confidence where less risk would only alert: neither runs anything without a person, so in what is done alone asking and alerting are the same.
    /// </summary>
    [Fact]
    public void Decide_MoreRisk_NeverPermitsMore() => Holds((facts, candidate) =>
        Alone(facts, candidate with { DataRisk = Next(candidate.DataRisk) })
        && Alone(facts, candidate with { AvailabilityRisk = Next(candidate.AvailabilityRisk) })
        && Alone(facts, candidate with { Target = candidate.Target with { BlastRadius = candidate.Target.BlastRadius + 4 } })
        && Alone(facts, candidate with { Target = candidate.Target with { Critical = true } })
        && Alone(facts, candidate with { Target = candidate.Target with { Down = false } }));

    [Fact]
    public void Decide_StricterClass_NeverPermitsMore() => Holds((facts, candidate) =>
        candidate.Approval == ApprovalClass.Forbidden || Verdicts(facts, candidate with { Approval = candidate.Approval + 1 }));

    [Fact]
    public void Decide_MoreCarefulLevel_NeverPermitsMore() => Holds((facts, candidate) =>
    {
        var verdicts = Enum.GetValues<AutonomyLevel>().Select(level => Of(facts with { Controls = facts.Controls with { Autonomy = level } }, candidate)).ToList();
        return verdicts[0] <= verdicts[1] && verdicts[1] <= verdicts[2];
    });

    [Fact]
    public void Decide_LimitInForce_NeverPermitsMore() => Holds((facts, candidate) =>
        Of(facts with { Controls = facts.Controls with { Paused = true } }, candidate) <= Of(facts, candidate)
        && Of(facts with { Controls = facts.Controls with { BreakerOpen = true } }, candidate) <= Of(facts, candidate)
        && Of(facts with { Controls = facts.Controls with { Stopped = true } }, candidate) == Verdict.Refuse
        && Verdicts(facts, candidate with { CooldownUntil = facts.At.AddMinutes(1) })
        && Verdicts(facts, candidate with { Target = candidate.Target with { ParentDown = "pve1" } })
        && Of(facts, candidate with { Target = candidate.Target with { Known = false } }) == Verdict.Refuse);

    [Fact]
    public void Decide_AnyFacts_HighRiskNeverRunsAlone() => Holds((facts, candidate) =>
        Deciding.Decide(facts, Policy).Chosen is var chosen && (chosen!.Risk != Risk.High || chosen.Verdict <= Verdict.Ask));

    [Fact]
    public void Decide_AnyFacts_CounterfactualsDifferAndTheVerdictIsTheLeastBound() => Holds((facts, _) =>
    {
        var record = Deciding.Decide(facts, Policy);
        return record.Counterfactuals.All(one => one.Verdict != record.Verdict) && record.Verdict == record.Chosen!.Bounds.Min(bound => bound.AtMost)
            && record.Chosen.Reasons.Any();
    });

    /// <summary>Whatever comes second in a plan: it is allowed no more than either step would be alone.</summary>
    [Fact]
    public void Decide_PlanOfSteps_PermitsNoMoreThanAnyOfThem() => Prop.ForAll(AnyFacts.Two().ToArbitrary(), pair =>
    {
        var (facts, main, other) = (pair.Item1, pair.Item1.Candidates[0], pair.Item2.Candidates[0] with { Action = "docker.stop_container", Autonomy = AutonomyLevel.Conservative });
        var together = Of(facts, main with { Steps = [other] });
        return together <= Of(facts, other) && Rank(together) <= Rank(Of(facts, main));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    private static void Holds(Func<FactsSnapshot, CandidateFacts, bool> property) =>
        Prop.ForAll(AnyFacts.ToArbitrary(), facts => property(facts, facts.Candidates[0])).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    private static bool Verdicts(FactsSnapshot facts, CandidateFacts worse) => Of(facts, worse) <= Of(facts, facts.Candidates[0]);

    private static bool Alone(FactsSnapshot facts, CandidateFacts worse) => Rank(Of(facts, worse)) <= Rank(Of(facts, facts.Candidates[0]));

    private static Verdict Rank(Verdict verdict) => verdict == Verdict.AlertOnly ? Verdict.Ask : verdict;

    private static Verdict Of(FactsSnapshot facts, CandidateFacts candidate) => Deciding.Decide(facts with { Candidates = [candidate] }, Policy).Verdict;

    private static Hazard Next(Hazard hazard) => hazard == Hazard.High ? hazard : hazard + 1;
}
