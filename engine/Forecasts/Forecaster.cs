namespace Homelab.Engine.Forecasts;

/// <param name="Hours">From now.</param>
internal sealed record ForecastPoint(int Hours, double Value, double Low, double High);

/// <summary>A forecast of one series.</summary>
internal sealed record SeriesForecast
{
    public required double Value { get; init; }

    public required double SlopePerDay { get; init; }

    public required string Season { get; init; }

    /// <summary>How much smaller its errors were than those of "it stays as it is", tried on the history: 1 is perfect, 0 no better.</summary>
    public required double Skill { get; init; }

    /// <summary>At 24 hours, 7 days and 30 days.</summary>
    public required IReadOnlyList<ForecastPoint> Horizons { get; init; }

    /// <summary>Every six hours for 30 days.</summary>
    public required IReadOnlyList<ForecastPoint> Curve { get; init; }

    /// <summary>Hours until the limit is reached within 30 days: expected, at the earliest and at the latest.</summary>
    public double? Reaches { get; init; }

    public double? Earliest { get; init; }

    public double? Latest { get; init; }

    /// <summary>That the limit is reached within a day.</summary>
    public double Probability24 { get; init; }
}

/// <summary>Forecasts with intervals that are measured, not assumed: the model is tried on the past of the same series first. Pure.</summary>
internal static class Forecaster
{
    public const int Day = 24;
    public const int Month = 30 * Day;
    private const double Coverage = 0.8;

    /// <summary>Deviations that hold 80 % of a normal distribution.</summary>
    private const double CoverageDeviations = 1.2816;

    private static readonly int[] Tried = [6, 24, 168];

    /// <param name="values">One an hour, oldest first; what is missing is not a number.</param>
    /// <param name="limit">What must not be reached; null where there is none.</param>
    /// <returns>Null when there is too little history.</returns>
    public static SeriesForecast? Make(IReadOnlyList<double> values, DateTimeOffset end, double? limit)
    {
        if (Filled(values) is not { } y)
            return null;
        var errors = Try(y, end);
        var model = SeriesModel.Fit(y, end);
        var spread = Spreads(y, errors);
        var upward = limit is { } bound && y[^1] <= bound;
        ForecastPoint Point(int hours)
        {
            var value = model.At(hours);
            var half = spread(hours);
            return new(hours, value, value - half, value + half);
        }

        var (reaches, earliest, latest) = (First(point => point.Value >= limit), First(point => point.High >= limit), First(point => point.Low >= limit));
        double? First(Func<ForecastPoint, bool> over) => upward && Enumerable.Range(1, Month).Select(Point).FirstOrDefault(over) is { } point ? point.Hours : null;
        var peak = Enumerable.Range(1, Day).Select(Point).MaxBy(point => point.Value)!;
        return new()
        {
            Value = y[^1],
            SlopePerDay = model.Slope * Day,
            Season = model.Season,
            Skill = SkillOf(errors),
            Horizons = [Point(Day), Point(7 * Day), Point(Month)],
            Curve = [.. Enumerable.Range(1, Month / 6).Select(i => Point(6 * i))],
            Reaches = reaches,
            Earliest = earliest,
            Latest = latest,
            Probability24 = limit is not { } top ? 0 : y[^1] >= top ? 1 : Robust.Above((top - peak.Value) / Math.Max(1e-9, spread(Day) / CoverageDeviations)),
        };
    }

    /// <summary>Without gaps; null when most of it, or its end, is missing.</summary>
    internal static double[]? Filled(IReadOnlyList<double> values)
    {
        var first = Enumerable.Range(0, values.Count).FirstOrDefault(i => double.IsFinite(values[i]), values.Count);
        double[] y = [.. values.Skip(first)];
        if (y.Length < SeriesModel.LeastHours || y.Count(double.IsFinite) < 0.6 * y.Length || !y[^Math.Min(6, y.Length)..].Any(double.IsFinite))
            return null;
        var known = 0;
        for (var i = 1; i < y.Length; i++)
        {
            if (!double.IsFinite(y[i]))
                continue;
            for (var gap = known + 1; gap < i; gap++)
                y[gap] = y[known] + ((y[i] - y[known]) * (gap - known) / (i - known));
            known = i;
        }

        for (var i = known + 1; i < y.Length; i++)
            y[i] = y[known];
        return y;
    }

    /// <summary>Forecasts made from the past as it was at up to sixteen moments, with what came.</summary>
    private static Dictionary<int, List<(double Model, double Naive)>> Try(double[] y, DateTimeOffset end)
    {
        var errors = Tried.ToDictionary(hours => hours, _ => new List<(double, double)>());
        var first = Math.Max(SeriesModel.LeastHours, y.Length / 3);
        var step = Math.Max(5, (y.Length - first - Tried[0]) / 16);

        // Not a multiple of a day, so that every hour of the day is tried.
        if (step % Day == 0)
            step++;
        for (var at = y.Length - Tried[0]; at >= first; at -= step)
        {
            var model = SeriesModel.Fit(y[..at], end.AddHours(at - y.Length));
            foreach (var hours in Tried.Where(hours => at - 1 + hours < y.Length))
                errors[hours].Add((Math.Abs(model.At(hours) - y[at - 1 + hours]), Math.Abs(y[at - 1] - y[at - 1 + hours])));
        }

        return errors;
    }

    private static double SkillOf(Dictionary<int, List<(double Model, double Naive)>> errors)
    {
        // The worse of a day and a week ahead: a plan is made for longer than a day.
        double[] skills = [.. errors.Where(pair => pair.Key >= Day && pair.Value.Count >= 3).Select(pair =>
            pair.Value.Average(error => error.Naive) is > 1e-9 and var naive ? 1 - (pair.Value.Average(error => error.Model) / naive) : 0)];
        return skills.Length == 0 ? 0 : Math.Clamp(skills.Min(), -1, 1);
    }

    /// <summary>Half the interval by horizon: as large as the errors in the past were, growing with the root of time between and beyond.</summary>
    private static Func<double, double> Spreads(double[] y, Dictionary<int, List<(double Model, double Naive)>> errors)
    {
        var floor = Math.Max(1e-9, 0.002 * y.Max(Math.Abs));
        (double Hours, double Half)[] known = [.. errors.Where(pair => pair.Value.Count >= 3).Select(pair => ((double)pair.Key, Math.Max(floor, Robust.Quantile(pair.Value.Select(error => error.Model), Coverage))))];
        if (known.Length == 0)
            known = [(Day, Math.Max(floor, 2 * Robust.Spread(y)))];

        // Further ahead is never surer.
        for (var i = 1; i < known.Length; i++)
            known[i].Half = Math.Max(known[i].Half, known[i - 1].Half);
        return hours =>
        {
            var above = Array.FindIndex(known, pair => pair.Hours >= hours);
            if (above < 0)
                return known[^1].Half * Math.Sqrt(hours / known[^1].Hours);
            if (above == 0)
                return known[0].Half * Math.Sqrt(Math.Max(0.2, hours / known[0].Hours));
            var part = (hours - known[above - 1].Hours) / (known[above].Hours - known[above - 1].Hours);
            return known[above - 1].Half + (part * (known[above].Half - known[above - 1].Half));
        };
    }
}
