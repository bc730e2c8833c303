using System.Globalization;
using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Library;

/// <summary>Functions of rules only: conversions by a type's name, and forms with rules of their own about their arguments.</summary>
internal static class RulesFunctions
{
    public static IReadOnlyList<FunctionEntry> All { get; } =
    [
        new("as", 2, 2, "as(x, \"System.String\")", "x where it is of that type, otherwise missing.", _ => FactType.Dynamic, (ref Frame frame, Code[] args) =>
            args[0].Value(ref frame) is { } value && TypeNames.Is(value, TypeName(ref frame, args)) ? value : null) { Rules = true },
        new("cast", 2, 2, "cast(x, \"System.Int32\")", "x as another type of number.", args => TypeNames.Find(Constant(args[1])) ?? FactType.Dynamic, (ref Frame frame, Code[] args) =>
            TypeNames.Convert(args[0].Value(ref frame), TypeName(ref frame, args), frame.Options.Culture)) { Rules = true },
        new("DateTime", 1, 7, "DateTime(year, month, day, hour, minute, second)", "A time from its parts, or from text.", _ => FactType.Time, DateTimeOf) { Rules = true },
        Conversion("decimal", "x as a decimal.", FactType.Decimal),
        Conversion("double", "x as a double.", FactType.Number),
        new("Guid", 1, 1, "Guid(text)", "An identifier from text.", _ => FactType.Guid, (ref Frame frame, Code[] args) => Guid.Parse(args[0].Text(ref frame)!)) { Rules = true },
        new("iif", 3, 3, "iif(condition, then, else)", "One of two values; the other is not evaluated.", args => Functions.Join(args[1].Type, args[2].Type), (ref Frame frame, Code[] args) =>
            args[0].Flag(ref frame) ? args[1].Value(ref frame) : args[2].Value(ref frame)) { Rules = true },
        Conversion("int", "x as a whole number of 32 bits.", FactType.Int32),
        new("is", 2, 2, "is(x, \"System.String\")", "Whether x is of that type.", Functions.Flag, (ref Frame frame, Code[] args) =>
            args[0].Value(ref frame) is { } value && TypeNames.Is(value, TypeName(ref frame, args))) { Rules = true },
        Conversion("long", "x as a whole number of 64 bits.", FactType.Integer),
        new("np", 1, 2, "np(a.b.c, default)", "a.b.c, or the default (missing) where anything on the way is missing.", args => args.Length == 2 ? args[1].Type : args[0].Type with { Nullable = true }, (ref Frame frame, Code[] args) =>
            args[0].Value(ref frame) ?? (args.Length == 2 ? args[1].Value(ref frame) : null)) { Rules = true },
        new("string", 1, 1, "string(x)", "x as text.", Functions.Text, (ref Frame frame, Code[] args) => Convert.ToString(args[0].Value(ref frame), CultureInfo.InvariantCulture)) { Rules = true },
        new("TimeSpan", 3, 4, "TimeSpan(hours, minutes, seconds)", "A duration; with four numbers the first is days.", _ => FactType.Duration, TimeSpanOf) { Rules = true },
    ];

    private static FunctionEntry Conversion(string name, string summary, FactType type) =>
        new(name, 1, 1, $"{name}(x)", summary, _ => type, (ref Frame frame, Code[] args) =>
            args[0].Value(ref frame) is { } value ? TypeNames.Convert(value, name, CultureInfo.InvariantCulture) : null) { Rules = true };

    private static string? Constant(Code code) => (code as ConstantCode)?.Constant as string;

    private static string TypeName(ref Frame frame, Code[] args) =>
        args[1].Text(ref frame) ?? throw new ArgumentException("The name of a type is missing.");

    private static object? DateTimeOf(ref Frame frame, Code[] args)
    {
        if (args.Length == 1)
        {
            return args[0].Value(ref frame) switch
            {
                DateTime time => time,
                string text => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
                var ticks => new DateTime(Convert.ToInt64(ticks, CultureInfo.InvariantCulture)),
            };
        }

        Span<int> part = [1, 1, 1, 0, 0, 0, 0];
        for (var i = 0; i < args.Length; i++)
            part[i] = checked((int)args[i].Integer(ref frame));
        return new DateTime(part[0], part[1], part[2], part[3], part[4], part[5], part[6]);
    }

    private static object? TimeSpanOf(ref Frame frame, Code[] args)
    {
        var offset = args.Length == 4 ? 1 : 0;
        var days = offset == 1 ? (int)args[0].Integer(ref frame) : 0;
        return new TimeSpan(days, (int)args[offset].Integer(ref frame), (int)args[offset + 1].Integer(ref frame), (int)args[offset + 2].Integer(ref frame));
    }
}

/// <summary>The names of types that <c>is</c>, <c>as</c>, <c>cast</c> and <c>new T[]</c> know. They are words, not a way to a .NET type.</summary>
internal static class TypeNames
{
    public static FactType? Find(string? name) => Short(name) switch
    {
        "INT32" or "INT" => FactType.Int32,
        "INT64" or "LONG" => FactType.Integer,
        "DOUBLE" => FactType.Number,
        "DECIMAL" => FactType.Decimal,
        "BOOLEAN" or "BOOL" => FactType.Flag,
        "STRING" => FactType.Text,
        "CHAR" => FactType.Char,
        "DATETIME" => FactType.Time,
        "TIMESPAN" => FactType.Duration,
        "GUID" => FactType.Guid,
        "OBJECT" => FactType.Dynamic,
        _ => null,
    };

    public static bool Is(object value, string name) => Find(name) is { } type
        ? type.Kind == FactKind.Dynamic || FactType.Of(value).Kind == type.Kind
        : throw Unknown(name);

    public static object? Convert(object? value, string name, IFormatProvider culture)
    {
        if (value is null)
            return null;
        return Find(name)?.Kind switch
        {
            FactKind.Int32 when value is double d => checked((int)Math.Truncate(d)),
            FactKind.Integer when value is double d => checked((long)Math.Truncate(d)),
            FactKind.Int32 => System.Convert.ToInt32(value, culture),
            FactKind.Integer => System.Convert.ToInt64(value, culture),
            FactKind.Number => System.Convert.ToDouble(value, culture),
            FactKind.Decimal => System.Convert.ToDecimal(value, culture),
            FactKind.Text => System.Convert.ToString(value, culture),
            FactKind.Dynamic => value,
            FactKind.Flag or FactKind.Char or FactKind.Time or FactKind.Duration or FactKind.Guid =>
                Is(value, name) ? value : throw new InvalidOperationException($"'{value}' cannot be made a {name}."),
            _ => throw Unknown(name),
        };
    }

    private static string Short(string? name) => (name ?? "").ToUpperInvariant() switch
    {
        var upper when upper.StartsWith("SYSTEM.", StringComparison.Ordinal) => upper[7..],
        var upper => upper,
    };

    private static ArgumentException Unknown(string name) => new($"Type '{name}' not found");
}
