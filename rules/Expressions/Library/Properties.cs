using System.Collections;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Library;

/// <summary>What can be read of a value with a dot, besides an object's own fields.</summary>
internal static class Properties
{
    public static IReadOnlyList<PropertyEntry> All { get; } =
    [
        new(FactKind.Text, "Length", "Number of characters.", FactType.Int32, value => ((string)value).Length),
        new(FactKind.List, "Count", "Number of elements.", FactType.Int32, value => ((IReadOnlyList<object?>)value).Count),
        new(FactKind.List, "Length", "Number of elements.", FactType.Int32, value => ((IReadOnlyList<object?>)value).Count),
        new(FactKind.List, "Key", "What a group's elements have in common (GroupBy).", FactType.Dynamic, value => (value as FactGroup)?.Key ?? throw new InvalidOperationException("The list is not a group.")),
        Time("Year", "Year.", FactType.Int32, time => time.Year),
        Time("Month", "Month, from 1.", FactType.Int32, time => time.Month),
        Time("Day", "Day of the month, from 1.", FactType.Int32, time => time.Day),
        Time("Hour", "Hour, 0 to 23.", FactType.Int32, time => time.Hour),
        Time("Minute", "Minute.", FactType.Int32, time => time.Minute),
        Time("Second", "Second.", FactType.Int32, time => time.Second),
        Time("Millisecond", "Millisecond.", FactType.Int32, time => time.Millisecond),
        Time("DayOfWeek", "Name of the weekday in English.", FactType.Text, time => time.DayOfWeek.ToString()),
        Time("DayOfYear", "Day of the year, from 1.", FactType.Int32, time => time.DayOfYear),
        Time("Date", "The day's midnight.", FactType.Time, time => time.Date),
        Time("TimeOfDay", "Time since midnight.", FactType.Duration, time => time.TimeOfDay),
        Time("Ticks", "Time in units of 100 nanoseconds.", FactType.Integer, time => time.Ticks),
        Duration("Days", "Whole days.", FactType.Int32, span => span.Days),
        Duration("Hours", "Hours beside the days.", FactType.Int32, span => span.Hours),
        Duration("Minutes", "Minutes beside the hours.", FactType.Int32, span => span.Minutes),
        Duration("Seconds", "Seconds beside the minutes.", FactType.Int32, span => span.Seconds),
        Duration("Milliseconds", "Milliseconds beside the seconds.", FactType.Int32, span => span.Milliseconds),
        Duration("TotalDays", "All of it in days.", FactType.Number, span => span.TotalDays),
        Duration("TotalHours", "All of it in hours.", FactType.Number, span => span.TotalHours),
        Duration("TotalMinutes", "All of it in minutes.", FactType.Number, span => span.TotalMinutes),
        Duration("TotalSeconds", "All of it in seconds.", FactType.Number, span => span.TotalSeconds),
        Duration("TotalMilliseconds", "All of it in milliseconds.", FactType.Number, span => span.TotalMilliseconds),
        Duration("Ticks", "All of it in units of 100 nanoseconds.", FactType.Integer, span => span.Ticks),
    ];

    /// <summary>The kind whose members a value has.</summary>
    public static FactKind KindOf(object value) => value switch
    {
        IReadOnlyDictionary<string, object?> => FactKind.Object,
        string => FactKind.Text,
        IEnumerable => FactKind.List,
        _ => FactType.Of(value).Kind,
    };

    private static PropertyEntry Time(string name, string summary, FactType type, Func<DateTime, object> read) =>
        new(FactKind.Time, name, summary, type, value => read((DateTime)value));

    private static PropertyEntry Duration(string name, string summary, FactType type, Func<TimeSpan, object> read) =>
        new(FactKind.Duration, name, summary, type, value => read((TimeSpan)value));
}
