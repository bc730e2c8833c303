namespace Homelab.Rules.Expressions.Syntax;

internal enum TokenKind
{
    End,
    Literal,
    Name,
    BracketedName,
    Binary,
    Minus,
    Not,
    BitwiseNot,
    Factorial,
    Question,
    Colon,
    Comma,
    Dot,
    NullDot,
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Arrow,
    Unknown,
}

/// <summary>A piece of source. <see cref="Value"/> is a literal's value or a name's text; <see cref="Operator"/> is set for Binary and Minus.</summary>
internal readonly record struct Token(TokenKind Kind, int Position, int Length, object? Value = null, BinaryOperator Operator = default)
{
    public int End => Position + Length;
}
