using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using Homelab.Activities.Anomalies;
using Homelab.Tests.Conformance;
using Xunit;
using Xunit.Abstractions;

namespace Homelab.Tests.Activities.Anomalies;

public class AnomalyDetectorTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Add_FlatLine_IsNeverReported() => Report(Enumerable.Repeat(5.0, 3000)).Should().BeEmpty();

    [Fact]
    public void Add_DailyWave_IsNeverReported() =>
        Report(Enumerable.Range(0, 3000).Select(i => 50 + (20 * Math.Sin(i * Math.Tau / 288)))).Should().BeEmpty();

    [Fact]
    public void Add_JumpAfterTwoQuietDays_IsReportedOnceAndSoon() =>
        Report(Enumerable.Range(0, 2000).Select(i => i < 1500 ? 50 + (i % 7) : 90.0)).Should().ContainSingle().Which.Should().BeInRange(1500, 1503);

    [Fact]
    public void Add_NotANumber_IsIgnored()
    {
        var detector = new AnomalyDetector();
        detector.Add(Start, double.NaN).Should().Be(new AnomalyScore(0, false));
        detector.Add(Start, double.PositiveInfinity).Should().Be(new AnomalyScore(0, false));
    }

    [Fact]
    public void NabScore_SilentAndPerfect_AreZeroAndHundred()
    {
        var times = Enumerable.Range(0, 1000).Select(i => Start.AddMinutes(5 * i)).ToArray();
        (DateTimeOffset, DateTimeOffset)[] windows = [(times[500], times[600])];
        var silent = new NabScore();
        silent.Add(times, new bool[1000], windows);
        silent.Standard.Should().Be(0);
        var perfect = new NabScore();
        perfect.Add(times, [.. Enumerable.Range(0, 1000).Select(i => i == 500)], windows);
        perfect.Standard.Should().Be(100);
    }

    [ConformanceFact("anomaly")]
    [Trait("Category", "Conformance")]
    public void Nab_CloudHostMetrics_StandardScoreAtLeast60()
    {
        var labels = JsonSerializer.Deserialize<Dictionary<string, string[][]>>(File.ReadAllText(ConformanceFolder.Path("anomaly/labels/combined_windows.json")))!;
        var score = new NabScore();
        foreach (var (name, windows) in labels.Where(label => label.Key.StartsWith("realAWSCloudwatch/", StringComparison.Ordinal)))
        {
            var rows = File.ReadLines(ConformanceFolder.Path("anomaly/data/" + name)).Skip(1).Select(line => line.Split(',')).ToArray();
            var times = rows.Select(row => Time(row[0])).ToArray();
            var detector = new AnomalyDetector(rows.Length);
            var reported = rows.Select((row, i) => detector.Add(times[i], double.Parse(row[1], CultureInfo.InvariantCulture)).Report).ToArray();
            output.WriteLine($"{name} {score.Add(times, reported, [.. windows.Select(window => (Time(window[0]), Time(window[1])))]):F2} of {windows.Length}");
        }

        output.WriteLine($"standard {score.Standard:F1}");
        score.Standard.Should().BeGreaterThan(60);
    }

    private static List<int> Report(IEnumerable<double> values)
    {
        var detector = new AnomalyDetector();
        return [.. values.Select((value, i) => (Scored: detector.Add(Start.AddMinutes(5 * i), value), i)).Where(pair => pair.Scored.Report).Select(pair => pair.i)];
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
