using System.Globalization;
using System.Text.RegularExpressions;
using Quartz;

namespace Homelab.Engine.Schedules;

/// <summary>
/// Elsa's cron expressions: six fields, seconds first, days of the week 0 to 7 with both ends Sunday, or a macro such as @hourly.
/// Quartz counts days of the week from 1, so the field is translated; everything else is the same.
/// </summary>
internal static partial class ElsaCron
{
    private const int DayOfMonth = 3;
    private const int DayOfWeek = 5;

    /// <exception cref="FormatException">With the value and what to write instead.</exception>
    public static CronExpression Parse(string text, TimeZoneInfo zone)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields is [['@', ..]])
            return Create(text, fields[0], zone);
        // Seconds are left out in crontab's own form; it fires at the full minute.
        if (fields.Length == 5)
            fields = ["0", .. fields];
        if (fields.Length != 6)
            throw new FormatException($"\"{text}\" has {fields.Length} field(s); a cron expression has six (or five, without seconds): seconds, minutes, hours, day of month, month, day of week (\"0 30 4 * * 1\" is half past four on Mondays).");
        if (!IsEvery(fields[DayOfMonth]) && !IsEvery(fields[DayOfWeek]))
            throw new FormatException($"\"{text}\" names both a day of the month and a day of the week; write * for one of them and test the other with a condition in the workflow.");
        fields[DayOfWeek] = DayNumber().Replace(fields[DayOfWeek], match => Renumber(match.Value, text));
        return Create(text, string.Join(' ', fields), zone);
    }

    private static CronExpression Create(string text, string quartz, TimeZoneInfo zone)
    {
        try
        {
            return CronExpression.Parse(quartz).WithTimeZone(zone);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"\"{text}\" is not a cron expression: {exception.Message}", exception);
        }
    }

    private static bool IsEvery(string field) => field is "*" or "?";

    private static string Renumber(string number, string text)
    {
        var day = int.Parse(number, CultureInfo.InvariantCulture);
        return day <= 7
            ? (day % 7 + 1).ToString(CultureInfo.InvariantCulture)
            : throw new FormatException($"\"{text}\" has {day} as a day of the week; they are 0 to 7, both ends Sunday.");
    }

    /// <summary>Days, not the "3" of "5#3" nor the "2" of "*/2".</summary>
    [GeneratedRegex(@"(?<![\d#/])\d+")]
    private static partial Regex DayNumber();
}
