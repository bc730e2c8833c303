using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Homelab.Engine.Controls;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Reports;

/// <summary>Section <c>Reports</c>: when reports are made. A kind without a time is not made by itself.</summary>
internal sealed class ReportSettings : IValidatableObject
{
    /// <summary>Such as <c>Europe/Berlin</c>; empty takes the one of the preferences.</summary>
    public string TimeZone { get; set; } = "";

    /// <summary>Each day at this time; empty makes none.</summary>
    public string Daily { get; set; } = "08:00";

    public DayOfWeek WeeklyDay { get; set; } = DayOfWeek.Monday;

    public string Weekly { get; set; } = "08:00";

    [Range(1, 28)]
    public int MonthlyDay { get; set; } = 1;

    public string Monthly { get; set; } = "08:00";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeZone.Length > 0 && !TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            yield return new ValidationResult($"\"{TimeZone}\" is no time zone; write an IANA name such as Europe/Berlin.", [nameof(TimeZone)]);
        foreach (var (name, value) in new[] { (nameof(Daily), Daily), (nameof(Weekly), Weekly), (nameof(Monthly), Monthly) })
        {
            if (value.Length > 0 && !TimeOnly.TryParseExact(value, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                yield return new ValidationResult($"\"{value}\" is no time; write hours and minutes such as 08:00.", [name]);
        }
    }
}

/// <summary>When each kind of report is due, by the clock of the house.</summary>
internal sealed class ReportClock(IOptions<ReportSettings> settings, LiveSettings live)
{
    public static IReadOnlyList<string> Kinds { get; } = ["daily", "weekly", "monthly"];

    public TimeZoneInfo Zone => settings.Value.TimeZone is { Length: > 0 } name ? TimeZoneInfo.FindSystemTimeZoneById(name) : live.Preferences?.Zone ?? TimeZoneInfo.Utc;

    /// <summary>The last moment it was due, and the period it covers; null where this kind is not made.</summary>
    public ReportPeriod? Last(string kind, DateTimeOffset now)
    {
        if (At(kind) is not { } at)
            return null;
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, Zone).DateTime);
        while (!IsDay(kind, day) || Moment(day, at) > now)
            day = day.AddDays(-1);
        return new ReportPeriod(kind, day, Moment(kind switch { "daily" => day.AddDays(-1), "weekly" => day.AddDays(-7), _ => day.AddMonths(-1) }, at), Moment(day, at));
    }

    /// <summary>The next moment it is due; where this kind is not made, eight in the morning.</summary>
    public DateTimeOffset Next(string kind, DateTimeOffset now)
    {
        var at = At(kind) ?? new TimeOnly(8, 0);
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, Zone).DateTime);
        while (!IsDay(kind, day) || Moment(day, at) <= now)
            day = day.AddDays(1);
        return Moment(day, at);
    }

    private TimeOnly? At(string kind) => (kind switch { "daily" => settings.Value.Daily, "weekly" => settings.Value.Weekly, _ => settings.Value.Monthly }) is { Length: > 0 } text
        ? TimeOnly.ParseExact(text, "HH:mm", CultureInfo.InvariantCulture)
        : null;

    private bool IsDay(string kind, DateOnly day) => kind switch
    {
        "daily" => true,
        "weekly" => day.DayOfWeek == settings.Value.WeeklyDay,
        _ => day.Day == settings.Value.MonthlyDay,
    };

    /// <summary>An hour that the clock skips is taken after the gap, one that it shows twice the first time.</summary>
    private DateTimeOffset Moment(DateOnly day, TimeOnly at)
    {
        var local = day.ToDateTime(at);
        while (Zone.IsInvalidTime(local))
            local = local.AddMinutes(15);
        var offset = Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }
}

/// <param name="Day">The day it is made on, in the house's zone.</param>
internal sealed record ReportPeriod(string Kind, DateOnly Day, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>One report for one period, whichever node makes it.</summary>
    public string Id => $"{Kind}-{Day:yyyy-MM-dd}";
}
