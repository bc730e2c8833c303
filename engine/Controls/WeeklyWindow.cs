using System.Globalization;

namespace Homelab.Engine.Controls;

/// <summary>
/// Hours of a day or of every day, in the household's time zone: <c>* 02:00-05:00</c>, <c>Saturday *</c>, <c>Fri,Sat 22:00-04:00</c>. Hours that
/// end before they begin run into the next day and belong to the day they began on.
/// </summary>
/// <param name="Days">Empty: every day.</param>
/// <param name="From">Null with <paramref name="To"/>: the whole day.</param>
internal sealed record WeeklyWindow(IReadOnlySet<DayOfWeek> Days, TimeOnly? From, TimeOnly? To)
{
    /// <summary>What people read on their clocks counts: on the day clocks go forward, hours that do not exist are simply missing; on the day they go back, both are inside.</summary>
    public bool IsOpen(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var (day, time) = (local.DayOfWeek, TimeOnly.FromDateTime(local.DateTime));
        if (From is not { } from || To is not { } to)
            return On(day);
        if (from < to)
            return On(day) && time >= from && time < to;
        return (On(day) && time >= from) || (On(Before(day)) && time < to);
    }

    /// <summary>When it opens next, after <paramref name="at"/>; null only for a window that is always open.</summary>
    public DateTimeOffset? NextOpening(DateTimeOffset at, TimeZoneInfo zone)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
        for (var ahead = 0; ahead <= 8; ahead++)
        {
            var date = today.AddDays(ahead);
            if (!On(date.DayOfWeek))
                continue;
            var opens = Instant(date.ToDateTime(From ?? TimeOnly.MinValue), zone);
            if (opens > at && !IsOpen(opens.AddTicks(-1), zone))
                return opens;
        }

        return null;
    }

    /// <summary>Null and the reason when the text is no window.</summary>
    public static (WeeklyWindow? Window, string? Problem) Parse(string days, string hours)
    {
        HashSet<DayOfWeek> parsed = [];
        foreach (var word in days.Trim().Trim('"') is "*" ? [] : days.Split(',', StringSplitOptions.TrimEntries))
        {
            if (DayOf(word.Trim('"')) is not { } day)
                return (null, $"'{word}' is no day; write *, Monday or Mon, several with commas.");
            parsed.Add(day);
        }

        if (hours.Trim() == "*")
            return (new WeeklyWindow(parsed, null, null), null);
        var ends = hours.Split('-', StringSplitOptions.TrimEntries);
        if (ends.Length != 2 || Time(ends[0]) is not { } from || Time(ends[1] == "24:00" ? "00:00" : ends[1]) is not { } to)
            return (null, $"'{hours}' are no hours; write 02:00-05:00 or *.");
        return from == to && ends[1] != "24:00"
            ? (null, $"'{hours}' begins when it ends; for the whole day write *.")
            : (new WeeklyWindow(parsed, from, to), null);
    }

    /// <summary>One text: days, a space, hours.</summary>
    public static (WeeklyWindow? Window, string? Problem) Parse(string text)
    {
        var space = text.Trim().LastIndexOf(' ');
        return space < 0
            ? (null, $"'{text}' is no window; write a day and hours, as in * 02:00-05:00 or Saturday *.")
            : Parse(text.Trim()[..space], text.Trim()[space..]);
    }

    /// <summary>As it is written in preferences: <c>Fri,Sat 22:00-04:00</c>.</summary>
    public string ToText() =>
        $"{(Days.Count == 0 ? "*" : string.Join(',', Days.Order().Select(day => day.ToString()[..3])))} {(From is { } from && To is { } to ? string.Create(CultureInfo.InvariantCulture, $"{from:HH:mm}-{to:HH:mm}") : "*")}";

    private bool On(DayOfWeek day) => Days.Count == 0 || Days.Contains(day);

    private static DayOfWeek Before(DayOfWeek day) => (DayOfWeek)(((int)day + 6) % 7);

    /// <summary>A wall time that does not exist is the moment the clocks jumped over it; one that comes twice is its first coming.</summary>
    private static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static TimeOnly? Time(string text) =>
        TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static DayOfWeek? DayOf(string text)
    {
        foreach (var day in Enum.GetValues<DayOfWeek>())
        {
            if (text.Equals(day.ToString(), StringComparison.OrdinalIgnoreCase) || text.Equals(day.ToString()[..3], StringComparison.OrdinalIgnoreCase))
                return day;
        }

        return null;
    }
}
