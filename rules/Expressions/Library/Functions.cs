using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Values;
using static Homelab.Rules.Expressions.Compilation.NCalcMath;

namespace Homelab.Rules.Expressions.Library;

/// <summary>NCalc's functions, and those that only rules have.</summary>
internal static class Functions
{
    public static IReadOnlyList<FunctionEntry> All { get; } =
    [
        Both("Abs", "Distance from zero.", Math.Abs, Math.Abs),
        Double("Acos", "Angle in radians whose cosine is x.", Math.Acos),
        Double("Asin", "Angle in radians whose sine is x.", Math.Asin),
        Double("Atan", "Angle in radians whose tangent is x.", Math.Atan),
        Double2("Atan2", "y, x", "Angle in radians of the point (x, y).", Math.Atan2),
        Both("Ceiling", "Smallest whole number not below x.", Math.Ceiling, Math.Ceiling),
        Double("Cos", "Cosine of an angle in radians.", Math.Cos),
        new("EscapeLike", 1, 1, "EscapeLike(text)", "The text with %, _ and \\ escaped, so that like takes it literally.", Text, (ref Frame frame, Code[] args) =>
            frame.Bounded(LikePattern.Escape(Convert.ToString(args[0].Value(ref frame), frame.Options.Culture) ?? ""))) { Arity = One },
        Double("Exp", "e to the power x.", Math.Exp),
        Both("Floor", "Largest whole number not above x.", Math.Floor, Math.Floor),
        Double2("IEEERemainder", "x, y", "Remainder as IEEE 754 defines it.", Math.IEEERemainder),
        new("if", 3, 3, "if(condition, then, else)", "One of two values; the other is not evaluated.", args => Join(args[1].Type, args[2].Type), If) { Arity = Exactly(3) },
        new("ifs", 3, 255, "ifs(c1, v1, c2, v2, ..., else)", "The value of the first condition that holds.", _ => FactType.Dynamic, Ifs)
        {
            Arity = "ifs() takes at least 3 arguments, or an odd number of arguments",
        },
        new("in", 2, 255, "in(x, a, b, ...)", "Whether x equals one of the others.", Flag, In) { Arity = "in() takes at least 2 arguments" },
        new("isNull", 1, 1, "isNull(x)", "Whether x is missing. In rules isNull(x, y) is y where x is missing.", Flag, (ref Frame frame, Code[] args) => args[0].Value(ref frame) is null) { Arity = One },
        new("isNullOrEmpty", 1, 1, "isNullOrEmpty(x)", "Whether x is missing or empty text.", Flag, (ref Frame frame, Code[] args) => args[0].Value(ref frame) is null or "") { Arity = One },
        Double("Ln", "Natural logarithm.", Math.Log),
        Double2("Log", "x, base", "Logarithm of x to a base.", Math.Log),
        Double("Log10", "Logarithm to base 10.", Math.Log10),
        new("Max", 2, 2, "Max(x, y)", "The larger; a missing one is ignored.", Common, (ref Frame frame, Code[] args) =>
            Extreme(args[0].Value(ref frame), args[1].Value(ref frame), true, frame.Options)) { Arity = Exactly(2) },
        new("Min", 2, 2, "Min(x, y)", "The smaller; a missing one is ignored.", Common, (ref Frame frame, Code[] args) =>
            Extreme(args[0].Value(ref frame), args[1].Value(ref frame), false, frame.Options)) { Arity = Exactly(2) },
        new("Pow", 2, 2, "Pow(x, y)", "x to the power y; the same as x ** y.", Number, (ref Frame frame, Code[] args) =>
            Power(args[0].Value(ref frame), args[1].Value(ref frame), frame.Options)) { Arity = Exactly(2) },
        new("Round", 2, 2, "Round(x, digits)", "x with so many digits after the point; halves go to the even neighbour.", Number, (ref Frame frame, Code[] args) =>
            NCalcMath.Round(args[0].Value(ref frame), args[1].Value(ref frame), frame.Options)) { Arity = Exactly(2) },
        new("Sign", 1, 1, "Sign(x)", "-1, 0 or 1.", _ => FactType.Int32, (ref Frame frame, Code[] args) =>
            args[0].Value(ref frame) is var value && InDecimal(value, frame.Options) ? Math.Sign(Decimal(value, frame.Options)) : Math.Sign(NCalcMath.Double(value, frame.Options))) { Arity = One },
        Double("Sin", "Sine of an angle in radians.", Math.Sin),
        Double("Sqrt", "Square root.", Math.Sqrt),
        Double("Tan", "Tangent of an angle in radians.", Math.Tan),
        Both("Truncate", "x without what is after the point.", Math.Truncate, Math.Truncate),
        .. RulesFunctions.All,
    ];

    internal static FactType Flag(Code[] arguments) => FactType.Flag;

    internal static FactType Text(Code[] arguments) => FactType.Text;

    internal static FactType Number(Code[] arguments) => arguments[0].Type.Kind == FactKind.Decimal ? FactType.Decimal : arguments[0].Type.IsNumeric ? FactType.Number : FactType.Dynamic;

    internal static FactType Common(Code[] arguments) => Join(arguments[0].Type, arguments[1].Type);

    internal static FactType Join(FactType left, FactType right)
    {
        if (left.Equals(right))
            return left;
        if (left.IsNumeric && right.IsNumeric)
            return RulesOperators.Promote(left, right) ?? FactType.Dynamic;
        return FactType.Dynamic;
    }

    private const string One = "exactly 1 argument";

    private static string Exactly(int count) => $"exactly {count} arguments";

    private static FunctionEntry Double(string name, string summary, Func<double, double> function) =>
        new(name, 1, 1, $"{name}(x)", summary, _ => FactType.Number, (ref Frame frame, Code[] args) => function(NCalcMath.Double(args[0].Value(ref frame), frame.Options)))
        {
            Arity = One,
            Fast = function,
        };

    private static FunctionEntry Double2(string name, string parameters, string summary, Func<double, double, double> function) =>
        new(name, 2, 2, $"{name}({parameters})", summary, _ => FactType.Number, (ref Frame frame, Code[] args) =>
            function(NCalcMath.Double(args[0].Value(ref frame), frame.Options), NCalcMath.Double(args[1].Value(ref frame), frame.Options))) { Arity = Exactly(2) };

    private static FunctionEntry Both(string name, string summary, Func<double, double> function, Func<decimal, decimal> exact) =>
        new(name, 1, 1, $"{name}(x)", summary, Number, (ref Frame frame, Code[] args) =>
            args[0].Value(ref frame) is var value && InDecimal(value, frame.Options)
                ? exact(Decimal(value, frame.Options))
                : function(NCalcMath.Double(value, frame.Options)))
        {
            Arity = One,
            Fast = function,
        };

    private static object? If(ref Frame frame, Code[] args) => args[0].Flag(ref frame) ? args[1].Value(ref frame) : args[2].Value(ref frame);

    private static object? Ifs(ref Frame frame, Code[] args)
    {
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            if (args[i].Flag(ref frame))
                return args[i + 1].Value(ref frame);
        }

        return args[^1].Value(ref frame);
    }

    private static object? In(ref Frame frame, Code[] args)
    {
        var item = args[0].Value(ref frame);
        for (var i = 1; i < args.Length; i++)
        {
            var other = args[i].Value(ref frame);
            if (frame.Options.IsRules ? ValueOrder.AreEqual(item, other) : NCalcOperators.AreEqual(item, other, frame.Options))
                return true;
        }

        return false;
    }
}
