namespace Homelab.Rules.Decisions;

/// <summary>What would have changed the verdict: each candidate change is made and judged again; only those that change it are told.</summary>
internal static class Counterfactuals
{
    public static IReadOnlyList<Counterfactual> Of(FactsSnapshot facts, CandidateFacts candidate, Assessment made, DecisionPolicy policy)
    {
        List<Counterfactual> found = [];
        var judgement = new Judgement(made.Confidence, made.Risk, made.Class, made.Autonomy);
        var others = OtherBounds(made, except: null);

        AddConfidence(found, judgement, others, made, policy);
        foreach (var risk in Enum.GetValues<Risk>())
            Try(found, made, judgement with { Risk = risk }, others, policy, $"{Words.Of(risk)} risk (was {Words.Of(made.Risk)})");
        foreach (var approval in Enum.GetValues<ApprovalClass>())
            Try(found, made, judgement with { Class = approval }, others, policy, $"approval class {Words.Of(approval)} (was {Words.Of(made.Class)})");
        foreach (var level in Enum.GetValues<AutonomyLevel>())
            Try(found, made, judgement with { Autonomy = level }, others, policy, $"autonomy {Words.Of(level)} (was {Words.Of(made.Autonomy)})");

        foreach (var bound in made.Bounds)
        {
            if (!IsJudged(bound) && bound.AtMost == made.Verdict)
                Try(found, made, judgement, OtherBounds(made, bound), policy, $"without {bound.Name}: {bound.Reason}");
        }

        foreach (var hit in made.Hits)
            AddIfDifferent(found, made, Deciding.Assess(facts, candidate, policy, without: hit.Rule).Verdict, $"without the rule {hit.Rule}: {hit.Message}");

        var toggled = candidate with { Target = candidate.Target with { Critical = !candidate.Target.Critical } };
        AddIfDifferent(
            found, made, Deciding.Assess(facts, toggled, policy).Verdict, candidate.Target.Critical ? "a target that is not critical" : "a critical target");

        // Where several bounds hold at once no single change helps; they are named together.
        if (made.Verdict < Verdict.Execute && !found.Exists(one => one.Verdict > made.Verdict))
        {
            var binding = made.Bounds.Where(bound => bound.AtMost == made.Verdict).Select(bound => bound.Name).ToList();
            var next = made.Bounds.Where(bound => bound.AtMost > made.Verdict).Select(bound => bound.AtMost).DefaultIfEmpty(Verdict.Execute).Min();
            if (binding.Count > 1)
                found.Add(new Counterfactual($"all of these together lifted: {string.Join(", ", binding)}", next));
        }

        return found;
    }

    /// <summary>The nearest threshold above and below at which the verdict differs.</summary>
    private static void AddConfidence(List<Counterfactual> found, Judgement judgement, Verdict others, Assessment made, DecisionPolicy policy)
    {
        double? above = null, below = null;
        var (aboveVerdict, belowVerdict) = (made.Verdict, made.Verdict);
        var (aboveIsAtLeast, belowIsBelow) = (false, false);
        foreach (var row in policy.Matrix)
        {
            if (row.Above is { } threshold)
            {
                Consider(Math.BitIncrement(threshold), threshold, inclusive: false);
                Consider(threshold, threshold, inclusive: false);
            }
        }

        var wanted = policy.Autonomy[judgement.Autonomy].Confidence;
        Consider(wanted, wanted, inclusive: true);
        Consider(Math.BitDecrement(wanted), wanted, inclusive: true);

        if (above is { } up)
            found.Add(new Counterfactual($"confidence {(aboveIsAtLeast ? "of at least" : "above")} {Bounds.Number(up)} (was {Bounds.Number(made.Confidence)})", aboveVerdict));
        if (below is { } down)
            found.Add(new Counterfactual($"confidence {(belowIsBelow ? "below" : "of at most")} {Bounds.Number(down)} (was {Bounds.Number(made.Confidence)})", belowVerdict));

        void Consider(double confidence, double threshold, bool inclusive)
        {
            if (confidence is < 0 or > 1)
                return;
            var verdict = Least(judgement with { Confidence = confidence }, others, policy);
            if (verdict == made.Verdict)
                return;
            if (confidence > made.Confidence && (above is null || threshold < above))
                (above, aboveVerdict, aboveIsAtLeast) = (threshold, verdict, inclusive);
            if (confidence < made.Confidence && (below is null || threshold > below))
                (below, belowVerdict, belowIsBelow) = (threshold, verdict, inclusive);
        }
    }

    private static void Try(List<Counterfactual> found, Assessment made, Judgement judgement, Verdict others, DecisionPolicy policy, string change) =>
        AddIfDifferent(found, made, Least(judgement, others, policy), change);

    private static void AddIfDifferent(List<Counterfactual> found, Assessment made, Verdict verdict, string change)
    {
        if (verdict != made.Verdict)
            found.Add(new Counterfactual(change, verdict));
    }

    private static Verdict Least(Judgement judgement, Verdict others, DecisionPolicy policy)
    {
        var verdict = judgement.Verdict(policy);
        return others < verdict ? others : verdict;
    }

    /// <summary>The least of the bounds that do not follow from confidence, risk, class and level.</summary>
    private static Verdict OtherBounds(Assessment made, Bound? except)
    {
        var least = Verdict.Execute;
        foreach (var bound in made.Bounds)
        {
            if (!IsJudged(bound) && !ReferenceEquals(bound, except) && bound.AtMost < least)
                least = bound.AtMost;
        }

        return least;
    }

    private static bool IsJudged(Bound bound) => bound.Name is "matrix" or "autonomy" or "class";
}
