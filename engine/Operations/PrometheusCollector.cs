using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Homelab.Engine.Operations;

/// <summary>Keeps the last state of every instrument of this process' meters and writes it in Prometheus' text format (version 0.0.4).</summary>
/// <remarks>Safe for concurrent use. Listens to meters of the given factory, which ASP.NET's own are, and to the runtime's.</remarks>
internal sealed class PrometheusCollector : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>A label that takes ever new values must not grow memory without end: further series of an instrument are counted together under "other".</summary>
    private const int MaxSeries = 2000;

    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<Instrument, Family> _families = new();
    private readonly MeterListener _listener = new();

    public PrometheusCollector(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) || instrument.Meter.Name == "System.Runtime")
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, static created => new Family(created)));
        };
        _listener.SetMeasurementEventCallback<byte>(Record);
        _listener.SetMeasurementEventCallback<short>(Record);
        _listener.SetMeasurementEventCallback<int>(Record);
        _listener.SetMeasurementEventCallback<long>(Record);
        _listener.SetMeasurementEventCallback<float>(Record);
        _listener.SetMeasurementEventCallback<double>(Record);
        _listener.SetMeasurementEventCallback<decimal>(Record);
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _families.Values.GroupBy(family => family.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
            family.First().Write(text);
        return text.ToString();
    }

    private static void Record<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        where T : struct => ((Family)state!).Record(Convert.ToDouble(value, CultureInfo.InvariantCulture), tags);

    private enum Kind
    {
        Counter,
        Gauge,
        Histogram,
    }

    /// <summary>One instrument: its series by label set.</summary>
    private sealed class Family
    {
        private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

        // Every request and step is measured several times with the same few tags: their text is made once.
        private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Series> _known = new(TagComparer.Instance);
        private readonly Kind _kind;
        private readonly bool _adds;
        private readonly string _help;
        private readonly double[] _bounds;

        public Family(Instrument instrument)
        {
            var type = instrument.GetType().Name;
            _adds = !instrument.IsObservable && !type.StartsWith("Gauge", StringComparison.Ordinal);
            _kind = type.StartsWith("Counter", StringComparison.Ordinal) || type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? Kind.Counter
                : type.StartsWith("Histogram", StringComparison.Ordinal) ? Kind.Histogram
                : Kind.Gauge;
            _help = string.IsNullOrEmpty(instrument.Description) ? instrument.Name : instrument.Description;
            _bounds = instrument switch
            {
                Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } advised } => [.. advised],
                Histogram<long> { Advice.HistogramBucketBoundaries: { Count: > 0 } advised } => [.. advised.Select(bound => (double)bound)],
                Histogram<int> { Advice.HistogramBucketBoundaries: { Count: > 0 } advised } => [.. advised.Select(bound => (double)bound)],
                _ => DefaultBounds,
            };
            Name = NameOf(instrument);
        }

        public string Name { get; }

        public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (!_known.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(tags, out var series))
                series = Find(tags);
            lock (series)
            {
                series.Count++;
                // An observed instrument and a gauge say where they stand; a counter, an up-down counter and a histogram say what comes on top.
                series.Sum = _adds ? series.Sum + value : value;
                if (_kind == Kind.Histogram && Array.FindIndex(_bounds, bound => value <= bound) is >= 0 and var bucket)
                    series.Buckets[bucket]++;
            }
        }

        private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = Labels(tags);
            if (!_series.TryGetValue(labels, out var series))
                series = _series.GetOrAdd(_series.Count < MaxSeries ? labels : "series=\"other\"", _ => new Series(_kind == Kind.Histogram ? _bounds.Length : 0));
            if (_known.Count < MaxSeries)
                _known[tags.ToArray()] = series;
            return series;
        }

        public void Write(StringBuilder text)
        {
            if (_series.IsEmpty)
                return;
            text.Append("# HELP ").Append(Name).Append(' ').Append(_help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
            text.Append("# TYPE ").Append(Name).Append(' ').Append(_kind switch { Kind.Counter => "counter", Kind.Histogram => "histogram", _ => "gauge" }).Append('\n');
            foreach (var (labels, series) in _series.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                lock (series)
                {
                    if (_kind == Kind.Histogram)
                        WriteHistogram(text, labels, series);
                    else
                        Sample(text, Name, labels, series.Sum);
                }
            }
        }

        private void WriteHistogram(StringBuilder text, string labels, Series series)
        {
            var below = 0L;
            for (var index = 0; index < _bounds.Length; index++)
            {
                below += series.Buckets[index];
                Sample(text, Name + "_bucket", Join(labels, $"le=\"{Number(_bounds[index])}\""), below);
            }

            Sample(text, Name + "_bucket", Join(labels, "le=\"+Inf\""), series.Count);
            Sample(text, Name + "_sum", labels, series.Sum);
            Sample(text, Name + "_count", labels, series.Count);
        }

        private static string Join(string labels, string last) => labels.Length == 0 ? last : labels + "," + last;

        private static void Sample(StringBuilder text, string name, string labels, double value)
        {
            text.Append(name);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(Number(value)).Append('\n');
        }

        private static string Number(double value) => value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            double.NaN => "NaN",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        };

        private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Length == 0)
                return "";
            var sorted = tags.ToArray();
            Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
            return string.Join(',', sorted.Select(tag =>
                $"{Plain(tag.Key)}=\"{Convert.ToString(tag.Value, CultureInfo.InvariantCulture)?.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\""));
        }

        private string NameOf(Instrument instrument)
        {
            var name = Plain(instrument.Name);
            var unit = instrument.Unit switch
            {
                "s" => "_seconds",
                "ms" => "_milliseconds",
                "By" => "_bytes",
                "%" => "_percent",
                _ => "",
            };
            if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal))
                name += unit;
            return _kind switch
            {
                Kind.Counter when !name.EndsWith("_total", StringComparison.Ordinal) => name + "_total",
                // The format keeps "_count" for histograms; the runtime names some of its gauges so.
                Kind.Gauge when name.EndsWith("_count", StringComparison.Ordinal) => name[..^"_count".Length] + "_number",
                _ => name,
            };
        }

        private static string Plain(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
    }

    /// <summary>Equal where the tags are, in the same order.</summary>
    private sealed class TagComparer : IEqualityComparer<KeyValuePair<string, object?>[]>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static TagComparer Instance { get; } = new();

        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => x is not null && y is not null && Equals(x.AsSpan(), y);

        public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
        {
            if (alternate.Length != other.Length)
                return false;
            for (var index = 0; index < other.Length; index++)
            {
                if (alternate[index].Key != other[index].Key || !object.Equals(alternate[index].Value, other[index].Value))
                    return false;
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = new HashCode();
            foreach (var (_, value) in alternate)
                hash.Add(value);
            return hash.ToHashCode();
        }
    }

    private sealed class Series(int buckets)
    {
        public long Count { get; set; }

        public double Sum { get; set; }

        public long[] Buckets { get; } = new long[buckets];
    }
}
