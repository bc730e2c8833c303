using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Picks the node for an operator of rules by its operands' static types, or says why there is none.</summary>
internal static class RulesOperators
{
    public static Code? Bind(BinaryOperator op, string symbol, Code left, Code right, bool parseText, out string? problem)
    {
        problem = null;
        var result = op switch
        {
            BinaryOperator.And or BinaryOperator.Or => Logical(op, left, right),
            BinaryOperator.Equal or BinaryOperator.NotEqual or BinaryOperator.Less or BinaryOperator.LessOrEqual
                or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual => Comparison(op, left, right, parseText, ref problem),
            BinaryOperator.Coalesce => Coalesce(left, right),
            BinaryOperator.Like or BinaryOperator.NotLike => Like(op, left, right),
            BinaryOperator.BitwiseAnd or BinaryOperator.BitwiseOr or BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight => Bits(op, left, right),
            _ => RulesArithmetic.Bind(op, left, right),
        };
        if (result is null)
            problem ??= Incompatible(symbol, left.Type, right.Type);
        return result;
    }

    /// <summary>The type two numeric types meet in, as in C#; null where there is none.</summary>
    public static FactType? Promote(FactType left, FactType right)
    {
        var (a, b) = (left.Kind, right.Kind);
        bool Either(FactKind kind) => a == kind || b == kind;
        bool IsSigned(FactKind kind) => kind is FactKind.Int32 or FactKind.Integer;

        if (Either(FactKind.Decimal))
            return Either(FactKind.Number) || Either(FactKind.Single) ? null : FactType.Decimal;
        if (Either(FactKind.Number))
            return FactType.Number;
        if (Either(FactKind.Single))
            return new FactType(FactKind.Single);
        if (Either(FactKind.UInt64))
            return IsSigned(a) || IsSigned(b) ? null : new FactType(FactKind.UInt64);
        if (Either(FactKind.Integer) || (Either(FactKind.UInt32) && Either(FactKind.Int32)))
            return FactType.Integer;
        return Either(FactKind.UInt32) ? new FactType(FactKind.UInt32) : FactType.Int32;
    }

    public static string Incompatible(string symbol, FactType left, FactType right) =>
        $"Operator '{symbol}' incompatible with operand types '{left.Name}' and '{right.Name}'";

    private static Code? Logical(BinaryOperator op, Code left, Code right)
    {
        if (left.Type.Kind is not (FactKind.Flag or FactKind.Dynamic) || right.Type.Kind is not (FactKind.Flag or FactKind.Dynamic))
            return null;
        return op == BinaryOperator.And ? new AndCode(left, right) : new OrCode(left, right);
    }

    private static Code? Comparison(BinaryOperator op, Code left, Code right, bool parseText, ref string? problem)
    {
        var equality = op is BinaryOperator.Equal or BinaryOperator.NotEqual;
        var (a, b) = (left.Type, right.Type);
        if (a.Kind == FactKind.Null || b.Kind == FactKind.Null)
            return equality ? new MissingCode(a.Kind == FactKind.Null ? right : left, op == BinaryOperator.Equal) : new CompareLifted(op, a.Kind, left, right);
        if (a.Kind == FactKind.Dynamic || b.Kind == FactKind.Dynamic)
            return new DynamicOperator(op, left, right);
        if (a.Kind == FactKind.Unknown || b.Kind == FactKind.Unknown)
        {
            if (equality && a.IsReference && b.IsReference)
                return new CompareLifted(op, FactKind.Unknown, left, right);
            problem = $"The binary operator {Method(op)} is not defined for the types 'System.{a.Name}' and 'System.{b.Name}'.";
            return null;
        }

        if (parseText && a.Kind != b.Kind)
        {
            left = Parsed(left, b) ?? left;
            right = Parsed(right, a) ?? right;
            (a, b) = (left.Type, right.Type);
        }

        if ((a.Kind, b.Kind) is (FactKind.Guid, FactKind.Text) or (FactKind.Text, FactKind.Guid))
        {
            left = AsGuid(left);
            right = AsGuid(right);
            (a, b) = (left.Type, right.Type);
        }

        var lifted = a.Nullable || b.Nullable;
        var kind = CommonKind(a, b);
        if (kind is null || (!equality && kind is FactKind.Flag or FactKind.List or FactKind.Object))
            return null;
        if (lifted)
            return new CompareLifted(op, kind.Value, left, right);
        return kind switch
        {
            FactKind.Int32 or FactKind.UInt32 or FactKind.Integer => new CompareIntegers(op, left, right),
            FactKind.Number or FactKind.Single => new CompareNumbers(op, left, right),
            FactKind.Text when a.Kind == b.Kind => new CompareTexts(op, left, right),
            FactKind.Time or FactKind.Duration => new CompareTicks(op, left, right),
            FactKind.Flag => new CompareFlags(op == BinaryOperator.Equal, left, right),
            _ => new CompareLifted(op, kind.Value, left, right),
        };
    }

    private static Code AsGuid(Code code) => code.Type.Kind == FactKind.Guid ? code : new FunctionCode(
        FactType.Guid with { Nullable = true }, [code], static (ref Frame frame, Code[] args) => Guid.TryParse(args[0].Text(ref frame), out var id) ? id : null);

    private static FactKind? CommonKind(FactType a, FactType b)
    {
        if (a.IsNumeric && b.IsNumeric)
            return Promote(a, b)?.Kind;
        if (a.Kind == b.Kind)
            return a.Kind == FactKind.Char ? FactKind.Integer : a.Kind;
        return (a.Kind, b.Kind) is (FactKind.Char, FactKind.Text) or (FactKind.Text, FactKind.Char) ? FactKind.Text : null;
    }

    /// <summary>Text written in the rule next to a number, time or identifier is read as one.</summary>
    private static ConstantCode? Parsed(Code code, FactType wanted)
    {
        if (code is not ConstantCode { Constant: string text })
            return null;
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        object? value = wanted.Kind switch
        {
            FactKind.Int32 when int.TryParse(text, culture, out var i) => i,
            FactKind.Integer when long.TryParse(text, culture, out var l) => l,
            FactKind.Number or FactKind.Integer or FactKind.Int32 when double.TryParse(text, culture, out var d) => d,
            FactKind.Decimal when decimal.TryParse(text, culture, out var m) => m,
            FactKind.Time when DateTime.TryParse(text, culture, System.Globalization.DateTimeStyles.RoundtripKind, out var time) => time,
            FactKind.Duration when TimeSpan.TryParse(text, culture, out var span) => span,
            FactKind.Guid when Guid.TryParse(text, out var guid) => guid,
            FactKind.Flag when bool.TryParse(text, out var flag) => flag,
            _ => null,
        };
        return value is null ? null : new ConstantCode(value);
    }

    private static CoalesceCode Coalesce(Code left, Code right)
    {
        var type = left.Type.Equals(right.Type) ? left.Type
            : left.Type.Kind == right.Type.Kind ? right.Type
            : left.Type.Kind is FactKind.Null or FactKind.Unknown ? right.Type
            : left.Type.IsNumeric && right.Type.IsNumeric ? Promote(left.Type, right.Type) ?? FactType.Dynamic
            : FactType.Dynamic;
        return new CoalesceCode(type, left, right);
    }

    private static FunctionFlag? Like(BinaryOperator op, Code left, Code right)
    {
        if (left.Type.Kind is not (FactKind.Text or FactKind.Dynamic or FactKind.Char) || right.Type.Kind is not (FactKind.Text or FactKind.Dynamic or FactKind.Char))
            return null;
        var wanted = op == BinaryOperator.Like;
        return new FunctionFlag([left, right], (ref Frame frame, Code[] sides) =>
            LikePattern.Matches(sides[0].Value(ref frame), sides[1].Value(ref frame), ref frame) == wanted);
    }

    private static Code? Bits(BinaryOperator op, Code left, Code right)
    {
        if (left.Type.Kind == FactKind.Dynamic || right.Type.Kind == FactKind.Dynamic)
            return new DynamicOperator(op, left, right);
        if (left.Type.Kind == FactKind.Flag && right.Type.Kind == FactKind.Flag && op is BinaryOperator.BitwiseAnd or BinaryOperator.BitwiseOr)
        {
            var and = op == BinaryOperator.BitwiseAnd;
            return new FunctionFlag([left, right], (ref Frame frame, Code[] sides) =>
                and ? sides[0].Flag(ref frame) & sides[1].Flag(ref frame) : sides[0].Flag(ref frame) | sides[1].Flag(ref frame));
        }

        if (!left.Type.IsWhole || !right.Type.IsWhole || left.Type.Nullable || right.Type.Nullable)
            return null;
        var type = op is BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight ? left.Type : Promote(left.Type, right.Type) ?? FactType.Integer;
        return new IntegerArithmetic(type.Kind == FactKind.Int32 ? FactType.Int32 : FactType.Integer, op, left, right);
    }

    private static string Method(BinaryOperator op) => op switch
    {
        BinaryOperator.Equal => "Equal",
        BinaryOperator.NotEqual => "NotEqual",
        BinaryOperator.Less => "LessThan",
        BinaryOperator.LessOrEqual => "LessThanOrEqual",
        BinaryOperator.Greater => "GreaterThan",
        _ => "GreaterThanOrEqual",
    };
}

/// <summary>A flag made of a function over its operands.</summary>
internal sealed class FunctionFlag(Code[] arguments, FlagBody body) : FlagCode
{
    public override bool Flag(ref Frame frame) => body(ref frame, arguments);
}

internal delegate bool FlagBody(ref Frame frame, Code[] arguments);

/// <summary>An operator of rules whose operands' types are only known now.</summary>
internal sealed class DynamicOperator(BinaryOperator op, Code left, Code right) : Code(ResultType(op))
{
    public override object? Value(ref Frame frame)
    {
        var a = new ConstantCode(left.Value(ref frame));
        var b = new ConstantCode(right.Value(ref frame));
        if (Opaque(a) || Opaque(b))
        {
            if (op is BinaryOperator.Equal or BinaryOperator.NotEqual)
                return ValueOrder.AreEqual(a.Constant, b.Constant) == (op == BinaryOperator.Equal);
            throw new InvalidOperationException(RulesOperators.Incompatible(Symbols.Text(op), a.Type, b.Type));
        }

        var code = RulesOperators.Bind(op, Symbols.Text(op), a, b, parseText: right is ConstantCode || left is ConstantCode, out var problem);
        return code is null ? throw new InvalidOperationException(problem) : code.Value(ref frame);
    }

    private static bool Opaque(ConstantCode code) => code.Type.Kind == FactKind.Dynamic;

    private static FactType ResultType(BinaryOperator op) => op is BinaryOperator.Equal or BinaryOperator.NotEqual or BinaryOperator.Less
        or BinaryOperator.LessOrEqual or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual ? FactType.Flag : FactType.Dynamic;
}
