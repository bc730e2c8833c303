namespace Homelab.Activities.Anomalies;

/// <summary>
/// The score of the Numenta Anomaly Benchmark (standard profile): the first detection in a labelled window counts, more the earlier;
/// detections outside cost, more the farther from the last window. 0 is a detector that never speaks, 100 a perfect one.
/// </summary>
public sealed class NabScore
{
    private const double FalsePositiveWeight = 0.11;

    private double _sum;
    private int _windows;

    public double Standard => _windows == 0 ? 0 : 100 * (_sum + _windows) / (2 * _windows);

    /// <summary>Adds one series.</summary>
    /// <param name="times">Of all samples, ascending.</param>
    /// <param name="reported">Whether each sample was reported.</param>
    /// <param name="windows">Labelled windows, both ends included.</param>
    /// <returns>What the series contributed: at most its number of windows.</returns>
    public double Add(IReadOnlyList<DateTimeOffset> times, IReadOnlyList<bool> reported, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> windows)
    {
        var spans = windows.Select(window => (First: IndexFrom(times, window.From), Last: IndexFrom(times, window.To.AddTicks(1)) - 1)).ToArray();
        var best = new double?[spans.Length];
        var sum = 0.0;
        var probation = (int)Math.Floor(0.15 * Math.Min(times.Count, 5000));
        for (var i = probation; i < times.Count; i++)
        {
            if (!reported[i])
                continue;
            var inside = Array.FindIndex(spans, span => span.First <= i && i <= span.Last);
            if (inside >= 0)
            {
                var (first, last) = spans[inside];
                var value = Sigmoid(-(last - i + 1.0) / (last - first + 1)) / Sigmoid(-1);
                best[inside] = Math.Max(best[inside] ?? double.MinValue, value);
            }
            else
            {
                var before = Array.FindLastIndex(spans, span => span.Last < i);
                sum += FalsePositiveWeight * (before < 0 ? -1 : Sigmoid((double)(i - spans[before].Last) / (spans[before].Last - spans[before].First)));
            }
        }

        sum += best.Sum(value => value ?? -1);
        _sum += sum;
        _windows += spans.Length;
        return sum;
    }

    private static int IndexFrom(IReadOnlyList<DateTimeOffset> times, DateTimeOffset at)
    {
        var index = 0;
        while (index < times.Count && times[index] < at)
            index++;
        return index;
    }

    private static double Sigmoid(double position) => position > 3 ? -1 : (2 / (1 + Math.Exp(5 * position))) - 1;
}
