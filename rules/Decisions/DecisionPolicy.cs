using System.Collections.Concurrent;

namespace Homelab.Rules.Decisions;

/// <summary>Every threshold, weight and table a decision uses, and the rules that tighten it. Immutable and swapped whole; read by <see cref="DecisionPolicyReader"/>.</summary>
public sealed record DecisionPolicy
{
    private readonly ConcurrentDictionary<HistoryFacts, double> _bounds = new();

    /// <summary>SHA-256 of the files it was read from: which rules a stored decision was made by.</summary>
    public required string Version { get; init; }

    public required ConfidenceWeights Weights { get; init; }

    public required HistoryPrior Prior { get; init; }

    /// <summary>[data risk, availability risk].</summary>
    public required IReadOnlyDictionary<(Hazard Data, Hazard Availability), Risk> BaseRisk { get; init; }

    public required IReadOnlyList<MatrixRow> Matrix { get; init; }

    public required IReadOnlyDictionary<AutonomyLevel, AutonomyLimits> Autonomy { get; init; }

    /// <summary>The least approval each kind of effect needs.</summary>
    public required IReadOnlyDictionary<EffectKind, ApprovalClass> EffectApproval { get; init; }

    /// <summary>By action id or a prefix that ends in <c>*</c>; the longest that fits counts.</summary>
    public required IReadOnlyDictionary<string, ApprovalClass> ActionApproval { get; init; }

    /// <summary>What a class becomes on a critical target.</summary>
    public required IReadOnlyDictionary<ApprovalClass, ApprovalClass> CriticalApproval { get; init; }

    /// <summary>The most permissive verdict while each limit is in force.</summary>
    public required LimitVerdicts Limits { get; init; }

    /// <summary>What is known of a step nobody diagnosed: one that its workflow's author put there.</summary>
    public required StepDefaults Steps { get; init; }

    public required IReadOnlyList<DecisionRule> Rules { get; init; }

    public static ApprovalClass Stricter(ApprovalClass one, ApprovalClass other) => one > other ? one : other;

    /// <summary>The class of an action before rules and the target are looked at.</summary>
    public ApprovalClass ClassOf(string action, EffectKind effect)
    {
        var byAction = ApprovalClass.None;
        var length = -1;
        foreach (var (pattern, value) in ActionApproval)
        {
            if (pattern.Length > length && Fits(pattern, action))
            {
                length = pattern.Length;
                byAction = value;
            }
        }

        // A class named for the action is the household's word and may be milder than its effect's, except that nothing un-forbids.
        var byEffect = EffectApproval[effect];
        return length >= 0 && byEffect != ApprovalClass.Forbidden ? byAction : Stricter(byEffect, byAction);
    }

    internal double LowerBound(HistoryFacts history) => _bounds.GetOrAdd(history, static (counts, prior) =>
        BetaDistribution.Quantile(prior.LowerBound, prior.Successes + counts.Successes, prior.Failures + counts.Failures), Prior);

    private static bool Fits(string pattern, string action) => pattern.EndsWith('*')
        ? action.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.OrdinalIgnoreCase)
        : pattern.Equals(action, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Sum to 1.</summary>
public sealed record ConfidenceWeights(double Prediction, double HistoricalSuccess, double ImpactCertainty, double RollbackFeasibility)
{
    public double Sum => Prediction + HistoricalSuccess + ImpactCertainty + RollbackFeasibility;
}

/// <param name="Successes">Imagined successes before the first outcome.</param>
/// <param name="Failures">Imagined failures before the first outcome.</param>
/// <param name="LowerBound">While unproven, the rate that the true one exceeds with probability 1 minus this counts.</param>
/// <param name="ProvenSuccesses">
/// So many successes make an action proven: then the mean counts. Successes and not outcomes, so that another failure never
/// moves an action from the careful bound to the mean.
/// </param>
public sealed record HistoryPrior(double Successes, double Failures, double LowerBound, int ProvenSuccesses);

/// <summary>With this risk and a confidence above the threshold, at most this. The first row that fits counts; none: alert only.</summary>
/// <param name="Above">Exclusive; null fits any confidence.</param>
public sealed record MatrixRow(Risk Risk, double? Above, Verdict Verdict);

/// <summary>What may be executed without a person. Restricts the matrix, never loosens it.</summary>
/// <param name="Confidence">At least.</param>
public sealed record AutonomyLimits(double Confidence, IReadOnlySet<Risk> Risks);

/// <summary>The emergency stop, an unknown target and a forbidden class are not here: they always refuse.</summary>
public sealed record LimitVerdicts
{
    public required Verdict Paused { get; init; }

    public required Verdict BreakerOpen { get; init; }

    public required Verdict Cooldown { get; init; }

    public required Verdict DailyCap { get; init; }

    public required Verdict TargetBudget { get; init; }

    public required Verdict CauseBudget { get; init; }

    public required Verdict ParentDown { get; init; }

    public required Verdict OutsideWindow { get; init; }
}

/// <param name="Prediction">Trust in an author who wrote the step down.</param>
/// <param name="RequestedPrediction">The same where a person asked for this very run.</param>
/// <param name="ImpactCertainty">With the target resolved exactly.</param>
/// <param name="Rollback">By kind of effect, where an undo exists.</param>
/// <param name="RollbackWithoutUndo">By kind of effect, where none does.</param>
public sealed record StepDefaults(
    double Prediction,
    double RequestedPrediction,
    double ImpactCertainty,
    IReadOnlyDictionary<EffectKind, double> Rollback,
    IReadOnlyDictionary<EffectKind, double> RollbackWithoutUndo);
