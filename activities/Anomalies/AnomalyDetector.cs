namespace Homelab.Activities.Anomalies;

/// <summary>
/// Scores each sample of a metric against its own past, online: how far the short mean, and its change, lie outside the range that
/// nearly all earlier samples held to. One fixed configuration for every series. Not thread-safe; one detector a series.
/// </summary>
/// <remarks>
/// A score of 1 is the edge of the usual range (the 0.5 and 99.5 percentiles), 2 is as far again beyond it. What was seen once belongs to
/// the past from then on, so a lasting shift is reported when it happens and not for ever.
/// </remarks>
public sealed class AnomalyDetector
{
    /// <summary>Above this a sample is an anomaly.</summary>
    public const double Threshold = 1.5;

    /// <summary>Samples of the short mean: one odd sample is not yet an incident.</summary>
    private const int Short = 3;

    /// <summary>Part of the past on either side that does not count as usual.</summary>
    private const double Tail = 0.005;

    /// <summary>The least width of the usual range as a part of the median: a flat line's last digit is no anomaly.</summary>
    private const double Floor = 0.02;

    /// <summary>Samples before the first score: two days at five minutes.</summary>
    private const int FullWarmUp = 576;

    private static readonly TimeSpan Quiet = TimeSpan.FromHours(12);

    private readonly int _warmUp;
    private readonly SortedWindow _levels = new(capacity: 8640);
    private readonly SortedWindow _changes = new(capacity: 8640);
    private readonly Queue<double> _recent = new();
    private DateTimeOffset? _reported;

    /// <param name="expectedSamples">The length of the series where it is known: at most 15 % of it is used to warm up.</param>
    public AnomalyDetector(int? expectedSamples = null) =>
        _warmUp = expectedSamples is { } samples ? Math.Max(50, Math.Min(FullWarmUp, (int)(0.15 * samples))) : FullWarmUp;

    /// <summary>Takes the next sample; samples come in order of time. A sample that is not a number is ignored.</summary>
    public AnomalyScore Add(DateTimeOffset at, double value)
    {
        if (!double.IsFinite(value))
            return new(0, false);
        _recent.Enqueue(value);
        if (_recent.Count > 2 * Short)
            _recent.Dequeue();
        var level = _recent.Skip(Math.Max(0, _recent.Count - Short)).Average();
        var change = _recent.Count == 2 * Short ? level - _recent.Take(Short).Average() : 0;
        var score = 0.0;
        if (_levels.Count >= _warmUp)
            score = Math.Max(Surprise(_levels, level), Surprise(_changes, change));
        _levels.Add(level);
        _changes.Add(change);
        var report = score > Threshold && (_reported is null || at - _reported > Quiet);
        if (report)
            _reported = at;
        return new(score, report);
    }

    private static double Surprise(SortedWindow past, double value)
    {
        var median = past.Quantile(0.5);
        var floor = Math.Max(1e-9, Floor * Math.Abs(median));
        return value > median
            ? (value - median) / Math.Max(past.Quantile(1 - Tail) - median, floor)
            : (median - value) / Math.Max(median - past.Quantile(Tail), floor);
    }
}

/// <param name="Score">0 while warming up; 1 at the edge of the usual range.</param>
/// <param name="Report">An anomaly, and none was reported in the last twelve hours.</param>
public readonly record struct AnomalyScore(double Score, bool Report);

/// <summary>The last so many values, in order of size: quantiles at once, 30 days of five-minute samples in 140 kB.</summary>
public sealed class SortedWindow(int capacity)
{
    private readonly List<double> _sorted = [];
    private readonly Queue<double> _arrived = new();

    public int Count => _sorted.Count;

    public void Add(double value)
    {
        if (_arrived.Count == capacity)
            _sorted.RemoveAt(_sorted.BinarySearch(_arrived.Dequeue()));
        _arrived.Enqueue(value);
        var at = _sorted.BinarySearch(value);
        _sorted.Insert(at < 0 ? ~at : at, value);
    }

    public double Quantile(double part) => _sorted[Math.Min(_sorted.Count - 1, (int)(part * _sorted.Count))];
}
