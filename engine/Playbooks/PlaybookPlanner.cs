using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Remediation;
using Homelab.Rules.Expressions;

namespace Homelab.Engine.Playbooks;

/// <summary>From a playbook and an incident to the exact plan: what must hold is read and asked, every value is filled in. Reads only.</summary>
internal sealed class PlaybookPlanner(Reading reading)
{
    /// <summary>Why it is not for this incident; null where it is.</summary>
    public static string? WhyNot(Playbook playbook, JsonObject names)
    {
        var match = playbook.Match;
        var kind = (string?)names["incident"]?["kind"] ?? "";
        if (!playbook.Enabled)
            return "it is switched off";
        if (!match.Kinds.Contains(kind, StringComparer.Ordinal))
            return $"it is for {string.Join(", ", match.Kinds)}, not {kind}";
        if (match.Target is { } pattern && !(names["target"]?["id"] is { } target && Fits(pattern, (string)target!)))
            return $"its target must be like {pattern}";
        foreach (var (label, wanted) in match.Labels)
            if (!(names["labels"]?[label] is { } value && Fits(wanted, value.ToString())))
                return $"the label {label} must be like {wanted}";
        var cause = (string?)names["diagnosis"]?["cause"];
        if (cause is not null && match.NotCauses.Contains(cause, StringComparer.Ordinal))
            return $"it does not help against {cause}";
        if (match.Causes.Count > 0 && (cause is null || !match.Causes.Contains(cause, StringComparer.Ordinal)))
            return $"it is for the cause {string.Join(", ", match.Causes)}";
        return match.Expression is { } expression && Template.Holds(expression, names) is { Holds: false, Why: var why } ? why : null;
    }

    /// <summary>Looks at what must hold, one after the other, and fills the plan in.</summary>
    public async Task<PlannedPlaybook> PlanAsync(Playbook playbook, JsonObject names, ActivityContext context, CancellationToken cancellationToken)
    {
        names = (JsonObject)names.DeepClone();
        List<CheckedPrecondition> asked = [];
        foreach (var need in playbook.Preconditions)
        {
            var seen = await AskAsync(need, names, context, cancellationToken);
            asked.Add(seen);
            if (!seen.Holds)
                return new PlannedPlaybook(playbook, asked, null, seen.Why) { IsRead = seen.Output is not null, Names = names };
        }

        try
        {
            return new PlannedPlaybook(playbook, asked, Fill(playbook, names), null) { IsRead = true, Names = names };
        }
        catch (Exception exception) when (exception is ExpressionException or FormatException)
        {
            return new PlannedPlaybook(playbook, asked, null, $"its values cannot be worked out: {exception.Message.ReplaceLineEndings(" ")}") { Names = names };
        }
    }

    /// <summary>Whether its success shows already, without anything done; false where that cannot be seen.</summary>
    public async Task<bool> IsFineAsync(PlannedPlaybook planned, ActivityContext context, CancellationToken cancellationToken)
    {
        try
        {
            var verify = Verification(planned.Playbook, planned.Names);
            var output = await reading.PerformAsync(verify.Activity, verify.Input ?? [], context, cancellationToken);
            return Remediation.Verification.Judge(verify.Expression, output, verify.Given).Verified;
        }
        catch (Exception exception) when (exception is ExpressionException or FormatException or ActivityException)
        {
            return false;
        }
    }

    private async Task<CheckedPrecondition> AskAsync(PlaybookPrecondition need, JsonObject names, ActivityContext context, CancellationToken cancellationToken)
    {
        try
        {
            var input = (JsonObject)Template.Resolve(need.Input, names)!; // an object stays one
            var output = await reading.PerformAsync(need.Activity, input, context, cancellationToken);
            names[need.As] = output?.DeepClone();
            if (need.Expression is not { } expression)
                return new CheckedPrecondition(need.Activity, true, "", output);
            var (holds, why, isPlain) = Template.Holds(expression, names);
            return new CheckedPrecondition(need.Activity, holds, isPlain && !holds ? need.Because ?? why : why, isPlain ? output : null);
        }
        catch (Exception exception) when (exception is ExpressionException or FormatException or ActivityException)
        {
            return new CheckedPrecondition(need.Activity, false, exception.Message.ReplaceLineEndings(" "), null);
        }
    }

    private static PlanRequest Fill(Playbook playbook, JsonObject names)
    {
        var target = (string?)names["target"]?["name"];
        var title = target is null ? playbook.Name : $"{playbook.Name}: {target}";
        return new PlanRequest
        {
            Title = title.Length <= 200 ? title : title[..200],
            Incident = (string?)names["incident"]?["kind"],
            Cause = (string?)names["incident"]?["id"],
            Snapshot = [.. playbook.Snapshot.Select(step => Fill(step, names))],
            Steps = [.. playbook.Steps.Select(step => Fill(step, names))],
            Verify = Verification(playbook, names),
            Rollback = [.. playbook.Rollback.Select(step => Fill(step, names))],
            Leave = playbook.Harmless,
        };
    }

    private static PlanStepRequest Fill(PlaybookStep step, JsonObject names) => new(step.Activity, (JsonObject)Template.Resolve(step.Input, names)!); // an object stays one

    private static PlanVerification Verification(Playbook playbook, JsonObject names) => new()
    {
        Activity = playbook.Verify.Activity,
        Input = (JsonObject)Template.Resolve(playbook.Verify.Input, names)!, // an object stays one
        Expression = playbook.Verify.Expression,
        Given = playbook.Verify.Given.Count == 0 ? null : (JsonObject)Template.Resolve(playbook.Verify.Given, names)!, // the same
        EverySeconds = playbook.Verify.EverySeconds,
        WithinSeconds = playbook.Verify.WithinSeconds,
    };

    private static bool Fits(string pattern, string text) => Controls.Pattern.Fits(pattern, text);
}

/// <param name="Plan">Null where it does not apply.</param>
/// <param name="WhyNot">In words; null where there is a plan.</param>
internal sealed record PlannedPlaybook(Playbook Playbook, IReadOnlyList<CheckedPrecondition> Preconditions, PlanRequest? Plan, string? WhyNot)
{
    /// <summary>What it looked at could be seen: then that it does not hold says something of the target, and not of the way there.</summary>
    public bool IsRead { get; init; }

    public JsonObject Names { get; init; } = [];
}

/// <param name="Output">Null where nothing could be read.</param>
internal sealed record CheckedPrecondition(string Activity, bool Holds, string Why, JsonNode? Output);
