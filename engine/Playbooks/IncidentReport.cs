using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Engine.Incidents;

namespace Homelab.Engine.Playbooks;

/// <summary>What is known of an incident as one Markdown document, always in the same order: what it was, its root cause, what was done, how it was verified, what is left to do, the story.</summary>
internal sealed class IncidentReport(IncidentStore incidents, IncidentTimeline timeline, RemedyStore store, PlaybookLibrary playbooks)
{
    /// <summary>Null where there is no such incident.</summary>
    public async Task<string?> WriteAsync(string id, CancellationToken cancellationToken)
    {
        if (await incidents.FindAsync(id, cancellationToken) is not { } incident)
            return null;
        var (context, diagnosis) = await store.FindingsAsync(id, cancellationToken);
        var attempts = await store.AttemptsAsync(id, cancellationToken);
        var text = new StringBuilder();
        Line($"# {Plain(incident.Title)}");
        Line("");
        Line("| | |");
        Line("|---|---|");
        Row("State", $"{IncidentJson.Name(incident.State).Replace('_', ' ')}{(incident.Resolution is { } resolution ? $" ({Ended(resolution)})" : "")}");
        Row("Kind", incident.Kind.Replace('_', ' '));
        Row("Severity", IncidentJson.Name(incident.Severity));
        Row("Target", incident.Target);
        Row("Service", incident.Service);
        Row("Host", incident.Host);
        Row("Part", incident.Part);
        Row("Began", At(incident.StartedAt));
        Row("Detected", $"after {Span(incident.DetectedAt - incident.StartedAt)}, by {incident.Source}, from {incident.Alerts} alert{(incident.Alerts == 1 ? "" : "s")}");
        Row("Resolved", incident.ResolvedAt is { } resolved ? $"{At(resolved)}, after {Span(resolved - incident.StartedAt)}" : null);

        Section("Root cause");
        if ((string?)diagnosis["says"] is { Length: > 0 } says)
            Line($"{Plain(says)} ({Plain((string?)diagnosis["cause"] ?? "unknown")}, certainty {(diagnosis["certainty"] as JsonValue)?.GetValue<double>() * 100:0} %)");
        else
            Line("It was not diagnosed.");
        foreach (var evidence in diagnosis["evidence"] as JsonArray ?? [])
            Line($"- {Plain(evidence?.ToString() ?? "")}");
        if ((string?)diagnosis["summary"] is { Length: > 0 } summary)
            Line($"\n{Plain(summary)}");
        foreach (var change in context["changes"] as JsonArray ?? [])
            Line($"- Before it: {Plain((string?)change?["action"] ?? "")} on {Plain((string?)change?["name"] ?? "")}, {change?["minutesBefore"]} min before, by {Plain((string?)change?["by"] ?? "")}");

        Section("What was done");
        if (attempts.Count == 0)
            Line("Nothing: no playbook was tried.");
        foreach (var attempt in attempts)
        {
            var plan = Gate.GateJson.Read<Remediation.PlanRequest>(attempt.Request);
            Line($"{attempt.Number}. **{Plain(plan.Title)}** (`{attempt.Playbook}`): {Words(attempt.Outcome)}{(attempt.Why is { Length: > 0 } why ? $" {Plain(why)}" : "")}");
            foreach (var step in plan.Steps)
                Line($"   - `{step.Activity}`");
            Line($"   - verified by `{plan.Verify?.Activity}`: `{plan.Verify?.Expression}`");
        }

        Section("What is left to do");
        var advice = attempts.Select(attempt => attempt.Playbook).Distinct().Where(playbook => playbooks.Playbooks.ContainsKey(playbook)).Select(playbook => playbooks.Playbooks[playbook].Docs.Trim()).ToList();
        Line(incident.State == IncidentState.NeedsPerson ? "**A person is needed.** The last line of the story says why." : incident.IsOpen ? "It is not over yet." : "");
        Line(advice.Count == 0 ? "Nothing is known for this kind. Write down what helped, as a playbook." : string.Join("\n\n", advice));

        Section("The story");
        foreach (var happened in await timeline.ReadAsync(id, cancellationToken))
            Line($"- {At(happened.At)} {happened.Kind}: {Plain(happened.Text)}");
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');

        void Section(string name) => Line($"\n## {name}\n");

        void Row(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                Line($"| {name} | {Plain(value).Replace("|", "\\|", StringComparison.Ordinal)} |");
        }
    }

    private static string Words(string? outcome) => outcome switch
    {
        null => "It is under way.",
        "invalid" => "It could not be planned.",
        "notNeeded" => "It was not needed any more.",
        "unknown" => "How it ended is not known.",
        _ => Remediation.PlanOutcome.Words(outcome),
    };

    private static string Ended(string resolution) => resolution switch
    {
        "autonomous" => "mended without a person",
        "assisted" => "mended with a person's approval",
        "person" => "ended by a person",
        "gone" => "went away by itself",
        "merged" => "a symptom of another incident",
        _ => resolution,
    };

    private static string At(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan span) => span.TotalMinutes < 2 ? $"{span.TotalSeconds:0} s" : span.TotalHours < 2 ? $"{span.TotalMinutes:0} min" : $"{span.TotalHours:0.0} h";

    /// <summary>Alerts and logs come from outside: on one line, and no markup of theirs.</summary>
    private static string Plain(string text) => text.ReplaceLineEndings(" ").Replace("<", "&lt;", StringComparison.Ordinal).Replace("](", "]\\(", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);
}
