namespace Homelab.Rules.Decisions;

/// <summary>What was decided and everything it was decided by. A pure function of facts and policy; stored beside the facts.</summary>
public sealed record DecisionRecord
{
    public required DateTimeOffset At { get; init; }

    public required string PolicyVersion { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>The best candidate; null when there was none.</summary>
    public Assessment? Chosen { get; init; }

    /// <summary>What it beat, best first.</summary>
    public required IReadOnlyList<Assessment> Alternatives { get; init; }

    /// <summary>What a person would say.</summary>
    public required string Sentence { get; init; }

    /// <summary>What would have changed the verdict, each found by deciding again with that one change.</summary>
    public required IReadOnlyList<Counterfactual> Counterfactuals { get; init; }
}

/// <summary>One candidate, judged.</summary>
public sealed record Assessment
{
    public required string Action { get; init; }

    public string? PlanHash { get; init; }

    public required string TargetId { get; init; }

    public required string TargetName { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>After penalties, 0 to 1.</summary>
    public required double Confidence { get; init; }

    public required IReadOnlyList<ConfidenceFactor> Factors { get; init; }

    /// <summary>False while too few successes are known: shown instead of a percentage.</summary>
    public required bool Proven { get; init; }

    public required HistoryFacts History { get; init; }

    public required Risk BaseRisk { get; init; }

    public required Risk Risk { get; init; }

    public required ApprovalClass Class { get; init; }

    public required AutonomyLevel Autonomy { get; init; }

    public required IReadOnlyList<RuleHit> Hits { get; init; }

    /// <summary>Everything that limits the verdict, with its threshold; the verdict is the least permissive of them.</summary>
    public required IReadOnlyList<Bound> Bounds { get; init; }

    /// <summary>The bounds that made the verdict what it is.</summary>
    public IEnumerable<Bound> Reasons => Bounds.Where(bound => bound.AtMost == Verdict);
}

public sealed record ConfidenceFactor(string Name, double Value, double Weight, string? Note = null)
{
    public double Contribution => Value * Weight;
}

public sealed record RuleHit(string Set, string Rule, string Consequence, string Message);

/// <param name="Name">"matrix", "autonomy", "class", "cooldown", ...</param>
/// <param name="Threshold">What it was compared with, in words; empty where there is none.</param>
public sealed record Bound(string Name, Verdict AtMost, string Reason, string Threshold = "");

/// <param name="Change">"confidence above 0.9 (was 0.84)".</param>
public sealed record Counterfactual(string Change, Verdict Verdict);
