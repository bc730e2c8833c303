using Homelab.Engine.Controls;

namespace Homelab.Engine.Forecasts;

/// <summary>How large, and when. Pure.</summary>
internal static class Sizing
{
    private const double Mebibyte = 1 << 20;
    private const double LeastMemory = 64 * Mebibyte;

    /// <summary>The size at which the highest point ahead, with its interval, is at the target part of the limit; in steps that people would choose.</summary>
    /// <param name="size">The limit now, in bytes or processors.</param>
    /// <param name="peakPercent">The highest point expected, of the limit now.</param>
    public static double Raise(string resource, double size, double peakPercent, double targetPercent) =>
        Rounded(resource, Math.Max(size * 1.1, size * Math.Min(peakPercent, 400) / targetPercent));

    /// <summary>So many that each is at the target part at the highest point: they share the load evenly.</summary>
    public static double Replicas(double count, double peakPercent, double targetPercent) => Math.Max(count + 1, Math.Ceiling(count * Math.Min(peakPercent, 400) / targetPercent));

    /// <summary>Whether one less is enough: the others take its load over and stay at the target part at the highest point.</summary>
    /// <param name="peakPercent">The highest point of all together, of what one of them has.</param>
    public static bool IsOneTooMany(double count, double peakPercent, double targetPercent) => count > 1 && peakPercent <= (count - 1) * targetPercent;

    /// <summary>What is used afterwards of a limit that was made larger must not be above this, in percent: the target, or half of the way there where the target is out of reach.</summary>
    public static double HelpedBelow(double usedPercent, double from, double to, double targetPercent) => Math.Max(targetPercent, usedPercent * (1 + (from / to)) / 2);

    /// <summary>Null where it is not worth it: less than a quarter smaller.</summary>
    public static double? Lower(string resource, double size, double peakPercent, double targetPercent)
    {
        var wanted = Rounded(resource, Math.Max(resource == "processors" ? 0.1 : LeastMemory, size * peakPercent / targetPercent));
        return wanted <= 0.75 * size ? wanted : null;
    }

    /// <summary>The hour with the least use, by the same hours of the weeks before, in which it is allowed and which still is in time.</summary>
    /// <param name="history">One an hour, the last at <paramref name="end"/>.</param>
    public static DateTimeOffset Quietest(IReadOnlyList<double?> history, DateTimeOffset end, DateTimeOffset now, DateTimeOffset? deadline, IReadOnlyList<WeeklyWindow> windows, TimeZoneInfo zone)
    {
        var last = now.AddDays(7);

        // Half of what is left: late enough to choose, early enough to be done again.
        if (deadline is { } limit && now + ((limit - now) / 2) < last)
            last = now + ((limit - now) / 2);
        var byHour = new List<double>[168];
        for (var i = 0; i < history.Count; i++)
        {
            if (history[i] is { } value)
                (byHour[SeriesModel.HourOfWeek(end.AddHours(i - (history.Count - 1)))] ??= []).Add(value);
        }

        var first = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        var hours = Enumerable.Range(0, (int)Math.Max(1, (last - first).TotalHours + 1)).Select(i => i == 0 ? now : first.AddHours(i)).ToArray();
        var open = windows.Count == 0 ? hours : [.. hours.Where(hour => windows.Any(window => window.IsOpen(hour, zone)))];

        // Nothing is open in time: now, and the gate asks a person, for it is outside of the window.
        return open.Length == 0 ? now : open.MinBy(hour => byHour[SeriesModel.HourOfWeek(hour)] is { } values ? Robust.Median(values) : double.MaxValue);
    }

    private static double Rounded(string resource, double value) => resource switch
    {
        "processors" => Math.Ceiling(value * 10) / 10,
        "disk" => Math.Ceiling(value / (1024 * Mebibyte)) * 1024 * Mebibyte,
        _ => Math.Ceiling(value / (16 * Mebibyte)) * 16 * Mebibyte,
    };
}
