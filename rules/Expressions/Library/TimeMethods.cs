using System.Globalization;
using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Library;

internal static class TimeMethods
{
    public static IReadOnlyList<MethodEntry> All { get; } =
    [
        Add("AddDays", "days", (time, amount) => time.AddDays(amount)),
        Add("AddHours", "hours", (time, amount) => time.AddHours(amount)),
        Add("AddMilliseconds", "milliseconds", (time, amount) => time.AddMilliseconds(amount)),
        Add("AddMinutes", "minutes", (time, amount) => time.AddMinutes(amount)),
        Add("AddMonths", "months", (time, amount) => time.AddMonths((int)amount)),
        Add("AddSeconds", "seconds", (time, amount) => time.AddSeconds(amount)),
        Add("AddYears", "years", (time, amount) => time.AddYears((int)amount)),
        new(FactKind.Time, "Add", 1, 1, "Add(duration)", "Later by a duration.", (_, _) => FactType.Time, (ref Frame frame, object receiver, Code[] args) =>
            ((DateTime)receiver).AddTicks(args[0].Ticks(ref frame))),
        new(FactKind.Time, "Subtract", 1, 1, "Subtract(time)", "The duration since another time, or the time earlier by a duration.", Subtracted, Subtract),
        new(FactKind.Time, "ToUniversalTime", 0, 0, "ToUniversalTime()", "In UTC.", (_, _) => FactType.Time, (ref Frame frame, object receiver, Code[] args) => ((DateTime)receiver).ToUniversalTime()),
        new(FactKind.Duration, "Add", 1, 1, "Add(duration)", "Longer by another.", (_, _) => FactType.Duration, (ref Frame frame, object receiver, Code[] args) =>
            new TimeSpan(checked(((TimeSpan)receiver).Ticks + args[0].Ticks(ref frame)))),
        new(FactKind.Duration, "Duration", 0, 0, "Duration()", "Without its sign.", (_, _) => FactType.Duration, (ref Frame frame, object receiver, Code[] args) => ((TimeSpan)receiver).Duration()),
        new(FactKind.Duration, "Negate", 0, 0, "Negate()", "With the opposite sign.", (_, _) => FactType.Duration, (ref Frame frame, object receiver, Code[] args) => ((TimeSpan)receiver).Negate()),
    ];

    private static MethodEntry Add(string name, string unit, Func<DateTime, double, DateTime> add) =>
        new(FactKind.Time, name, 1, 1, $"{name}({unit})", $"Later by so many {unit}.", (_, _) => FactType.Time, (ref Frame frame, object receiver, Code[] args) =>
            add((DateTime)receiver, args[0].Number(ref frame)));

    private static FactType Subtracted(FactType receiver, Code[] args) => args[0].Type.Kind switch
    {
        FactKind.Time => FactType.Duration,
        FactKind.Duration => FactType.Time,
        _ => FactType.Dynamic,
    };

    private static object? Subtract(ref Frame frame, object receiver, Code[] args) => args[0].Value(ref frame) switch
    {
        DateTime other => (DateTime)receiver - other,
        TimeSpan span => (DateTime)receiver - span,
        var other => throw new InvalidOperationException($"'{other}' is neither a time nor a duration."),
    };
}

/// <summary>Methods that values of several kinds have.</summary>
internal static class ValueMethods
{
    public static IReadOnlyList<MethodEntry> All { get; } =
    [
        new(FactKind.Dynamic, "CompareTo", 1, 1, "CompareTo(x)", "Below 0, 0 or above 0: which is smaller.", (_, _) => FactType.Int32, (ref Frame frame, object receiver, Code[] args) =>
            ValueOrder.Compare(receiver, args[0].Value(ref frame))),
        new(FactKind.Object, "ContainsKey", 1, 1, "ContainsKey(name)", "Whether the object has such a field.", (_, _) => FactType.Flag, (ref Frame frame, object receiver, Code[] args) =>
            ((IReadOnlyDictionary<string, object?>)receiver).ContainsKey(TextMethods.TextOf(ref frame, args[0]))),
        new(FactKind.Dynamic, "Equals", 1, 1, "Equals(x)", "Whether both are the same.", (_, _) => FactType.Flag, (ref Frame frame, object receiver, Code[] args) =>
            ValueOrder.AreEqual(receiver, args[0].Value(ref frame))),
        new(FactKind.Dynamic, "ToString", 0, 1, "ToString(format)", "As text, with a .NET format such as \"F1\" or \"yyyy-MM-dd\".", (_, _) => FactType.Text, Format),
    ];

    private static object? Format(ref Frame frame, object receiver, Code[] args)
    {
        var format = args.Length == 1 ? TextMethods.TextOf(ref frame, args[0]) : null;
        if (format is { Length: > 64 } || (format is not null && format.AsSpan().IndexOfAnyInRange('0', '9') >= 0 && format.Length > 3 && LongPrecision(format)))
            throw new ExpressionEvaluationException(ExpressionFailure.Limit, $"The format '{format}' asks for too many digits.");
        return receiver switch
        {
            IFormattable formattable => frame.Bounded(formattable.ToString(format, CultureInfo.InvariantCulture)),
            string or char or bool => receiver.ToString(),
            _ => frame.Bounded(FactJson.Write(receiver)?.ToJsonString() ?? ""),
        };
    }

    private static bool LongPrecision(string format) => char.IsAsciiLetter(format[0]) && int.TryParse(format.AsSpan(1), out var digits) && digits > 100;
}
