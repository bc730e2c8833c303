namespace Homelab.Engine.Forecasts;

/// <summary>
/// What is learned of an hourly series: where it stands, a robust trend, a day and a week that repeat, and how long a deviation lasts. Pure; the same settings for every series.
/// </summary>
internal sealed class SeriesModel
{
    private const int Day = 24;
    private const int Week = 168;

    /// <summary>Less is no history to forecast from.</summary>
    public const int LeastHours = 2 * Day;

    private readonly DateTimeOffset _end;
    private readonly double _level;
    private readonly double _deviation;
    private readonly double _persistence;
    private readonly double[] _day;
    private readonly double[] _week;

    private SeriesModel(DateTimeOffset end, double level, double slope, double deviation, double persistence, double[] day, double[] week) =>
        (_end, _level, Slope, _deviation, _persistence, _day, _week) = (end, level, slope, deviation, persistence, day, week);

    /// <summary>An hour.</summary>
    public double Slope { get; }

    /// <summary>"", "day", "week" or "day and week".</summary>
    public string Season => (_day.Length, _week.Length) switch { ( > 0, > 0) => "day and week", ( > 0, _) => "day", (_, > 0) => "week", _ => "" };

    /// <param name="values">One an hour, oldest first, without gaps.</param>
    /// <param name="end">Time of the last.</param>
    public static SeriesModel Fit(IReadOnlyList<double> values, DateTimeOffset end)
    {
        var from = LastShift(values);
        double[] y = [.. values.Skip(from)];
        var n = y.Length;
        var slope = Trend(y);

        // Relative to the line through the end: "level" is where the line is now.
        var rest = new double[n];
        for (var i = 0; i < n; i++)
            rest[i] = y[i] - (slope * (i - (n - 1)));
        var centre = Robust.Median(rest);
        double[] day = n >= 3 * Day ? Repeating(rest, centre, end, Day) : [];
        Subtract(rest, day, end);
        double[] week = n >= 2 * Week ? Repeating(rest, centre, end, Week) : [];
        Subtract(rest, week, end);
        var recent = rest[^Math.Min(n, Day)..];
        var level = Robust.Median(recent);
        double[] deviations = [.. rest.Select(value => value - centre)];
        return new(end, level, slope, rest[^1] - level, Robust.Persistence(deviations), day, week);
    }

    /// <summary>The expected value so many hours after the end.</summary>
    public double At(double hours)
    {
        var at = _end.AddHours(hours);
        return _level + (Slope * hours) + (_deviation * Math.Pow(_persistence, hours)) + (_day.Length > 0 ? _day[at.Hour] : 0) + (_week.Length > 0 ? _week[HourOfWeek(at)] : 0);
    }

    public static int HourOfWeek(DateTimeOffset at) => ((((int)at.DayOfWeek + 6) % 7) * Day) + at.Hour;

    /// <summary>After a cleanup or a resize only what came since tells of the future.</summary>
    private static int LastShift(IReadOnlyList<double> y)
    {
        var range = Robust.Quantile(y, 0.95) - Robust.Quantile(y, 0.05);
        if (range <= 0)
            return 0;
        double[] steps = [.. Enumerable.Range(1, y.Count - 1).Select(i => y[i] - y[i - 1])];
        var usual = Math.Max(Robust.Spread(steps), 0.005 * range);
        for (var i = y.Count - LeastHours; i >= Day; i--)
        {
            if (Math.Abs(steps[i - 1]) < Math.Max(12 * usual, 0.15 * range))
                continue;

            // A night's backup jumps as well, and back: only what stays a day later is a shift.
            var before = Robust.Median(Enumerable.Range(i - Day, Day).Select(j => y[j]));
            var after = Robust.Median(Enumerable.Range(i, Day).Select(j => y[j]));
            if (Math.Abs(after - before) > 0.5 * Math.Abs(steps[i - 1]))
                return i;
        }

        return 0;
    }

    /// <summary>Of whole days counted back from the end, so that a day's shape does not look like a trend.</summary>
    private static double Trend(double[] y)
    {
        var days = y.Length / Day;
        if (days < 3)
            return Robust.Slope(y) is var hourly && y.Length >= LeastHours ? hourly : 0;
        double[] daily = [.. Enumerable.Range(0, days).Select(day => y[(y.Length - ((days - day) * Day))..(y.Length - ((days - day - 1) * Day))].Average())];
        return Robust.Slope(daily) / Day;
    }

    private static double[] Repeating(double[] rest, double centre, DateTimeOffset end, int length)
    {
        var buckets = new List<double>[length];
        for (var i = 0; i < rest.Length; i++)
            (buckets[Bucket(end.AddHours(i - (rest.Length - 1)), length)] ??= []).Add(rest[i] - centre);

        // Drawn towards nothing where few cycles were seen: a median of two is mostly chance.
        double[] shape = [.. buckets.Select(bucket => bucket is null ? 0 : Robust.Median(bucket) * bucket.Count / (bucket.Count + 1.0))];
        var mean = shape.Average();
        for (var i = 0; i < length; i++)
            shape[i] -= mean;
        var without = rest.Average(value => Math.Abs(value - centre));
        var with = rest.Select((value, i) => Math.Abs(value - centre - shape[Bucket(end.AddHours(i - (rest.Length - 1)), length)])).Average();

        // A shape always fits what it was made from a little; more cycles, less so.
        var cycles = (double)rest.Length / length;
        return with < without * (1 - (0.9 / cycles)) && with < 0.9 * without ? shape : [];
    }

    private static void Subtract(double[] rest, double[] shape, DateTimeOffset end)
    {
        for (var i = 0; shape.Length > 0 && i < rest.Length; i++)
            rest[i] -= shape[Bucket(end.AddHours(i - (rest.Length - 1)), shape.Length)];
    }

    private static int Bucket(DateTimeOffset at, int length) => length == Day ? at.Hour : HourOfWeek(at);
}
