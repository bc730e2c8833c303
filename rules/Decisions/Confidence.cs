using System.Globalization;

namespace Homelab.Rules.Decisions;

/// <summary>The weighted sum of the four factors, and what was learned of the second.</summary>
public static class Confidence
{
    /// <summary>
    /// Rounded to nine places, so that 0.89, 1.00, 0.95 and 1.00 make 0.957 and not a neighbour that a threshold tells from it.
    /// </summary>
    public static double Score(ConfidenceWeights weights, double prediction, double historicalSuccess, double impactCertainty, double rollbackFeasibility) =>
        Math.Round(
            (weights.Prediction * Clamp(prediction)) + (weights.HistoricalSuccess * Clamp(historicalSuccess))
            + (weights.ImpactCertainty * Clamp(impactCertainty)) + (weights.RollbackFeasibility * Clamp(rollbackFeasibility)),
            9);

    /// <summary>The mean of what was learned when it is proven, else the careful end of what it may be.</summary>
    public static double Learned(HistoryFacts history, DecisionPolicy policy) => IsProven(history, policy)
        ? Math.Max(policy.LowerBound(history), (policy.Prior.Successes + history.Successes) / (policy.Prior.Successes + policy.Prior.Failures + history.Total))
        : policy.LowerBound(history);

    public static bool IsProven(HistoryFacts history, DecisionPolicy policy) => history.Successes >= policy.Prior.ProvenSuccesses;

    /// <summary>"97 % of 41", or "unproven (2 of 2 worked)".</summary>
    public static string Describe(HistoryFacts history, DecisionPolicy policy) => IsProven(history, policy)
        ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * history.Successes / history.Total:0.#} % of {history.Total} worked")
        : history.Total == 0 ? "unproven (never tried)" : $"unproven ({history.Successes} of {history.Total} worked)";

    // Not a number and anything outside counts as the careful end.
    private static double Clamp(double value) => value is >= 0 and <= 1 ? value : value > 1 && double.IsFinite(value) ? 1 : 0;
}
