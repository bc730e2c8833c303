using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Homelab.Activities.UptimeKuma;

[Activity("uptimekuma.list_monitors", "List monitors", "Lists monitors with whether they are up, how fast they answer and when their certificates expire.")]
internal sealed partial class ListMonitors(UptimeKumaClients clients) : IActivity<ListMonitors.Input, ListMonitors.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var samples = (await client.MetricsAsync(cancellationToken)).Split('\n').Select(Sample).OfType<(string Metric, string Name, string Type, double Value)>().ToList();
        double? Value(string metric, string name) => samples.Where(sample => sample.Metric == metric && sample.Name == name).Select(sample => (double?)sample.Value).FirstOrDefault();
        var monitors = samples.Where(sample => sample.Metric == "monitor_status").Select(sample => new Monitor(
            sample.Name, sample.Type, sample.Value switch { 0 => "down", 1 => "up", 2 => "pending", 3 => "maintenance", _ => "unknown" },
            Value("monitor_response_time", sample.Name), Value("monitor_cert_days_remaining", sample.Name))).ToList();
        return new() { Monitors = monitors, Down = monitors.Count(monitor => monitor.State == "down") };
    }

    /// <summary>One line of Prometheus' text format; a label's value may hold braces and commas.</summary>
    private static (string Metric, string Name, string Type, double Value)? Sample(string line)
    {
        var match = Line().Match(line);
        if (!match.Success || !double.TryParse(match.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return null;
        var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups[1].Value, label => Regex.Unescape(label.Groups[2].Value));
        return (match.Groups["metric"].Value, labels.GetValueOrDefault("monitor_name", ""), labels.GetValueOrDefault("monitor_type", ""), value);
    }

    [GeneratedRegex("^(?<metric>monitor_[a-z_]+)\\{(?<labels>.*)\\} (?<value>\\S+)", RegexOptions.None, 1000)]
    private static partial Regex Line();

    [GeneratedRegex("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"", RegexOptions.None, 1000)]
    private static partial Regex Label();

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Monitors: up, down, pending or maintenance.")]
        public required IReadOnlyList<Monitor> Monitors { get; init; }

        [Description("How many are down.")]
        public required int Down { get; init; }
    }

    internal sealed record Monitor(string Name, string Type, string State, double? ResponseMilliseconds, double? CertificateDays);
}
