using System.Globalization;
using System.Xml;
using Quartz;

namespace Homelab.Engine.Schedules;

/// <summary>When a published workflow is started by the clock.</summary>
internal abstract record Schedule
{
    private Schedule()
    {
    }

    /// <param name="Text">Elsa's six fields, seconds first.</param>
    /// <param name="Zone">IANA name; UTC unless the workflow says otherwise.</param>
    public sealed record Cron(string Text, string Zone = "UTC") : Schedule;

    public sealed record Every(TimeSpan Interval) : Schedule;

    public sealed record At(DateTimeOffset Time) : Schedule;

    /// <summary>As a person reads it.</summary>
    public string Describe() => this switch
    {
        Cron { Zone: "UTC" } cron => cron.Text,
        Cron cron => $"{cron.Text} ({cron.Zone})",
        Every every => $"every {every.Interval:c}",
        At at => $"once at {at.Time.UtcDateTime:u}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Reads what a trigger's inputs say.</summary>
    /// <param name="type">Elsa.Cron, Elsa.Timer or Elsa.StartAt.</param>
    /// <exception cref="FormatException">Naming the value and what to write instead.</exception>
    public static Schedule Parse(string type, string value, string? zone) => type switch
    {
        "Elsa.Cron" => ParseCron(value, string.IsNullOrWhiteSpace(zone) ? "UTC" : zone.Trim()),
        "Elsa.Timer" => new Every(ParseInterval(value)),
        "Elsa.StartAt" => new At(ParseTime(value)),
        _ => throw new FormatException($"{type} is not started by the clock."),
    };

    public static TimeZoneInfo FindZone(string zone) => TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)
        ? found
        : throw new FormatException($"\"{zone}\" is not a time zone; write an IANA name such as Europe/Berlin.");

    private static Cron ParseCron(string value, string zone)
    {
        _ = ElsaCron.Parse(value, FindZone(zone));
        return new Cron(value.Trim(), zone);
    }

    private static TimeSpan ParseInterval(string value)
    {
        var interval = TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var plain) ? plain : Iso(value);
        return interval >= TimeSpan.FromSeconds(1)
            ? interval
            : throw new FormatException($"The interval \"{value}\" is shorter than a second; write hours:minutes:seconds, such as 00:05:00.");
    }

    private static TimeSpan Iso(string value)
    {
        try
        {
            return XmlConvert.ToTimeSpan(value);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"\"{value}\" is not an interval; write hours:minutes:seconds, such as 00:05:00.", exception);
        }
    }

    private static DateTimeOffset ParseTime(string value) =>
        DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new FormatException($"\"{value}\" is not a date and time; write 2027-01-31T08:00:00Z.");

    /// <summary>
    /// The Quartz trigger. A firing that was missed while no node ran: a cron or an interval fires once, at once, however many were missed,
    /// and goes on from there; a start at a time fires at once, late.
    /// </summary>
    public ITrigger ToTrigger(TriggerKey key, JobKey job, TimeProvider time)
    {
        var trigger = TriggerBuilder.Create(time).WithIdentity(key).ForJob(job).WithDescription(Describe());
        return this switch
        {
            Cron cron => trigger.WithSchedule(CronScheduleBuilder.Create(ElsaCron.Parse(cron.Text, FindZone(cron.Zone)))
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed)).Build(),
            Every every => trigger.StartAt(time.GetUtcNow() + every.Interval).WithSchedule(SimpleScheduleBuilder.Create().WithInterval(every.Interval).RepeatForever()
                .WithMisfireInstruction(SimpleTriggerMisfireInstruction.NowWithExistingCount)).Build(),
            At at => trigger.StartAt(at.Time).WithSchedule(SimpleScheduleBuilder.Create()
                .WithMisfireInstruction(SimpleTriggerMisfireInstruction.FireNow)).Build(),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
