using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Picks nodes for NCalc's operators: unboxed where both types are known and the options change nothing.</summary>
internal static class NCalcBinder
{
    public static Code? Unary(UnaryOperator op, Code operand) => op switch
    {
        UnaryOperator.Not => new NotCode(operand),
        UnaryOperator.Negate when IsDouble(operand) => new NumberFunction1(static value => -value, operand),
        UnaryOperator.Negate => new FunctionCode(Numeric(operand.Type), [operand], (ref Frame frame, Code[] args) => NCalcOperators.Negate(args[0].Value(ref frame), frame.Options)),
        UnaryOperator.BitwiseNot => new FunctionCode(new FactType(FactKind.UInt64), [operand], (ref Frame frame, Code[] args) => NCalcOperators.BitwiseNot(args[0].Value(ref frame), frame.Options)),
        UnaryOperator.Factorial => new FunctionCode(Numeric(operand.Type), [operand], (ref Frame frame, Code[] args) => NCalcOperators.Factorial(args[0].Value(ref frame))),
        _ => null,
    };

    public static Code Binary(BinaryOperator op, Code left, Code right, ExpressionOptions options)
    {
        switch (op)
        {
            case BinaryOperator.And:
                return new AndCode(left, right);
            case BinaryOperator.Or:
                return new OrCode(left, right);
            case BinaryOperator.Coalesce:
                return new CoalesceCode(left.Type.Equals(right.Type) ? left.Type : FactType.Dynamic, left, right);
        }

        var plain = options is { StrictTypeMatching: false, OverflowProtection: false, StringConcat: false, FloatingPointNumberType: FloatingPointNumberType.Double };
        if (plain && IsPlain(left) && IsPlain(right) && Typed(op, left, right) is { } typed)
            return typed;

        return IsTest(op) ? new BoxedTest(op, left, right) : new BoxedOperator(op, left, right);
    }

    private static Code? Typed(BinaryOperator op, Code left, Code right)
    {
        var number = IsDouble(left) || IsDouble(right);
        return op switch
        {
            BinaryOperator.Less or BinaryOperator.LessOrEqual or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual or BinaryOperator.Equal or BinaryOperator.NotEqual =>
                number ? new CompareNumbers(op, left, right) : new CompareIntegers(op, left, right),
            BinaryOperator.Divide => new NumberArithmetic(op, left, right),
            BinaryOperator.Add or BinaryOperator.Subtract or BinaryOperator.Multiply or BinaryOperator.Modulo when number => new NumberArithmetic(op, left, right),
            BinaryOperator.Add or BinaryOperator.Subtract or BinaryOperator.Multiply =>
                new IntegerArithmetic(left.Type.Kind == FactKind.Int32 && right.Type.Kind == FactKind.Int32 ? FactType.Int32 : FactType.Integer, op, left, right),
            BinaryOperator.Power => new NumberArithmetic(op, left, right),
            _ => null,
        };
    }

    private static bool IsPlain(Code code) => code.Type is { Nullable: false, Kind: FactKind.Number or FactKind.Int32 or FactKind.Integer };

    private static bool IsDouble(Code code) => code.Type is { Nullable: false, Kind: FactKind.Number };

    private static FactType Numeric(FactType type) => type is { IsNumeric: true, Nullable: false } ? type : FactType.Dynamic;

    private static bool IsTest(BinaryOperator op) => op is BinaryOperator.Equal or BinaryOperator.NotEqual or BinaryOperator.Less or BinaryOperator.LessOrEqual
        or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual or BinaryOperator.In or BinaryOperator.NotIn or BinaryOperator.Like or BinaryOperator.NotLike;

    private sealed class BoxedTest(BinaryOperator op, Code left, Code right) : FlagCode
    {
        public override bool Flag(ref Frame frame)
        {
            var a = left.Value(ref frame);
            return NCalcOperators.Test(op, a, right.Value(ref frame), ref frame);
        }
    }

    private sealed class BoxedOperator(BinaryOperator op, Code left, Code right) : Code(FactType.Dynamic)
    {
        public override object? Value(ref Frame frame)
        {
            var a = left.Value(ref frame);
            return NCalcOperators.Apply(op, a, right.Value(ref frame), ref frame);
        }
    }
}
