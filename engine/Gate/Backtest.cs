using Homelab.Rules.Decisions;

namespace Homelab.Engine.Gate;

/// <summary>
/// Stored facts through other rules. It predicts decisions, not outcomes: what would have come of the other decision, and of the facts that would have followed from it, nobody knows.
/// </summary>
internal static class Backtest
{
    public const string Caveat = "This predicts decisions, not outcomes: whether the other decision would have been better, and what would have followed from it, is not known.";

    /// <param name="stored">Id, facts and the verdict that was made.</param>
    public static BacktestResult Run(IEnumerable<(string Id, FactsSnapshot Facts, Verdict Verdict)> stored, DecisionPolicy rules)
    {
        List<BacktestDifference> differences = [];
        var count = 0;
        foreach (var (id, facts, verdict) in stored)
        {
            count++;
            var record = Deciding.Decide(facts, rules);
            if (record.Verdict != verdict)
                differences.Add(new BacktestDifference(id, facts.At, record.Chosen?.Action ?? "", record.Chosen?.TargetName ?? "", verdict, record.Verdict, record.Sentence));
        }

        return new BacktestResult(count, differences, Caveat);
    }
}

/// <param name="Why">What the other rules say.</param>
internal sealed record BacktestDifference(string DecisionId, DateTimeOffset At, string Action, string Target, Verdict Was, Verdict Would, string Why);

internal sealed record BacktestResult(int Decisions, IReadOnlyList<BacktestDifference> Differences, string Caveat);
