namespace Homelab.Engine.Forecasts;

/// <param name="Score">Robust deviations from the middle of the same time on earlier days; negative below.</param>
internal sealed record DayComparison(double Score, double Low, double High, bool IsAnomaly);

/// <param name="PerHour">Growth.</param>
internal sealed record Growth(double PerHour, double Total);

/// <param name="Hour">Of the week, from Monday 00:00 UTC.</param>
internal sealed record RecurringPattern(int Hour, double Typical, double Usual, int Weeks, string Direction)
{
    public DayOfWeek Day => (DayOfWeek)(((Hour / 24) + 1) % 7);

    public int HourOfDay => Hour % 24;
}

/// <summary>What is odd about a series that a forecast does not say. Pure; values five minutes apart unless said, what is missing is not a number.</summary>
internal static class Detectors
{
    private const int PerHour = 12;
    private const int PerDay = 24 * PerHour;
    private const double Sigmas = 3;

    /// <summary>The last value against the same time of day, half an hour to either side, on the seven days before.</summary>
    public static DayComparison? CompareWithDays(IReadOnlyList<double> values)
    {
        if (values.Count < (3 * PerDay) + PerHour || !double.IsFinite(values[^1]))
            return null;
        var all = values.Where(double.IsFinite).ToArray();
        var floor = Math.Max(1e-9, Math.Max(0.02 * Math.Abs(Robust.Median(all)), 0.05 * Robust.Spread(all)));
        var (last, low, high) = Score(values, values.Count - 1, floor);
        var (before, _, _) = Score(values, values.Count - 2, floor);

        // Two in a row: one odd scrape is none.
        return new(last, low, high, Math.Abs(last) > Sigmas && Math.Abs(before) > Sigmas && Math.Sign(last) == Math.Sign(before));
    }

    /// <summary>Steady growth of the last day: what leaks grows in nearly every two hours and does not come back.</summary>
    public static Growth? Leak(IReadOnlyList<double> values)
    {
        double[] day = [.. values.Skip(Math.Max(0, values.Count - PerDay)).Where(double.IsFinite)];
        if (day.Length < PerDay * 0.8)
            return null;
        double[] blocks = [.. Enumerable.Range(0, 12).Select(i => Robust.Median(day[(i * day.Length / 12)..((i + 1) * day.Length / 12)]))];
        var rises = Enumerable.Range(1, 11).Count(i => blocks[i] > blocks[i - 1]);
        var total = blocks[^1] - blocks[0];
        var largestFall = Enumerable.Range(1, 11).Max(i => blocks[i - 1] - blocks[i]);
        return rises >= 10 && total > 0.05 * Math.Abs(blocks[0]) && largestFall < 0.1 * total ? new(Robust.Slope(blocks) / 2, total) : null;
    }

    /// <summary>The last day against the week before it: by how much the middle grew, as a part.</summary>
    public static double? Degradation(IReadOnlyList<double> values)
    {
        double[] day = [.. values.Skip(Math.Max(0, values.Count - PerDay)).Where(double.IsFinite)];
        double[] week = [.. values.Take(Math.Max(0, values.Count - PerDay)).Where(double.IsFinite)];
        if (day.Length < PerDay / 2 || week.Length < 3 * PerDay || Robust.Median(week) <= 0)
            return null;

        // More than chance: the day lies above what the week's days differ among themselves.
        var before = Enumerable.Range(0, week.Length / PerDay).Select(i => Robust.Median(week[(i * PerDay)..((i + 1) * PerDay)])).ToArray();
        var grown = (Robust.Median(day) / Robust.Median(week)) - 1;
        return Robust.Median(day) > before.Max() ? grown : Math.Min(grown, 0);
    }

    /// <summary>Hours of the week that stand out in nearly every week.</summary>
    /// <param name="hourly">One an hour, over three weeks or more.</param>
    public static IReadOnlyList<RecurringPattern> Recurring(IReadOnlyList<double> hourly, DateTimeOffset end)
    {
        const int Week = 168;
        if (hourly.Count < 3 * Week)
            return [];
        var y = Forecaster.Filled(hourly);
        if (y is null || y.Length < 3 * Week)
            return [];

        // Against the day around it, so that a trend is no pattern.
        var rest = new double[y.Length];
        for (var i = 0; i < y.Length; i++)
        {
            var (from, to) = (Math.Max(0, i - 12), Math.Min(y.Length, i + 13));
            rest[i] = y[i] - Robust.Median(y[from..to]);
        }

        var spread = Math.Max(Robust.Spread(rest), 0.01 * Math.Max(1e-9, Robust.Median(y.Select(Math.Abs))));
        List<RecurringPattern> found = [];
        for (var hour = 0; hour < Week; hour++)
        {
            int[] at = [.. Enumerable.Range(0, y.Length).Where(i => SeriesModel.HourOfWeek(end.AddHours(i - (y.Length - 1))) == hour)];
            foreach (var sign in new[] { 1, -1 })
            {
                var out_ = at.Count(i => sign * rest[i] > Sigmas * spread);
                if (at.Length >= 3 && out_ >= Math.Ceiling(0.75 * at.Length))
                    found.Add(new(hour, Robust.Median(at.Select(i => y[i])), Robust.Median(at.Select(i => y[i] - rest[i])), out_, sign > 0 ? "higher" : "lower"));
            }
        }

        return found;
    }

    private static (double Score, double Low, double High) Score(IReadOnlyList<double> values, int at, double floor)
    {
        List<double> same = [];
        for (var day = 1; day <= 7; day++)
        {
            for (var i = at - (day * PerDay) - (PerHour / 2); i <= at - (day * PerDay) + (PerHour / 2); i++)
            {
                if (i >= 0 && double.IsFinite(values[i]))
                    same.Add(values[i]);
            }
        }

        if (same.Count < 3 * PerHour || !double.IsFinite(values[at]))
            return (0, double.NaN, double.NaN);
        var (median, spread) = (Robust.Median(same), Math.Max(Robust.Spread(same), floor));
        return ((values[at] - median) / spread, median - (Sigmas * spread), median + (Sigmas * spread));
    }
}
