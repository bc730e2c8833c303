using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace Homelab.Workflows.Definitions;

/// <summary>A cron expression of five fields, or six with seconds in front, as Elsa's Cron activity takes it: names, ranges, steps, lists, L, and day-of-week#n. Both day fields must match where both are given.</summary>
public sealed class CronSchedule
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private ulong _seconds = 1;
    private ulong _minutes;
    private ulong _hours;
    private ulong _daysOfMonth;
    private ulong _months;
    private ulong _daysOfWeek;
    private bool _lastDayOfMonth;
    private int _nth;

    private CronSchedule()
    {
    }

    /// <param name="problem">The end of a sentence whose subject is the expression.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CronSchedule? schedule, [NotNullWhen(false)] out string? problem)
    {
        schedule = null;
        var fields = (text ?? "").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields is [['@', ..] macro])
            fields = macro.ToUpperInvariant() switch
            {
                "@YEARLY" or "@ANNUALLY" => ["0", "0", "1", "1", "*"],
                "@MONTHLY" => ["0", "0", "1", "*", "*"],
                "@WEEKLY" => ["0", "0", "*", "*", "0"],
                "@DAILY" or "@MIDNIGHT" => ["0", "0", "*", "*", "*"],
                "@HOURLY" => ["0", "*", "*", "*", "*"],
                _ => fields,
            };
        if (fields.Length is not (5 or 6))
        {
            problem = $"has {fields.Length} fields. Give six (second minute hour day month weekday) or five without the seconds.";
            return false;
        }

        var result = new CronSchedule();
        var at = fields.Length - 5;
        problem = (at == 1 ? Field(fields[0], "second", 0, 59, null, out result._seconds) : null)
            ?? Field(fields[at], "minute", 0, 59, null, out result._minutes)
            ?? Field(fields[at + 1], "hour", 0, 23, null, out result._hours)
            ?? result.DayOfMonth(fields[at + 2])
            ?? Field(fields[at + 3], "month", 1, 12, Months, out result._months)
            ?? result.DayOfWeek(fields[at + 4]);
        if (problem is not null)
            return false;
        schedule = result;
        return true;
    }

    /// <summary>The first moment after this one, in UTC; null when there is none within eight years.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset time)
    {
        var utc = time.ToUniversalTime();
        var next = new DateTimeOffset(utc.Year, utc.Month, utc.Day, utc.Hour, utc.Minute, utc.Second, TimeSpan.Zero).AddSeconds(1);
        var day = new DateTimeOffset(next.Year, next.Month, next.Day, 0, 0, 0, TimeSpan.Zero);
        var from = next.TimeOfDay;
        for (var i = 0; i < 366 * 8; i++, day = day.AddDays(1), from = TimeSpan.Zero)
            if (Matches(day) && TimeFrom(from) is { } found)
                return day + found;
        return null;
    }

    /// <summary>The same by the clock of a zone: a time that the clock skips comes due when it has skipped it, one that it shows twice the first time. Answers in UTC.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset time, TimeZoneInfo zone)
    {
        var shown = new DateTimeOffset(TimeZoneInfo.ConvertTime(time, zone).DateTime, TimeSpan.Zero);
        for (var next = NextAfter(shown); next is { } found; next = NextAfter(found))
        {
            var clock = DateTime.SpecifyKind(found.DateTime, DateTimeKind.Unspecified);
            var offset = zone.IsAmbiguousTime(clock) ? zone.GetAmbiguousTimeOffsets(clock).Max()
                : zone.IsInvalidTime(clock) ? zone.GetUtcOffset(clock.AddDays(-1))
                : zone.GetUtcOffset(clock);
            var due = new DateTimeOffset(clock, offset).ToUniversalTime();
            if (due > time)
                return due;
        }

        return null;
    }

    private bool Matches(DateTimeOffset day)
    {
        if ((_months & (1UL << day.Month)) == 0 || (_daysOfWeek & (1UL << (int)day.DayOfWeek)) == 0)
            return false;
        if (_nth > 0 && (day.Day - 1) / 7 + 1 != _nth)
            return false;
        var last = DateTime.DaysInMonth(day.Year, day.Month);
        if (_nth < 0 && day.Day + 7 <= last)
            return false;
        return _lastDayOfMonth ? day.Day == last : (_daysOfMonth & (1UL << day.Day)) != 0;
    }

    private TimeSpan? TimeFrom(TimeSpan from)
    {
        for (var hour = Next(_hours, from.Hours); hour < 24; hour = Next(_hours, hour + 1))
        {
            var firstMinute = hour == from.Hours ? from.Minutes : 0;
            for (var minute = Next(_minutes, firstMinute); minute < 60; minute = Next(_minutes, minute + 1))
            {
                var second = Next(_seconds, hour == from.Hours && minute == from.Minutes ? from.Seconds : 0);
                if (second < 60)
                    return new TimeSpan(hour, minute, second);
            }
        }

        return null;
    }

    private static int Next(ulong set, int from) => from > 63 || set >> from == 0 ? 64 : from + BitOperations.TrailingZeroCount(set >> from);

    private string? DayOfMonth(string field)
    {
        if (field.Equals("L", StringComparison.OrdinalIgnoreCase))
        {
            _lastDayOfMonth = true;
            return null;
        }

        return Field(field, "day of month", 1, 31, null, out _daysOfMonth);
    }

    private string? DayOfWeek(string field)
    {
        var hash = field.IndexOf('#', StringComparison.Ordinal);
        if (hash > 0)
        {
            if (!int.TryParse(field[(hash + 1)..], CultureInfo.InvariantCulture, out _nth) || _nth is < 1 or > 5)
                return $"has the weekday '{field}': the number after # must be 1 to 5.";
            field = field[..hash];
        }
        else if (field.Length > 1 && field[^1] is 'L' or 'l' && !field.Contains(',', StringComparison.Ordinal))
        {
            _nth = -1;
            field = field[..^1];
        }

        var problem = Field(field, "weekday", 0, 7, Days, out var days);
        _daysOfWeek = (days & 0x7F) | (days >> 7 & 1);
        return problem;
    }

    private static string? Field(string field, string name, int low, int high, string[]? names, out ulong set)
    {
        set = 0;
        foreach (var part in field.Split(','))
        {
            var (range, step) = part.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? (part[..slash], part[(slash + 1)..]) : (part, null);
            var by = 1;
            if (step is not null && (!int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out by) || by < 1))
                return $"has the {name} '{part}': the step after / must be a whole number from 1.";
            int first, last;
            if (range is "*" or "?")
                (first, last) = (low, name == "weekday" ? 6 : high);
            else if (range.IndexOf('-', StringComparison.Ordinal) is var dash and > 0)
            {
                if (!Value(range[..dash], low, high, names, out first) || !Value(range[(dash + 1)..], low, high, names, out last))
                    return Wrong(part);
            }
            else if (Value(range, low, high, names, out first))
                last = step is null ? first : high;
            else
                return Wrong(part);

            if (last < first)
            {
                for (var i = first; i <= high; i += by)
                    set |= 1UL << i;
                first = low;
            }

            for (var i = first; i <= last; i += by)
                set |= 1UL << i;
        }

        return set == 0 ? Wrong(field) : null;

        string Wrong(string part) => $"has the {name} '{part}', which is not within {low} to {high}.";
    }

    private static bool Value(string text, int low, int high, string[]? names, out int value)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value))
            return value >= low && value <= high;
        var index = names is null ? -1 : Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = index + (low == 1 ? 1 : 0);
        return index >= 0;
    }
}
