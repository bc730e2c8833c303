namespace Homelab.Engine.Lab.Metrics;

/// <summary>What an expression answers at one moment.</summary>
internal abstract record PromValue
{
    private PromValue()
    {
    }

    public sealed record Scalar(double Value) : PromValue;

    public sealed record Vector(IReadOnlyList<Sample> Samples) : PromValue;

    public sealed record Matrix(IReadOnlyList<(SeriesLabels Labels, IReadOnlyList<Point> Points)> Series) : PromValue;
}

/// <summary>Evaluates PromQL over a store at one moment. What it does not know it refuses, so that an expression never silently means something else.</summary>
internal sealed class PromEvaluator(SeriesStore store, DateTimeOffset at)
{
    public PromValue Evaluate(PromNode node) => node switch
    {
        PromNode.Number number => new PromValue.Scalar(number.Value),
        PromNode.Selector { Range: null } selector => new PromValue.Vector([.. store.At(selector.Matchers, at - selector.Offset)]),
        PromNode.Selector { Range: { } range } selector => new PromValue.Matrix([.. store.Range(selector.Matchers, at - selector.Offset - range, at - selector.Offset)]),
        PromNode.Subquery subquery => Steps(subquery),
        PromNode.Negative negative => Map(Evaluate(negative.Of), value => -value),
        PromNode.Call call => Call(call),
        PromNode.Aggregate aggregate => Aggregate(aggregate),
        PromNode.Binary binary => PromOperators.Apply(binary, Evaluate(binary.Left), Evaluate(binary.Right)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public IReadOnlyList<Sample> Vector(PromNode node) => Evaluate(node) switch
    {
        PromValue.Vector vector => vector.Samples,
        PromValue.Scalar scalar => [new(SeriesLabels.None, scalar.Value)],
        _ => throw new PromException("a range vector is no alert; use a function over it"),
    };

    /// <summary>At whole multiples of the step, as Prometheus does.</summary>
    private PromValue.Matrix Steps(PromNode.Subquery subquery)
    {
        Dictionary<SeriesLabels, List<Point>> series = [];
        var moment = new DateTimeOffset((((at - subquery.Range).UtcTicks / subquery.Step.Ticks) + 1) * subquery.Step.Ticks, TimeSpan.Zero);
        for (; moment <= at; moment += subquery.Step)
        {
            foreach (var sample in new PromEvaluator(store, moment).Vector(subquery.Of))
            {
                if (!series.TryGetValue(sample.Labels, out var points))
                    series[sample.Labels] = points = [];
                points.Add(new Point(moment, sample.Value));
            }
        }

        return new([.. series.Select(one => (one.Key, (IReadOnlyList<Point>)one.Value))]);
    }

    private PromValue Call(PromNode.Call call)
    {
        double Number(int index) => Evaluate(call.Arguments[index]) is PromValue.Scalar scalar ? scalar.Value : throw new PromException($"{call.Function}: argument {index + 1} is not a number");
        PromValue Of(Func<double, double> map) => Map(Evaluate(call.Arguments[0]), map);
        PromValue Over(Func<IReadOnlyList<Point>, double?> fold, int argument = 0) => Evaluate(call.Arguments[argument]) is PromValue.Matrix matrix
            ? new PromValue.Vector([.. matrix.Series.Select(series => (series.Labels, Value: fold(series.Points))).Where(one => one.Value is not null)
                .Select(one => new Sample(one.Labels.Drop(SeriesLabels.Name), one.Value!.Value))])
            : throw new PromException($"{call.Function} takes a range, such as name[5m]");

        return call.Function switch
        {
            "time" => new PromValue.Scalar(at.ToUnixTimeMilliseconds() / 1000.0),
            "vector" => new PromValue.Vector([new(SeriesLabels.None, Number(0))]),
            "scalar" => new PromValue.Scalar(Evaluate(call.Arguments[0]) is PromValue.Vector { Samples: [var only] } ? only.Value : double.NaN),
            "absent" => Evaluate(call.Arguments[0]) is PromValue.Vector { Samples.Count: 0 } ? new PromValue.Vector([new(SeriesLabels.None, 1)]) : new PromValue.Vector([]),
            "abs" => Of(Math.Abs),
            "ceil" => Of(Math.Ceiling),
            "floor" => Of(Math.Floor),
            "round" => call.Arguments.Count > 1 ? Of(value => Math.Round(value / Number(1)) * Number(1)) : Of(Math.Round),
            "clamp_min" => Of(value => Math.Max(value, Number(1))),
            "clamp_max" => Of(value => Math.Min(value, Number(1))),
            "timestamp" => Of(_ => at.ToUnixTimeSeconds()),
            "rate" => Over(points => Increase(points) / Seconds(points)),
            "irate" => Over(points => points.Count < 2 ? null : Increase([.. points.TakeLast(2)]) / Seconds([.. points.TakeLast(2)])),
            "increase" => Over(points => Increase(points)),
            "delta" => Over(points => points.Count < 2 ? null : points[^1].Value - points[0].Value),
            "changes" => Over(points => points.Zip(points.Skip(1)).Count(pair => pair.First.Value != pair.Second.Value)),
            "resets" => Over(points => points.Zip(points.Skip(1)).Count(pair => pair.Second.Value < pair.First.Value)),
            "deriv" => Over(points => Line(points)?.Slope),
            "predict_linear" => Over(points => Line(points) is { } line ? line.At(at.ToUnixTimeMilliseconds() / 1000.0) + (line.Slope * Number(1)) : null),
            "avg_over_time" => Over(points => points.Average(point => point.Value)),
            "min_over_time" => Over(points => points.Min(point => point.Value)),
            "max_over_time" => Over(points => points.Max(point => point.Value)),
            "sum_over_time" => Over(points => points.Sum(point => point.Value)),
            "count_over_time" => Over(points => points.Count),
            "last_over_time" => Over(points => points[^1].Value),
            "quantile_over_time" => Over(points => Quantile(Number(0), [.. points.Select(point => point.Value)]), argument: 1),
            "stddev_over_time" => Over(points => StandardDeviation([.. points.Select(point => point.Value)])),
            _ => throw new PromException($"the lab does not know the function {call.Function}"),
        };
    }

    private PromValue.Vector Aggregate(PromNode.Aggregate aggregate)
    {
        var samples = Evaluate(aggregate.Of) is PromValue.Vector vector ? vector.Samples : throw new PromException($"{aggregate.Function} takes a vector");
        SeriesLabels Group(Sample sample) => aggregate.Without ? sample.Labels.Drop([SeriesLabels.Name, .. aggregate.Labels]) : sample.Labels.Keep(aggregate.Labels);
        var groups = samples.GroupBy(Group);
        if (aggregate.Function is "topk" or "bottomk")
        {
            var count = aggregate.Parameter is { } parameter && Evaluate(parameter) is PromValue.Scalar scalar ? (int)scalar.Value : throw new PromException($"{aggregate.Function} takes how many");
            return new([.. groups.SelectMany(group => (aggregate.Function == "topk" ? group.OrderByDescending(sample => sample.Value) : group.OrderBy(sample => sample.Value)).Take(count))]);
        }

        return new([.. groups.Select(group => new Sample(group.Key, aggregate.Function switch
        {
            "sum" => group.Sum(sample => sample.Value),
            "avg" => group.Average(sample => sample.Value),
            "min" => group.Min(sample => sample.Value),
            "max" => group.Max(sample => sample.Value),
            "count" => group.Count(),
            "group" => 1,
            _ => Quantile(aggregate.Parameter is { } given && Evaluate(given) is PromValue.Scalar part ? part.Value : 0.5, [.. group.Select(sample => sample.Value)]),
        }))]);
    }

    private static PromValue Map(PromValue value, Func<double, double> map) => value switch
    {
        PromValue.Scalar scalar => new PromValue.Scalar(map(scalar.Value)),
        PromValue.Vector vector => new PromValue.Vector([.. vector.Samples.Select(sample => new Sample(sample.Labels.Drop(SeriesLabels.Name), map(sample.Value)))]),
        _ => throw new PromException("a range vector has no single value"),
    };

    /// <summary>Of a counter, which falls only when it begins anew.</summary>
    private static double? Increase(IReadOnlyList<Point> points) =>
        points.Count < 2 ? null : points.Zip(points.Skip(1)).Sum(pair => pair.Second.Value >= pair.First.Value ? pair.Second.Value - pair.First.Value : pair.Second.Value);

    private static double Seconds(IReadOnlyList<Point> points) => points.Count < 2 ? 1 : Math.Max(0.001, (points[^1].At - points[0].At).TotalSeconds);

    private static double StandardDeviation(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static double Quantile(double part, IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        var place = Math.Clamp(part, 0, 1) * (sorted.Length - 1);
        var low = (int)Math.Floor(place);
        return sorted[low] + ((sorted[Math.Min(low + 1, sorted.Length - 1)] - sorted[low]) * (place - low));
    }

    private static Fit? Line(IReadOnlyList<Point> points)
    {
        if (points.Count < 2)
            return null;
        var x = points.Select(point => point.At.ToUnixTimeMilliseconds() / 1000.0).ToList();
        var (meanX, meanY) = (x.Average(), points.Average(point => point.Value));
        var spread = x.Sum(one => (one - meanX) * (one - meanX));
        var slope = spread == 0 ? 0 : x.Zip(points, (one, point) => (one - meanX) * (point.Value - meanY)).Sum() / spread;
        return new(slope, meanX, meanY);
    }

    private sealed record Fit(double Slope, double MeanX, double MeanY)
    {
        public double At(double x) => MeanY + (Slope * (x - MeanX));
    }
}

/// <summary>Operators between numbers and vectors.</summary>
internal static class PromOperators
{
    public static PromValue Apply(PromNode.Binary node, PromValue left, PromValue right) => (left, right) switch
    {
        (PromValue.Scalar a, PromValue.Scalar b) => new PromValue.Scalar(IsComparison(node.Operator) ? Holds(node.Operator, a.Value, b.Value) ? 1 : 0 : Number(node.Operator, a.Value, b.Value)),
        (PromValue.Vector a, PromValue.Scalar b) => new PromValue.Vector([.. a.Samples.SelectMany(sample => One(node, sample, sample.Value, b.Value, sample.Value))]),
        (PromValue.Scalar a, PromValue.Vector b) => new PromValue.Vector([.. b.Samples.SelectMany(sample => One(node, sample, a.Value, sample.Value, sample.Value))]),
        (PromValue.Vector a, PromValue.Vector b) => Vectors(node, a.Samples, b.Samples),
        _ => throw new PromException($"'{node.Operator}' does not take a range"),
    };

    private static PromValue.Vector Vectors(PromNode.Binary node, IReadOnlyList<Sample> left, IReadOnlyList<Sample> right)
    {
        SeriesLabels Key(Sample sample) => node.On is null ? sample.Labels.Drop(SeriesLabels.Name) : node.Ignoring ? sample.Labels.Drop([SeriesLabels.Name, .. node.On]) : sample.Labels.Keep(node.On);
        var others = right.ToLookup(Key);
        return node.Operator switch
        {
            "and" => new([.. left.Where(sample => others.Contains(Key(sample)))]),
            "unless" => new([.. left.Where(sample => !others.Contains(Key(sample)))]),
            "or" => new([.. left, .. right.Where(sample => !left.Select(Key).Contains(Key(sample)))]),
            _ => new([.. left.SelectMany(sample => others[Key(sample)].Take(1).SelectMany(other => One(node, sample, sample.Value, other.Value, sample.Value)))]),
        };
    }

    private static IEnumerable<Sample> One(PromNode.Binary node, Sample sample, double a, double b, double kept)
    {
        if (!IsComparison(node.Operator))
            return [new(sample.Labels.Drop(SeriesLabels.Name), Number(node.Operator, a, b))];
        var holds = Holds(node.Operator, a, b);
        if (node.ReturnsBool)
            return [new(sample.Labels.Drop(SeriesLabels.Name), holds ? 1 : 0)];
        return holds ? [new(sample.Labels, kept)] : [];
    }

    private static bool IsComparison(string op) => op is "==" or "!=" or "<" or ">" or "<=" or ">=";

    private static bool Holds(string op, double a, double b) => op switch
    {
        "==" => a == b,
        "!=" => a != b,
        "<" => a < b,
        ">" => a > b,
        "<=" => a <= b,
        _ => a >= b,
    };

    private static double Number(string op, double a, double b) => op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        "^" => Math.Pow(a, b),
        _ => throw new PromException($"'{op}' needs vectors on both sides"),
    };
}
