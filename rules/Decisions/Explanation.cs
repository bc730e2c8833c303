namespace Homelab.Rules.Decisions;

/// <summary>A decision in words: one sentence, and one table with every factor, hit and threshold.</summary>
public static class Explanation
{
    /// <summary>Rows of name, value, what it was compared with or weighed by, and what came of it.</summary>
    public static IReadOnlyList<ExplanationRow> Table(Assessment made)
    {
        List<ExplanationRow> rows = [];
        foreach (var factor in made.Factors)
        {
            // A rate nobody has seen yet is no percentage.
            var value = factor.Note is { } note && note.StartsWith("unproven", StringComparison.Ordinal) ? note : Bounds.Number(factor.Value);
            rows.Add(new("factor", factor.Name, value, $"weight {Bounds.Number(factor.Weight)}", $"+{Bounds.Number(factor.Contribution)}"));
        }

        rows.Add(new("result", "confidence", Bounds.Number(made.Confidence), "", made.Proven ? "proven" : "unproven"));
        rows.Add(new("result", "risk", Words.Of(made.Risk), $"base {Words.Of(made.BaseRisk)}", ""));
        rows.Add(new("result", "approval class", Words.Of(made.Class), "", ""));
        foreach (var hit in made.Hits)
            rows.Add(new("rule", $"{hit.Set}/{hit.Rule}", "hit", hit.Message, hit.Consequence));
        foreach (var bound in made.Bounds)
            rows.Add(new("bound", bound.Name, bound.Reason, bound.Threshold, $"at most {Words.Of(bound.AtMost)}{(bound.AtMost == made.Verdict ? " (decides)" : "")}"));
        return rows;
    }

    internal static string Sentence(Assessment made, FactsSnapshot facts, DecisionPolicy policy)
    {
        var what = $"{made.Action} on {made.TargetName}";
        var sure = made.Proven
            ? $"the confidence is {Bounds.Number(made.Confidence)}"
            : $"the confidence is {Bounds.Number(made.Confidence)} with a success rate that is {Confidence.Describe(made.History, policy)}";
        var because = string.Join(", and ", made.Reasons.Where(bound => bound.Name is not ("matrix" or "class" or "autonomy") || bound.AtMost < Verdict.TellFirst)
            .Select(bound => bound.Name is "matrix" or "class" ? null : bound.Reason).OfType<string>());
        var reason = because.Length > 0 ? because : Default(made, sure);
        return made.Verdict switch
        {
            Verdict.Execute => $"I do {what} now and tell you after, because {sure} and the risk is {Words.Of(made.Risk)}.",
            Verdict.TellFirst => $"I tell you first and then do {what}, because {sure} and the risk is {Words.Of(made.Risk)}.",
            Verdict.Ask => $"I propose {what} and wait for your approval, because {reason}.",
            Verdict.AlertOnly => $"I only tell you that {what} might help and do nothing, because {reason}.",
            _ => $"I refuse {what}, because {reason}.",
        };
    }

    private static string Default(Assessment made, string sure) => made.Class switch
    {
        ApprovalClass.Forbidden => "it is forbidden",
        ApprovalClass.Hard when made.Verdict == Verdict.Ask => "it always needs approval here",
        _ => $"{sure} and the risk is {Words.Of(made.Risk)}",
    };
}

public sealed record ExplanationRow(string Kind, string Name, string Value, string ComparedWith, string Effect);
