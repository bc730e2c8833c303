using System.Text.RegularExpressions;

namespace Homelab.Engine.Incidents;

/// <summary>What an alert is about, as far as the rules tell.</summary>
/// <param name="Service">What people and the dependency graph call the thing.</param>
internal sealed record Classified(string Fingerprint, string Kind, IncidentSeverity Severity, string Title, string? Target, string? Service, string? Host, string? Part);

/// <summary>Says by the rules what an alert is: its kind, thing and target. Pure.</summary>
internal static partial class Classifier
{
    private static readonly string[] SeverityLabels = ["severity", "priority", "level"];

    // In a homelab these are the machine itself; a connection of that tool is only right where it is that very machine.
    private static readonly HashSet<string> Machines = ["Ssh"];

    /// <summary>An alert may say itself which kind it is, and on which target: then no rule is asked.</summary>
    public const string KindLabel = "homelab_kind";

    public const string TargetLabel = "homelab_target";

    public static Classified Classify(Alert alert, IncidentRules rules, ConnectionNames connections)
    {
        var name = alert.Labels.GetValueOrDefault("alertname", "");
        var words = alert.Annotations.GetValueOrDefault("summary") is { Length: > 0 } summary ? summary : alert.Annotations.GetValueOrDefault("title", "");
        var text = $"{name} {words} {alert.Annotations.GetValueOrDefault("description", alert.Annotations.GetValueOrDefault("message", ""))}";
        var own = alert.Labels.GetValueOrDefault(KindLabel, "");
        var rule = rules.Kinds.ContainsKey(own) ? null : rules.Rules.FirstOrDefault(rule => rule.When.All(condition => condition.Value.Fits(condition.Label == "text" ? text : alert.Labels.GetValueOrDefault(condition.Label, ""))));
        var kind = rules.Kinds.ContainsKey(own) ? own : rule?.Kind ?? IncidentRules.Unknown;

        string? Field(string field) => (rule?.Fields.GetValueOrDefault(field) ?? rules.Fields.GetValueOrDefault(field))?
            .Select(source => source.Of(alert.Labels)).FirstOrDefault(value => value is not null) is { } found ? Clean(field, found) : null;

        var host = Field("host");
        var service = Field(rule?.Thing ?? "service");
        // Two unknown things on one machine are two things.
        var part = (rule?.Part ?? (own.Length > 0 ? rules.Rules.FirstOrDefault(other => other.Kind == kind && other.Part is not null)?.Part : null)) is { } of ? Field(of) : kind == IncidentRules.Unknown && name.Length > 0 ? name : null;
        var target = alert.Labels.GetValueOrDefault(TargetLabel) is { Length: > 0 } given
            ? given
            : rule?.Targets.Select(template => Fill(template, field => char.IsAsciiLetterUpper(field[0]) ? connections.Of(field, host, Machines.Contains(field)) : Field(field), required: true))
                .FirstOrDefault(filled => filled is not null);
        var title = words.Length > 0
            ? words
            : Fill(rules.Kinds[kind].Title, field => field switch
            {
                "thing" => service ?? host ?? part ?? target?.Split('/')[^1],
                "alertname" => name,
                _ => Field(field),
            }, required: false) ?? name;
        return new Classified(
            alert.FingerprintWithout(rules.IgnoredLabels), kind, Severity(alert, rules), Shortened(title.Length > 0 ? title : "An alert without a name"), target, service, host, part);
    }

    /// <summary>The names in braces.</summary>
    public static IEnumerable<string> Placeholders(string template) => Braces().Matches(template).Select(match => match.Groups[1].Value);

    private static IncidentSeverity Severity(Alert alert, IncidentRules rules)
    {
        var word = SeverityLabels.Select(label => alert.Labels.GetValueOrDefault(label)).FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? "";
        return rules.Severities.GetValueOrDefault(word, Enum.TryParse<IncidentSeverity>(word, ignoreCase: true, out var read) && !char.IsDigit(word[0]) ? read : IncidentSeverity.Warning);
    }

    /// <summary>An address is the machine's name without scheme, port and path.</summary>
    private static string? Clean(string field, string value)
    {
        value = value.Trim();
        if (field is "host" or "domain")
        {
            if (Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
                value = uri.Host;
            else if (value.StartsWith('[') && value.Contains(']'))
                value = value[1..value.IndexOf(']')];
            else if (value.Count(letter => letter == ':') == 1)
                value = value[..value.IndexOf(':')];
            value = value.Split('/')[0];
        }

        return field is "container" ? value.TrimStart('/') : value.Length == 0 ? null : value;
    }

    private static string? Fill(string template, Func<string, string?> value, bool required)
    {
        var missing = false;
        var filled = Braces().Replace(template, match =>
        {
            if (value(match.Groups[1].Value) is { Length: > 0 } found)
                return found;
            missing = true;
            return "?";
        });
        return missing && required ? null : missing && filled.Trim() == "?" ? null : filled;
    }

    private static string Shortened(string text) => text.Length <= 300 ? text : string.Concat(text.AsSpan(0, 297), "...");

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Braces();
}
