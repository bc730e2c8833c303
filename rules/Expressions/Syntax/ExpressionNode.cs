namespace Homelab.Rules.Expressions.Syntax;

/// <summary>The tree of an expression. Positions count characters from 0 and are not part of what a node means.</summary>
public abstract record ExpressionNode
{
    private ExpressionNode()
    {
    }

    public int Position { get; init; }

    /// <summary>Longest way down to a leaf, kept so that nothing that walks the tree can run out of stack.</summary>
    internal int Height { get; init; } = 1;

    public sealed override string ToString() => ExpressionPrinter.Print(this);

    /// <summary>A number, text, time or flag written out; <see langword="null"/> is the word <c>null</c>.</summary>
    public sealed record Literal(object? Value) : ExpressionNode;

    /// <summary>A parameter, input, local or lambda parameter. Bracketed names may hold any character.</summary>
    public sealed record Name(string Id) : ExpressionNode;

    public sealed record Member(ExpressionNode Target, string Id, bool NullSafe) : ExpressionNode;

    public sealed record Index(ExpressionNode Target, IReadOnlyList<ExpressionNode> Arguments) : ExpressionNode;

    /// <summary>A function, or with a target a method.</summary>
    public sealed record Call(ExpressionNode? Target, string Id, IReadOnlyList<ExpressionNode> Arguments, bool NullSafe) : ExpressionNode;

    public sealed record Unary(UnaryOperator Operator, ExpressionNode Operand, string Symbol) : ExpressionNode;

    public sealed record Binary(BinaryOperator Operator, ExpressionNode Left, ExpressionNode Right, string Symbol) : ExpressionNode;

    public sealed record Conditional(ExpressionNode Condition, ExpressionNode Then, ExpressionNode Else) : ExpressionNode;

    /// <summary>NCalc's <c>(1, 2, 3)</c>, and the right side of <c>in</c>.</summary>
    public sealed record List(IReadOnlyList<ExpressionNode> Items) : ExpressionNode;

    public sealed record Lambda(IReadOnlyList<string> Parameters, ExpressionNode Body) : ExpressionNode;

    public sealed record NewArray(string? ElementType, IReadOnlyList<ExpressionNode> Items) : ExpressionNode;

    public sealed record NewObject(IReadOnlyList<NewField> Fields) : ExpressionNode;
}

/// <summary>One field of <c>new (value as Name, ...)</c>.</summary>
public sealed record NewField(string Name, ExpressionNode Value);

public enum UnaryOperator
{
    Not,
    Negate,
    BitwiseNot,
    Factorial,
}

public enum BinaryOperator
{
    Coalesce,
    Or,
    And,
    BitwiseOr,
    BitwiseXor,
    BitwiseAnd,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Like,
    NotLike,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}
