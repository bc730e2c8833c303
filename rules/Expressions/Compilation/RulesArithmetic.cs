using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Arithmetic of rules: C#'s, with text joined by <c>+</c> and times moved by durations.</summary>
internal static class RulesArithmetic
{
    public static Code? Bind(BinaryOperator op, Code left, Code right)
    {
        var (a, b) = (left.Type, right.Type);
        if (op == BinaryOperator.Add && (a.Kind == FactKind.Text || b.Kind == FactKind.Text))
            return new FunctionCode(FactType.Text, [left, right], Join);
        if (a.Kind == FactKind.Dynamic || b.Kind == FactKind.Dynamic)
            return new DynamicOperator(op, left, right);
        if (a.Nullable || b.Nullable)
            return Lifted(op, left, right);
        if (a.IsNumeric && b.IsNumeric)
            return Numeric(op, left, right);
        return Times(op, left, right);
    }

    public static Code? Negate(Code operand) => operand.Type.Kind switch
    {
        FactKind.Int32 or FactKind.Integer => new IntegerArithmetic(operand.Type with { Nullable = false }, BinaryOperator.Subtract, new ConstantCode(0), operand),
        FactKind.UInt32 => new IntegerArithmetic(FactType.Integer, BinaryOperator.Subtract, new ConstantCode(0), operand),
        FactKind.Number or FactKind.Single => new NumberFunction1(static value => -value, operand),
        FactKind.Decimal => Boxed(BinaryOperator.Subtract, FactType.Decimal, new ConstantCode(0m), operand),
        FactKind.Dynamic => new DynamicOperator(BinaryOperator.Subtract, new ConstantCode(0), operand),
        FactKind.Duration => new FunctionCode(FactType.Duration, [operand], (ref Frame frame, Code[] args) => new TimeSpan(-args[0].Ticks(ref frame))),
        _ => null,
    };

    private static object? Join(ref Frame frame, Code[] sides) => frame.Bounded(string.Concat(
        Convert.ToString(sides[0].Value(ref frame), frame.Options.Culture), Convert.ToString(sides[1].Value(ref frame), frame.Options.Culture)));

    private static Code? Numeric(BinaryOperator op, Code left, Code right)
    {
        if (op == BinaryOperator.Power)
            return new NumberArithmetic(op, left, right);
        var type = RulesOperators.Promote(left.Type, right.Type);
        return type?.Kind switch
        {
            FactKind.Int32 or FactKind.Integer => new IntegerArithmetic(type, op, left, right),
            FactKind.Number => new NumberArithmetic(op, left, right),
            null => null,
            _ => Boxed(op, type, left, right),
        };
    }

    private static FunctionCode Boxed(BinaryOperator op, FactType type, Code left, Code right) =>
        new(type, [left, right], (ref Frame frame, Code[] sides) => Apply(op, type.Kind, sides[0].Value(ref frame)!, sides[1].Value(ref frame)!));

    private static object Apply(BinaryOperator op, FactKind kind, object left, object right) => (ValueOrder.Convert(left, kind), ValueOrder.Convert(right, kind)) switch
    {
        (decimal a, decimal b) => op switch { BinaryOperator.Add => a + b, BinaryOperator.Subtract => a - b, BinaryOperator.Multiply => a * b, BinaryOperator.Divide => a / b, _ => a % b },
        (float a, float b) => op switch { BinaryOperator.Add => a + b, BinaryOperator.Subtract => a - b, BinaryOperator.Multiply => a * b, BinaryOperator.Divide => a / b, _ => a % b },
        (uint a, uint b) => op switch { BinaryOperator.Add => a + b, BinaryOperator.Subtract => a - b, BinaryOperator.Multiply => a * b, BinaryOperator.Divide => a / b, _ => a % b },
        (ulong a, ulong b) => op switch { BinaryOperator.Add => a + b, BinaryOperator.Subtract => a - b, BinaryOperator.Multiply => a * b, BinaryOperator.Divide => a / b, _ => a % b },
        (int a, int b) => op switch { BinaryOperator.Add => a + b, BinaryOperator.Subtract => a - b, BinaryOperator.Multiply => a * b, BinaryOperator.Divide => a / b, _ => a % b },
        (long a, long b) => op switch { BinaryOperator.Add => a + b, BinaryOperator.Subtract => a - b, BinaryOperator.Multiply => a * b, BinaryOperator.Divide => a / b, _ => a % b },
        (double a, double b) => op switch { BinaryOperator.Add => a + b, BinaryOperator.Subtract => a - b, BinaryOperator.Multiply => a * b, BinaryOperator.Divide => a / b, _ => a % b },
        var (a, b) => throw new InvalidOperationException($"{a} {Symbols.Text(op)} {b} cannot be computed."),
    };

    /// <summary>With a missing operand the result is missing.</summary>
    private static FunctionCode? Lifted(BinaryOperator op, Code left, Code right)
    {
        if (!left.Type.IsNumeric || !right.Type.IsNumeric || RulesOperators.Promote(left.Type, right.Type) is not { } type)
            return null;
        return new FunctionCode(type with { Nullable = true }, [left, right], (ref Frame frame, Code[] sides) =>
            sides[0].Value(ref frame) is { } a && sides[1].Value(ref frame) is { } b ? Apply(op, type.Kind, a, b) : null);
    }

    private static FunctionCode? Times(BinaryOperator op, Code left, Code right) => (left.Type.Kind, op, right.Type.Kind) switch
    {
        (FactKind.Time, BinaryOperator.Subtract, FactKind.Time) => new FunctionCode(FactType.Duration, [left, right], (ref Frame frame, Code[] sides) =>
            new TimeSpan(sides[0].Ticks(ref frame) - sides[1].Ticks(ref frame))),
        (FactKind.Time, BinaryOperator.Subtract, FactKind.Duration) => Moved(left, right, -1),
        (FactKind.Time, BinaryOperator.Add, FactKind.Duration) => Moved(left, right, 1),
        (FactKind.Duration, BinaryOperator.Add, FactKind.Duration) => Spans(left, right, 1),
        (FactKind.Duration, BinaryOperator.Subtract, FactKind.Duration) => Spans(left, right, -1),
        _ => null,
    };

    private static FunctionCode Moved(Code left, Code right, int sign) => new(FactType.Time, [left, right], (ref Frame frame, Code[] sides) =>
        ((DateTime)sides[0].Value(ref frame)!).AddTicks(sign * sides[1].Ticks(ref frame)));

    private static FunctionCode Spans(Code left, Code right, int sign) => new(FactType.Duration, [left, right], (ref Frame frame, Code[] sides) =>
        new TimeSpan(checked(sides[0].Ticks(ref frame) + (sign * sides[1].Ticks(ref frame)))));
}
