using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Homelab.Engine.Lab.Metrics;

/// <summary>One rule of a Prometheus rule file and the alerts it has now.</summary>
internal sealed class AlertRule(string group, string name, string expression, TimeSpan @for, IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> annotations)
{
    private readonly PromNode _expression = PromParser.Parse(expression);

    public string Group => group;

    public string Name => name;

    public string Expression => expression;

    public TimeSpan For => @for;

    public IReadOnlyDictionary<string, string> Labels => labels;

    public IReadOnlyDictionary<string, string> Annotations => annotations;

    public Dictionary<SeriesLabels, RuleAlert> Active { get; } = [];

    public string State => Active.Values.Any(alert => alert.IsFiring) ? "firing" : Active.Count > 0 ? "pending" : "inactive";

    /// <returns>Alerts that fire, and those that fired until now.</returns>
    public IReadOnlyList<RuleAlert> Evaluate(SeriesStore store, DateTimeOffset now)
    {
        Dictionary<SeriesLabels, double> seen = [];
        foreach (var sample in new PromEvaluator(store, now).Vector(_expression))
            seen[sample.Labels.Drop(SeriesLabels.Name).With([.. labels.Select(label => KeyValuePair.Create(label.Key, RuleAlert.Filled(label.Value, sample.Labels, sample.Value))), KeyValuePair.Create("alertname", name)])] = sample.Value;
        List<RuleAlert> told = [];
        foreach (var (alertLabels, value) in seen)
        {
            if (!Active.TryGetValue(alertLabels, out var alert))
                Active[alertLabels] = alert = new(this, alertLabels, now);
            alert.Value = value;
            if (now - alert.ActiveAt >= @for)
                alert.FiredAt ??= now;
            if (alert.IsFiring)
                told.Add(alert);
        }

        foreach (var (alertLabels, alert) in Active.Where(alert => !seen.ContainsKey(alert.Key)).ToList())
        {
            Active.Remove(alertLabels);
            if (alert.IsFiring)
            {
                alert.ResolvedAt = now;
                told.Add(alert);
            }
        }

        return told;
    }
}

/// <summary>An alert of a rule.</summary>
internal sealed partial class RuleAlert(AlertRule rule, SeriesLabels labels, DateTimeOffset activeAt)
{
    public AlertRule Rule => rule;

    public SeriesLabels Labels => labels;

    public DateTimeOffset ActiveAt => activeAt;

    public DateTimeOffset? FiredAt { get; set; }

    public DateTimeOffset? ResolvedAt { get; set; }

    public double Value { get; set; }

    public bool IsFiring => FiredAt is not null && ResolvedAt is null;

    public Dictionary<string, string> Annotations() => rule.Annotations.ToDictionary(annotation => annotation.Key, annotation => Filled(annotation.Value, labels, Value));

    public static string Filled(string template, SeriesLabels labels, double value) => Placeholder().Replace(template, match =>
        match.Groups["label"] is { Success: true, Value: var label } ? labels[label] : value.ToString("0.##", CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\{\{\s*\$(labels\.(?<label>\w+)|value)\s*\}\}")]
    private static partial Regex Placeholder();
}

/// <summary>Reads the lab's rule file, which is one of Prometheus' own format.</summary>
internal static class AlertRules
{
    public const string File = "rules.yaml";

    public static IReadOnlyList<AlertRule> Load()
    {
        using var stream = typeof(AlertRules).Assembly.GetManifestResourceStream($"Homelab.Engine.Lab.{File}")
            ?? throw new InvalidOperationException($"{File} is not in the program.");
        using var reader = new StreamReader(stream);
        return Read(reader.ReadToEnd());
    }

    public static IReadOnlyList<AlertRule> Read(string yaml)
    {
        var file = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build().Deserialize<RuleFile>(yaml);
        return
        [
            .. file.Groups.SelectMany(group => group.Rules.Select(rule => new AlertRule(
                group.Name, rule.Alert, rule.Expr, rule.For.Length == 0 ? TimeSpan.Zero : PromParser.Duration(rule.For), rule.Labels, rule.Annotations))),
        ];
    }

    internal sealed class RuleFile
    {
        public List<RuleGroup> Groups { get; set; } = [];
    }

    internal sealed class RuleGroup
    {
        public string Name { get; set; } = "";

        public List<RuleOfFile> Rules { get; set; } = [];
    }

    internal sealed class RuleOfFile
    {
        public string Alert { get; set; } = "";

        public string Expr { get; set; } = "";

        public string For { get; set; } = "";

        public Dictionary<string, string> Labels { get; set; } = [];

        public Dictionary<string, string> Annotations { get; set; } = [];
    }
}
