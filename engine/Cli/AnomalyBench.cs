using System.Globalization;
using System.Text.Json;
using Homelab.Activities.Anomalies;

namespace Homelab.Engine.Cli;

/// <summary>Runs the anomaly detector as it is over the labelled series of a folder and scores it as the Numenta Anomaly Benchmark does.</summary>
internal static class AnomalyBench
{
    /// <summary>The part of the collection that is metrics of hosts in a cloud: what the product watches.</summary>
    private const string CloudHosts = "realAWSCloudwatch";

    /// <exception cref="InvalidDataException">There is nothing to measure.</exception>
    public static BenchResult Run(string directory)
    {
        var file = Path.Combine(directory, "labels", "combined_windows.json");
        if (!File.Exists(file))
            throw new InvalidDataException($"{file} is missing. Give the folder of the NAB collection, with labels/combined_windows.json and data/.");
        var labels = JsonSerializer.Deserialize<Dictionary<string, string[][]>>(File.ReadAllText(file)) ?? [];
        var there = labels.Where(label => File.Exists(Path.Combine(directory, "data", label.Key))).OrderBy(label => label.Key, StringComparer.Ordinal).ToArray();
        if (there.Length == 0)
            throw new InvalidDataException($"{Path.Combine(directory, "data")} has none of the {labels.Count} series that the labels name.");

        var all = new NabScore();
        var groups = there.GroupBy(label => label.Key.Split('/')[0], StringComparer.Ordinal).Select(group =>
        {
            var score = new NabScore();
            var windows = 0;
            foreach (var (name, labelled) in group)
            {
                var (times, reported) = Detect(Path.Combine(directory, "data", name));
                var spans = labelled.Select(window => (Time(window[0]), Time(window[1]))).ToArray();
                score.Add(times, reported, spans);
                all.Add(times, reported, spans);
                windows += spans.Length;
            }

            return new { group = group.Key, series = group.Count(), windows, standard = Math.Round(score.Standard, 2) };
        }).ToArray();
        var hosts = groups.FirstOrDefault(group => group.group == CloudHosts);
        return new(
            new { cloudHostMetrics = hosts?.standard, standard = Math.Round(all.Standard, 2), threshold = AnomalyDetector.Threshold, groups },
            string.Join(
                Environment.NewLine,
                [
                    .. groups.Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.group,-22} {group.series,3} series {group.windows,3} windows  standard score {group.standard:F1}")),
                    string.Create(CultureInfo.InvariantCulture, $"all: standard score {all.Standard:F1}; cloud host metrics ({CloudHosts}): {(hosts is null ? "none here" : $"{hosts.standard:F1}")}; one threshold, {AnomalyDetector.Threshold}"),
                ]));
    }

    private static (DateTimeOffset[] Times, bool[] Reported) Detect(string file)
    {
        var rows = File.ReadLines(file).Skip(1).Select(line => line.Split(',')).ToArray();
        var times = Array.ConvertAll(rows, row => Time(row[0]));
        var detector = new AnomalyDetector(rows.Length);
        return (times, [.. rows.Select((row, i) => detector.Add(times[i], double.Parse(row[1], CultureInfo.InvariantCulture)).Report)]);
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
