using System.Diagnostics;
using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

internal sealed class AndCode(Code left, Code right) : FlagCode
{
    public override bool Flag(ref Frame frame) => left.Flag(ref frame) && right.Flag(ref frame);
}

internal sealed class OrCode(Code left, Code right) : FlagCode
{
    public override bool Flag(ref Frame frame) => left.Flag(ref frame) || right.Flag(ref frame);
}

internal sealed class NotCode(Code operand) : FlagCode
{
    public override bool Flag(ref Frame frame) => !operand.Flag(ref frame);
}

internal sealed class CompareNumbers(BinaryOperator op, Code left, Code right) : FlagCode
{
    public override bool Flag(ref Frame frame)
    {
        var a = left.Number(ref frame);
        var b = right.Number(ref frame);
        return op switch
        {
            BinaryOperator.Greater => a > b,
            BinaryOperator.GreaterOrEqual => a >= b,
            BinaryOperator.Less => a < b,
            BinaryOperator.LessOrEqual => a <= b,
            BinaryOperator.Equal => a == b,
            _ => a != b,
        };
    }
}

internal sealed class CompareIntegers(BinaryOperator op, Code left, Code right) : FlagCode
{
    public override bool Flag(ref Frame frame) => Compare(op, left.Integer(ref frame), right.Integer(ref frame));

    public static bool Compare(BinaryOperator op, long a, long b) => op switch
    {
        BinaryOperator.Greater => a > b,
        BinaryOperator.GreaterOrEqual => a >= b,
        BinaryOperator.Less => a < b,
        BinaryOperator.LessOrEqual => a <= b,
        BinaryOperator.Equal => a == b,
        _ => a != b,
    };
}

internal sealed class CompareTicks(BinaryOperator op, Code left, Code right) : FlagCode
{
    public override bool Flag(ref Frame frame) => CompareIntegers.Compare(op, left.Ticks(ref frame), right.Ticks(ref frame));
}

internal sealed class CompareFlags(bool equal, Code left, Code right) : FlagCode
{
    public override bool Flag(ref Frame frame) => left.Flag(ref frame) == right.Flag(ref frame) == equal;
}

/// <summary>Rules compare text by its characters, as C# does.</summary>
internal sealed class CompareTexts(BinaryOperator op, Code left, Code right) : FlagCode
{
    public override bool Flag(ref Frame frame)
    {
        var a = left.Text(ref frame);
        var b = right.Text(ref frame);
        return op switch
        {
            BinaryOperator.Equal => string.Equals(a, b, StringComparison.Ordinal),
            BinaryOperator.NotEqual => !string.Equals(a, b, StringComparison.Ordinal),
            _ => CompareIntegers.Compare(op, frame.Options.Culture.CompareInfo.Compare(a, b), 0),
        };
    }
}

/// <summary>Whether a value is missing.</summary>
internal sealed class MissingCode(Code operand, bool missing) : FlagCode
{
    public override bool Flag(ref Frame frame) => operand.Value(ref frame) is null == missing;
}

/// <summary>Compares values that may be missing: then only "equal" (both) and "not equal" (one) can hold.</summary>
internal sealed class CompareLifted(BinaryOperator op, FactKind kind, Code left, Code right) : FlagCode
{
    public override bool Flag(ref Frame frame) => Compare(op, kind, left.Value(ref frame), right.Value(ref frame));

    public static bool Compare(BinaryOperator op, FactKind kind, object? a, object? b)
    {
        if (a is null || b is null)
            return op == BinaryOperator.Equal ? a == b : op == BinaryOperator.NotEqual && a != b;
        if (kind is FactKind.Number or FactKind.Single && (double.IsNaN(ValueOrder.Number(a)) || double.IsNaN(ValueOrder.Number(b))))
            return op == BinaryOperator.NotEqual;
        return kind is FactKind.List or FactKind.Object or FactKind.Unknown or FactKind.Dynamic
            ? Equals(a, b) == (op == BinaryOperator.Equal)
            : CompareIntegers.Compare(op, ValueOrder.Compare(a, b), 0);
    }
}

internal sealed class NumberArithmetic(BinaryOperator op, Code left, Code right) : NumberCode
{
    public override double Number(ref Frame frame)
    {
        var a = left.Number(ref frame);
        var b = right.Number(ref frame);
        return op switch
        {
            BinaryOperator.Add => a + b,
            BinaryOperator.Subtract => a - b,
            BinaryOperator.Multiply => a * b,
            BinaryOperator.Divide => a / b,
            BinaryOperator.Modulo => a % b,
            BinaryOperator.Power => Math.Pow(a, b),
            _ => throw new UnreachableException(),
        };
    }
}

/// <summary>Whole numbers as C# has them: they wrap around, and division drops the remainder.</summary>
internal sealed class IntegerArithmetic(FactType type, BinaryOperator op, Code left, Code right) : IntegerCode(type)
{
    public override long Integer(ref Frame frame)
    {
        var a = left.Integer(ref frame);
        var b = right.Integer(ref frame);
        var result = op switch
        {
            BinaryOperator.Add => a + b,
            BinaryOperator.Subtract => a - b,
            BinaryOperator.Multiply => a * b,
            BinaryOperator.Divide => b == -1 ? -a : a / b,
            BinaryOperator.Modulo => b == -1 ? 0 : a % b,
            BinaryOperator.BitwiseAnd => a & b,
            BinaryOperator.BitwiseOr => a | b,
            BinaryOperator.BitwiseXor => a ^ b,
            BinaryOperator.ShiftLeft => Type.Kind == FactKind.Int32 ? (int)a << (int)b : a << (int)b,
            BinaryOperator.ShiftRight => Type.Kind == FactKind.Int32 ? (int)a >> (int)b : a >> (int)b,
            _ => throw new UnreachableException(),
        };
        return Type.Kind == FactKind.Int32 ? (int)result : result;
    }
}

internal sealed class NumberFunction1(Func<double, double> function, Code argument) : NumberCode
{
    public override double Number(ref Frame frame) => function(argument.Number(ref frame));
}

internal sealed class NumberFunction2(Func<double, double, double> function, Code first, Code second) : NumberCode
{
    public override double Number(ref Frame frame) => function(first.Number(ref frame), second.Number(ref frame));
}

internal sealed class ConditionalCode(FactType type, Code condition, Code then, Code otherwise) : Code(type)
{
    public override object? Value(ref Frame frame)
    {
        var value = condition.Flag(ref frame) ? then.Value(ref frame) : otherwise.Value(ref frame);
        return Type.IsNumeric && value is not null ? ValueOrder.Convert(value, Type.Kind) : value;
    }

    public override bool Flag(ref Frame frame) => condition.Flag(ref frame) ? then.Flag(ref frame) : otherwise.Flag(ref frame);

    public override double Number(ref Frame frame) => condition.Flag(ref frame) ? then.Number(ref frame) : otherwise.Number(ref frame);

    public override long Integer(ref Frame frame) => condition.Flag(ref frame) ? then.Integer(ref frame) : otherwise.Integer(ref frame);

    public override string? Text(ref Frame frame) => condition.Flag(ref frame) ? then.Text(ref frame) : otherwise.Text(ref frame);
}

internal sealed class CoalesceCode(FactType type, Code left, Code right) : Code(type)
{
    public override object? Value(ref Frame frame) => left.Value(ref frame) ?? right.Value(ref frame);
}
