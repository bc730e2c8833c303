using System.Globalization;
using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Library;

/// <summary>What stands under the names of .NET types that RulesEngine's users know. Nothing else of those types exists here.</summary>
internal static class Statics
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static IReadOnlyList<StaticEntry> All { get; } =
    [
        Parse("bool", FactType.Flag, text => bool.Parse(text)),
        Test("char", "IsDigit", "Whether a character is a digit.", char.IsDigit),
        Test("char", "IsLetter", "Whether a character is a letter.", char.IsLetter),
        Test("char", "IsWhiteSpace", "Whether a character is white space.", char.IsWhiteSpace),
        Convert_("ToBoolean", FactType.Flag, value => Convert.ToBoolean(value, Invariant)),
        Convert_("ToDateTime", FactType.Time, value => Convert.ToDateTime(value, Invariant)),
        Convert_("ToDecimal", FactType.Decimal, value => Convert.ToDecimal(value, Invariant)),
        Convert_("ToDouble", FactType.Number, value => Convert.ToDouble(value, Invariant)),
        Convert_("ToInt32", FactType.Int32, value => Convert.ToInt32(value, Invariant)),
        Convert_("ToInt64", FactType.Integer, value => Convert.ToInt64(value, Invariant)),
        Convert_("ToString", FactType.Text, value => Convert.ToString(value, Invariant)),
        Property("DateTime", "Now", "The time now, in UTC as everything stored is.", FactType.Time, (ref Frame frame, Code[] args) => frame.Options.Time.GetUtcNow().UtcDateTime),
        Parse("DateTime", FactType.Time, text => DateTime.Parse(text, Invariant, DateTimeStyles.RoundtripKind)),
        Property("DateTime", "Today", "Today's midnight, in UTC.", FactType.Time, (ref Frame frame, Code[] args) => frame.Options.Time.GetUtcNow().UtcDateTime.Date),
        Property("DateTime", "UtcNow", "The time now.", FactType.Time, (ref Frame frame, Code[] args) => frame.Options.Time.GetUtcNow().UtcDateTime),
        .. Enum.GetNames<DayOfWeek>().Select(day => Property("DayOfWeek", day, "The weekday's name, to compare with DayOfWeek.", FactType.Text, (ref Frame frame, Code[] args) => day)),
        Parse("decimal", FactType.Decimal, text => decimal.Parse(text, Invariant)),
        Parse("double", FactType.Number, text => double.Parse(text, Invariant)),
        new("ExpressionUtils", "CheckContains", 2, 2, "CheckContains(x, \"a,b,c\")", "Whether x is one of the comma-separated words.", Functions.Flag, CheckContains),
        Property("Guid", "Empty", "The identifier of zeros.", FactType.Guid, (ref Frame frame, Code[] args) => Guid.Empty),
        Parse("Guid", FactType.Guid, text => Guid.Parse(text)),
        Property("int", "MaxValue", "The largest whole number of 32 bits.", FactType.Int32, (ref Frame frame, Code[] args) => int.MaxValue),
        Property("int", "MinValue", "The smallest whole number of 32 bits.", FactType.Int32, (ref Frame frame, Code[] args) => int.MinValue),
        Parse("int", FactType.Int32, text => int.Parse(text, Invariant)),
        Property("long", "MaxValue", "The largest whole number of 64 bits.", FactType.Integer, (ref Frame frame, Code[] args) => long.MaxValue),
        Property("long", "MinValue", "The smallest whole number of 64 bits.", FactType.Integer, (ref Frame frame, Code[] args) => long.MinValue),
        Parse("long", FactType.Integer, text => long.Parse(text, Invariant)),
        new("Object", "Equals", 2, 2, "Equals(x, y)", "Whether both are the same.", Functions.Flag, AreEqual),
        new("string", "Compare", 2, 3, "Compare(x, y, ignoreCase)", "Below 0, 0 or above 0: which comes first.", _ => FactType.Int32, (ref Frame frame, Code[] args) =>
            Invariant.CompareInfo.Compare(args[0].Text(ref frame), args[1].Text(ref frame), args.Length == 3 && args[2].Flag(ref frame) ? CompareOptions.IgnoreCase : CompareOptions.None)),
        new("string", "Concat", 1, 16, "Concat(x, y, ...)", "All of them joined.", Functions.Text, Concat),
        Property("string", "Empty", "Empty text.", FactType.Text, (ref Frame frame, Code[] args) => ""),
        new("string", "Equals", 2, 3, "Equals(x, y, comparison)", "Whether both texts are the same.", Functions.Flag, (ref Frame frame, Code[] args) =>
            string.Equals(args[0].Text(ref frame), args[1].Text(ref frame), args.Length == 3 ? TextMethods.ComparisonOf(TextMethods.TextOf(ref frame, args[2])) : StringComparison.Ordinal)),
        new("string", "IsNullOrEmpty", 1, 1, "IsNullOrEmpty(x)", "Whether x is missing or empty.", Functions.Flag, (ref Frame frame, Code[] args) => string.IsNullOrEmpty((string?)args[0].Value(ref frame))),
        new("string", "IsNullOrWhiteSpace", 1, 1, "IsNullOrWhiteSpace(x)", "Whether x is missing, empty or white space.", Functions.Flag, (ref Frame frame, Code[] args) =>
            string.IsNullOrWhiteSpace((string?)args[0].Value(ref frame))),
        new("string", "Join", 2, 2, "Join(separator, list)", "The elements joined with a separator.", Functions.Text, JoinList),
        .. Enum.GetNames<StringComparison>().Select(name => Property("StringComparison", name, "How to compare text.", FactType.Text, (ref Frame frame, Code[] args) => name)),
        Span("FromDays", "days", TimeSpan.FromDays),
        Span("FromHours", "hours", TimeSpan.FromHours),
        Span("FromMilliseconds", "milliseconds", TimeSpan.FromMilliseconds),
        Span("FromMinutes", "minutes", TimeSpan.FromMinutes),
        Span("FromSeconds", "seconds", TimeSpan.FromSeconds),
        Parse("TimeSpan", FactType.Duration, text => TimeSpan.Parse(text, Invariant)),
        Property("TimeSpan", "Zero", "No time at all.", FactType.Duration, (ref Frame frame, Code[] args) => TimeSpan.Zero),
    ];

    internal static StaticEntry Property(string owner, string name, string summary, FactType type, FunctionBody read) =>
        new(owner, name, 0, -1, name, summary, _ => type, read);

    private static StaticEntry Parse(string owner, FactType type, Func<string, object> parse) =>
        new(owner, "Parse", 1, 1, "Parse(text)", $"Reads a {type.Name} from text.", _ => type, (ref Frame frame, Code[] args) => parse(TextMethods.TextOf(ref frame, args[0])));

    private static StaticEntry Test(string owner, string name, string summary, Func<char, bool> test) =>
        new(owner, name, 1, 1, $"{name}(c)", summary, Functions.Flag, (ref Frame frame, Code[] args) => TextMethods.TextOf(ref frame, args[0]) is [var c] && test(c));

    private static StaticEntry Convert_(string name, FactType type, Func<object?, object?> convert) =>
        new("Convert", name, 1, 1, $"{name}(x)", $"x as {type.Name}; halves go to the even neighbour.", _ => type, (ref Frame frame, Code[] args) => convert(args[0].Value(ref frame)));

    private static StaticEntry Span(string name, string unit, Func<double, TimeSpan> make) =>
        new("TimeSpan", name, 1, 1, $"{name}({unit})", $"A duration of so many {unit}.", _ => FactType.Duration, (ref Frame frame, Code[] args) => make(args[0].Number(ref frame)));

    private static object? CheckContains(ref Frame frame, Code[] args)
    {
        var word = args[0].Text(ref frame);
        var words = args[1].Text(ref frame);
        return !string.IsNullOrEmpty(word) && !string.IsNullOrEmpty(words) && words.Split(',').Contains(word, StringComparer.Ordinal);
    }

    private static object? AreEqual(ref Frame frame, Code[] args) => ValueOrder.AreEqual(args[0].Value(ref frame), args[1].Value(ref frame));

    private static object? Concat(ref Frame frame, Code[] args)
    {
        var text = "";
        foreach (var part in args)
            text = frame.Bounded(text + Convert.ToString(part.Value(ref frame), Invariant));
        return text;
    }

    private static object? JoinList(ref Frame frame, Code[] args)
    {
        var separator = TextMethods.TextOf(ref frame, args[0]);
        var items = ListMethods.Items(args[1].Value(ref frame));
        frame.Spend(items.Count);
        return frame.Bounded(string.Join(separator, items.Select(item => Convert.ToString(item, Invariant))));
    }
}

/// <summary>What stands under <c>Math</c>; unlike NCalc's functions they keep whole numbers whole.</summary>
internal static class MathStatics
{
    public static IReadOnlyList<StaticEntry> All { get; } =
    [
        new("Math", "Abs", 1, 1, "Abs(x)", "Distance from zero.", args => args[0].Type, Abs),
        Double("Acos", Math.Acos), Double("Asin", Math.Asin), Double("Atan", Math.Atan), Rounded("Ceiling", Math.Ceiling, Math.Ceiling),
        Double("Cos", Math.Cos), Double("Exp", Math.Exp), Rounded("Floor", Math.Floor, Math.Floor), Double("Log", Math.Log), Double("Log10", Math.Log10),
        new("Math", "Max", 2, 2, "Max(x, y)", "The larger.", Functions.Common, (ref Frame frame, Code[] args) => Extreme(ref frame, args, 1)),
        new("Math", "Min", 2, 2, "Min(x, y)", "The smaller.", Functions.Common, (ref Frame frame, Code[] args) => Extreme(ref frame, args, -1)),
        Statics.Property("Math", "PI", "The ratio of a circle.", FactType.Number, (ref Frame frame, Code[] args) => Math.PI),
        new("Math", "Pow", 2, 2, "Pow(x, y)", "x to the power y.", _ => FactType.Number, (ref Frame frame, Code[] args) => Math.Pow(args[0].Number(ref frame), args[1].Number(ref frame))),
        new("Math", "Round", 1, 2, "Round(x, digits)", "x with so many digits after the point; halves go to the even neighbour.", Functions.Number, Round),
        new("Math", "Sign", 1, 1, "Sign(x)", "-1, 0 or 1.", _ => FactType.Int32, (ref Frame frame, Code[] args) => Math.Sign(args[0].Number(ref frame))),
        Double("Sin", Math.Sin), Double("Sqrt", Math.Sqrt), Double("Tan", Math.Tan), Rounded("Truncate", Math.Truncate, Math.Truncate),
    ];

    private static StaticEntry Double(string name, Func<double, double> function) =>
        new("Math", name, 1, 1, $"{name}(x)", $"The same as the function {name}.", _ => FactType.Number, (ref Frame frame, Code[] args) => function(args[0].Number(ref frame)));

    private static StaticEntry Rounded(string name, Func<double, double> function, Func<decimal, decimal> exact) =>
        new("Math", name, 1, 1, $"{name}(x)", $"The same as the function {name}.", Functions.Number, (ref Frame frame, Code[] args) =>
            args[0].Type.Kind == FactKind.Decimal ? exact((decimal)args[0].Value(ref frame)!) : function(args[0].Number(ref frame)));

    private static object? Abs(ref Frame frame, Code[] args) => args[0].Value(ref frame) switch
    {
        int value => Math.Abs(value),
        long value => Math.Abs(value),
        decimal value => Math.Abs(value),
        null => throw new ArgumentException("Abs of a missing value."),
        var value => Math.Abs(ValueOrder.Number(value)),
    };

    private static object? Extreme(ref Frame frame, Code[] args, int sign)
    {
        var a = args[0].Value(ref frame) ?? throw new ArgumentException("A value to compare is missing.");
        var b = args[1].Value(ref frame) ?? throw new ArgumentException("A value to compare is missing.");
        if (double.IsNaN(ValueOrder.Number(a)) || double.IsNaN(ValueOrder.Number(b)))
            return double.NaN;
        var result = ValueOrder.Compare(a, b) * sign >= 0 ? a : b;
        return ValueOrder.Convert(result, Functions.Join(FactType.Of(a), FactType.Of(b)).Kind);
    }

    private static object? Round(ref Frame frame, Code[] args)
    {
        var digits = args.Length == 2 ? checked((int)args[1].Integer(ref frame)) : 0;
        return args[0].Value(ref frame) is decimal exact ? Math.Round(exact, digits) : Math.Round(args[0].Number(ref frame), digits);
    }
}
