using System.Globalization;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Controls;

/// <summary>Points in time as people write them, on the household's clock: <c>02:00</c>, <c>2026-01-31 02:00</c>, <c>in 2h</c>, <c>tomorrow</c>, <c>the weekend</c>, <c>monday at 8:30</c>.</summary>
internal static partial class Moments
{
    private static readonly TimeOnly Evening = new(22, 0);

    /// <returns>The next such moment after <paramref name="now"/>; null where it is no time.</returns>
    public static DateTimeOffset? Read(string text, DateTimeOffset now, TimeZoneInfo zone)
    {
        var said = text.Trim().ToLowerInvariant();
        if (Span().Match(said) is { Success: true } span)
            return now + Length(double.Parse(span.Groups["number"].Value, CultureInfo.InvariantCulture), span.Groups["unit"].Value[0]);
        var match = Day().Match(said);
        if (!match.Success || said.Length == 0)
            return null;
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var today = DateOnly.FromDateTime(local.DateTime);
        TimeOnly? clock = null;
        if (match.Groups["clock"] is { Success: true } written)
        {
            if (!TimeOnly.TryParseExact(written.Value, ["H:mm", "HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var read))
                return null;
            clock = read;
        }

        var day = match.Groups["day"].Value;
        if (day.Length == 0)
            return clock is { } at ? At(today, at) is var then && then > now ? then : At(today.AddDays(1), at) : null;
        return day switch
        {
            "today" => clock is { } time && At(today, time) is var then && then > now ? then : null,
            "tonight" => At(today, clock ?? Evening) is var then && then > now ? then : null,
            "tomorrow" => At(today.AddDays(1), clock ?? default),
            "weekend" => At(Next(DayOfWeek.Saturday), clock ?? default),
            "next week" => At(Next(DayOfWeek.Monday), clock ?? default),
            _ when Enum.TryParse<DayOfWeek>(day, ignoreCase: true, out var named) => At(Next(named), clock ?? default),
            _ when DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) => At(date, clock ?? default),
            _ => null,
        };

        DateOnly Next(DayOfWeek wanted) => today.AddDays(((int)wanted - (int)local.DayOfWeek + 6) % 7 + 1);

        DateTimeOffset At(DateOnly date, TimeOnly time)
        {
            var there = date.ToDateTime(time);
            while (zone.IsInvalidTime(there))
                there = there.AddMinutes(15);
            return new DateTimeOffset(there, zone.GetUtcOffset(there)).ToUniversalTime();
        }
    }

    private static TimeSpan Length(double number, char unit) => unit switch { 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), 'd' => TimeSpan.FromDays(number), _ => TimeSpan.FromDays(7 * number) };

    [GeneratedRegex(@"^(in |for )?(?<number>\d{1,4}(\.\d{1,2})?)\s*(?<unit>m|min|minutes?|h|hours?|d|days?|w|weeks?)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Span();

    [GeneratedRegex(@"^(on |the |next (?=weekend|\w+day))*(?<day>today|tonight|tomorrow|weekend|next week|(mon|tues|wednes|thurs|fri|satur|sun)day|\d{4}-\d\d-\d\d)?( ?(at )?(?<clock>\d{1,2}:\d\d))?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Day();
}
