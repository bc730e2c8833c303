using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>
/// A compiled node. Every node can give its value in a box; those that know their type also give it unboxed, so that
/// conditions over typed facts run without allocating. The unboxed readers below unbox for nodes that cannot do better.
/// </summary>
internal abstract class Code(FactType type)
{
    public FactType Type { get; } = type;

    public abstract object? Value(ref Frame frame);

    public virtual bool Flag(ref Frame frame) => Value(ref frame) switch
    {
        bool flag => flag,

        // Rules fail closed: what is not true or false is no condition.
        _ when frame.Options.IsRules => throw new InvalidOperationException("Expression of type 'Boolean' expected"),
        var other => Convert.ToBoolean(other, frame.Options.Culture),
    };

    public virtual double Number(ref Frame frame) => Value(ref frame) switch
    {
        double number => number,
        null => throw Faults.Missing(),
        var other => Convert.ToDouble(other, frame.Options.Culture),
    };

    public virtual long Integer(ref Frame frame) => Value(ref frame) switch
    {
        long whole => whole,
        int whole => whole,
        char c => c,
        null => throw Faults.Missing(),
        var other => Convert.ToInt64(other, frame.Options.Culture),
    };

    public virtual string? Text(ref Frame frame) => (string?)Value(ref frame);

    /// <summary>Ticks of a time or duration.</summary>
    public virtual long Ticks(ref Frame frame) => Value(ref frame) switch
    {
        DateTime time => time.Ticks,
        TimeSpan span => span.Ticks,
        null => throw Faults.Missing(),
        var other => throw new InvalidCastException($"'{other}' is not a time."),
    };
}

/// <summary>A node that computes a double.</summary>
internal abstract class NumberCode(FactType type) : Code(type)
{
    protected NumberCode()
        : this(FactType.Number)
    {
    }

    public sealed override object? Value(ref Frame frame) => Number(ref frame);

    public abstract override double Number(ref Frame frame);
}

/// <summary>A node that computes a whole number of 32 or 64 bits.</summary>
internal abstract class IntegerCode(FactType type) : Code(type)
{
    public sealed override object? Value(ref Frame frame) => Type.Kind == FactKind.Int32 ? (object)(int)Integer(ref frame) : Integer(ref frame);

    public sealed override double Number(ref Frame frame) => Integer(ref frame);

    public abstract override long Integer(ref Frame frame);
}

/// <summary>A node that computes a flag.</summary>
internal abstract class FlagCode() : Code(FactType.Flag)
{
    private static readonly object True = true;
    private static readonly object False = false;

    public sealed override object? Value(ref Frame frame) => Flag(ref frame) ? True : False;

    public abstract override bool Flag(ref Frame frame);
}

/// <summary>A node made of a function over its operands.</summary>
internal sealed class FunctionCode(FactType type, Code[] arguments, FunctionBody body) : Code(type)
{
    public override object? Value(ref Frame frame) => body(ref frame, arguments);
}

internal delegate object? FunctionBody(ref Frame frame, Code[] arguments);

internal sealed class ConstantCode : Code
{
    private readonly object? _value;
    private readonly double _number;
    private readonly long _integer;

    public ConstantCode(object? value)
        : base(FactType.Of(value))
    {
        _value = value;
        (double, long) numbers = value switch
        {
            int i => (i, i),
            uint u => (u, u),
            long l => (l, l),
            char c => (c, c),
            double d => (d, 0),
            float f => (f, 0),
            DateTime time => (0, time.Ticks),
            TimeSpan span => (0, span.Ticks),
            _ => (0, 0L),
        };
        (_number, _integer) = numbers;
    }

    public object? Constant => _value;

    public override object? Value(ref Frame frame) => _value;

    public override double Number(ref Frame frame) => Type.Kind is FactKind.Decimal or FactKind.UInt64 or FactKind.Text or FactKind.Null ? base.Number(ref frame) : _number;

    public override long Integer(ref Frame frame) => Type.IsWhole || Type.Kind == FactKind.Char ? _integer : base.Integer(ref frame);

    public override long Ticks(ref Frame frame) => Type.Kind is FactKind.Time or FactKind.Duration ? _integer : base.Ticks(ref frame);
}

/// <summary>A lambda: its parameter lies in a local slot while the body runs.</summary>
internal sealed class LambdaCode(int slot, Code body) : Code(body.Type)
{
    public override object? Value(ref Frame frame) => throw new InvalidOperationException("A lambda is only allowed as the argument of a list's method.");

    public object? Invoke(ref Frame frame, object? item)
    {
        frame.Spend();
        frame.Locals[slot] = item;
        return body.Value(ref frame);
    }

    public bool Test(ref Frame frame, object? item)
    {
        frame.Spend();
        frame.Locals[slot] = item;
        return body.Flag(ref frame);
    }
}

internal sealed class LocalCode(int slot, FactType type) : Code(type)
{
    public override object? Value(ref Frame frame) => frame.Locals[slot];
}

internal sealed class ErrorCode(ExpressionFailure failure, string message) : Code(FactType.Dynamic)
{
    public override object? Value(ref Frame frame) => throw new ExpressionEvaluationException(failure, message);
}
