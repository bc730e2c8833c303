namespace Homelab.Engine.Lab.Metrics;

/// <summary>Labels of one series, <c>__name__</c> among them; equal when all labels are.</summary>
internal sealed class SeriesLabels : IEquatable<SeriesLabels>
{
    public const string Name = "__name__";

    private readonly string _key;

    public SeriesLabels(IEnumerable<KeyValuePair<string, string>> labels)
    {
        All = new SortedDictionary<string, string>(labels.Where(label => label.Value.Length > 0).ToDictionary(label => label.Key, label => label.Value), StringComparer.Ordinal);
        _key = string.Join('\u0001', All.Select(label => $"{label.Key}\u0002{label.Value}"));
    }

    public static SeriesLabels None { get; } = new([]);

    public SortedDictionary<string, string> All { get; }

    public string this[string name] => All.GetValueOrDefault(name, "");

    public SeriesLabels Keep(IEnumerable<string> names) => new(All.Where(label => names.Contains(label.Key)));

    public SeriesLabels Drop(params IEnumerable<string> names) => new(All.Where(label => !names.Contains(label.Key)));

    public SeriesLabels With(IEnumerable<KeyValuePair<string, string>> more)
    {
        var merged = new Dictionary<string, string>(All);
        foreach (var (name, value) in more)
            merged[name] = value;
        return new(merged);
    }

    public bool Equals(SeriesLabels? other) => other is not null && other._key == _key;

    public override bool Equals(object? obj) => Equals(obj as SeriesLabels);

    public override int GetHashCode() => _key.GetHashCode(StringComparison.Ordinal);
}

internal readonly record struct Point(DateTimeOffset At, double Value);

internal sealed record Sample(SeriesLabels Labels, double Value);

/// <summary>What was scraped, in memory, for as long as it is kept.</summary>
internal sealed class SeriesStore(TimeSpan keep)
{
    /// <summary>A series of which nothing was scraped for this long is gone, as in Prometheus.</summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromMinutes(5);

    private readonly Dictionary<SeriesLabels, List<Point>> _series = [];
    private HashSet<SeriesLabels> _last = [];

    public IEnumerable<SeriesLabels> Series => _series.Keys;

    /// <summary>One scrape of everything; what was in the one before and is not in this one ends, as by a staleness marker.</summary>
    public void Scrape(DateTimeOffset at, IEnumerable<Sample> samples)
    {
        HashSet<SeriesLabels> seen = [];
        foreach (var sample in samples)
        {
            seen.Add(sample.Labels);
            if (!_series.TryGetValue(sample.Labels, out var points))
                _series[sample.Labels] = points = [];
            points.Add(new(at, sample.Value));
            if (points.Count % 64 == 0)
                points.RemoveAll(point => at - point.At > keep);
        }

        foreach (var gone in _last.Except(seen))
            _series[gone].Add(new(at, double.NaN));
        _last = seen;
    }

    /// <summary>The newest value of each series that fits, not older than the staleness.</summary>
    public IEnumerable<Sample> At(IReadOnlyList<LabelMatcher> matchers, DateTimeOffset at)
    {
        foreach (var (labels, points) in _series)
        {
            if (Fits(labels, matchers) && Last(points, at) is { } point && at - point.At <= Staleness && !double.IsNaN(point.Value))
                yield return new(labels, point.Value);
        }
    }

    public IEnumerable<(SeriesLabels Labels, IReadOnlyList<Point> Points)> Range(IReadOnlyList<LabelMatcher> matchers, DateTimeOffset from, DateTimeOffset to)
    {
        foreach (var (labels, points) in _series)
        {
            if (!Fits(labels, matchers))
                continue;
            List<Point> within = [.. points.Where(point => point.At > from && point.At <= to && !double.IsNaN(point.Value))];
            if (within.Count > 0)
                yield return (labels, within);
        }
    }

    private static bool Fits(SeriesLabels labels, IReadOnlyList<LabelMatcher> matchers) => matchers.All(matcher => matcher.Fits(labels[matcher.Label]));

    private static Point? Last(List<Point> points, DateTimeOffset at)
    {
        for (var index = points.Count - 1; index >= 0; index--)
        {
            if (points[index].At <= at)
                return points[index];
        }

        return null;
    }
}

/// <param name="operator">=, !=, =~ or !~.</param>
internal sealed class LabelMatcher(string label, string @operator, string value)
{
    private readonly System.Text.RegularExpressions.Regex? _pattern = @operator.Contains('~', StringComparison.Ordinal)
        ? new($"^(?:{value})$", System.Text.RegularExpressions.RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(100))
        : null;

    public string Label => label;

    public bool Fits(string given) => @operator switch
    {
        "=" => given == value,
        "!=" => given != value,
        "=~" => _pattern!.IsMatch(given), // made for these operators
        _ => !_pattern!.IsMatch(given),
    };
}
