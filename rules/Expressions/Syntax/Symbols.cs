namespace Homelab.Rules.Expressions.Syntax;

/// <summary>Operators and punctuation written with signs.</summary>
internal static class Symbols
{
    public static (TokenKind Kind, BinaryOperator Operator, int Length) Read(char c, char next, char afterNext, bool afterOperand, bool rules) => (c, next) switch
    {
        ('*', '*') => Operator(BinaryOperator.Power, 2),
        ('*', _) => Operator(BinaryOperator.Multiply, 1),
        ('/', _) => Operator(BinaryOperator.Divide, 1),
        ('%', _) => Operator(BinaryOperator.Modulo, 1),
        ('+', _) => Operator(BinaryOperator.Add, 1),
        ('-', _) => (TokenKind.Minus, BinaryOperator.Subtract, 1),
        ('<', '<') => Operator(BinaryOperator.ShiftLeft, 2),
        ('<', '=') => Operator(BinaryOperator.LessOrEqual, 2),
        ('<', '>') => Operator(BinaryOperator.NotEqual, 2),
        ('<', _) => Operator(BinaryOperator.Less, 1),
        ('>', '>') => Operator(BinaryOperator.ShiftRight, 2),
        ('>', '=') => Operator(BinaryOperator.GreaterOrEqual, 2),
        ('>', _) => Operator(BinaryOperator.Greater, 1),
        ('=', '=') => Operator(BinaryOperator.Equal, 2),
        ('=', '>') => (TokenKind.Arrow, default, 2),
        ('=', _) => Operator(BinaryOperator.Equal, 1),
        ('!', '=') => Operator(BinaryOperator.NotEqual, 2),
        ('!', _) => (afterOperand && !rules ? TokenKind.Factorial : TokenKind.Not, default, 1),
        ('&', '&') => Operator(BinaryOperator.And, 2),
        ('&', _) => Operator(BinaryOperator.BitwiseAnd, 1),
        ('|', '|') => Operator(BinaryOperator.Or, 2),
        ('|', _) => Operator(BinaryOperator.BitwiseOr, 1),
        ('^', _) => rules ? (TokenKind.Unknown, default, 1) : Operator(BinaryOperator.BitwiseXor, 1),
        ('~', _) => (TokenKind.BitwiseNot, default, 1),
        ('?', '?') => Operator(BinaryOperator.Coalesce, 2),
        ('?', '.') when !char.IsAsciiDigit(afterNext) => (TokenKind.NullDot, default, 2),
        ('?', _) => (TokenKind.Question, default, 1),
        (':', _) => (TokenKind.Colon, default, 1),
        (',', _) => (TokenKind.Comma, default, 1),
        ('.', _) => (TokenKind.Dot, default, 1),
        ('(', _) => (TokenKind.OpenParen, default, 1),
        (')', _) => (TokenKind.CloseParen, default, 1),
        ('[', _) => (TokenKind.OpenBracket, default, 1),
        (']', _) => (TokenKind.CloseBracket, default, 1),
        ('{', _) => (TokenKind.OpenBrace, default, 1),
        ('}', _) => (TokenKind.CloseBrace, default, 1),
        _ => (TokenKind.Unknown, default, 1),
    };

    public static string Text(BinaryOperator op) => op switch
    {
        BinaryOperator.Coalesce => "??",
        BinaryOperator.Or => "or",
        BinaryOperator.And => "and",
        BinaryOperator.BitwiseOr => "|",
        BinaryOperator.BitwiseXor => "^",
        BinaryOperator.BitwiseAnd => "&",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.In => "in",
        BinaryOperator.NotIn => "not in",
        BinaryOperator.Like => "like",
        BinaryOperator.NotLike => "not like",
        BinaryOperator.ShiftLeft => "<<",
        BinaryOperator.ShiftRight => ">>",
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Modulo => "%",
        BinaryOperator.Power => "**",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static (TokenKind Kind, BinaryOperator Operator, int Length) Operator(BinaryOperator op, int length) => (TokenKind.Binary, op, length);
}

/// <summary>Operators written with words, in any letter case.</summary>
internal static class Keywords
{
    public static BinaryOperator? Operator(string word, bool rules) => word.ToLowerInvariant() switch
    {
        "and" => BinaryOperator.And,
        "or" => BinaryOperator.Or,
        "in" => BinaryOperator.In,
        "like" => BinaryOperator.Like,
        var w when rules => Alias(w),
        _ => null,
    };

    private static BinaryOperator? Alias(string word) => word switch
    {
        "andalso" => BinaryOperator.And,
        "orelse" => BinaryOperator.Or,
        "not_in" => BinaryOperator.NotIn,
        "mod" => BinaryOperator.Modulo,
        "eq" or "equal" => BinaryOperator.Equal,
        "ne" or "neq" or "noteq" or "notequal" => BinaryOperator.NotEqual,
        "lt" or "lessthan" => BinaryOperator.Less,
        "le" or "lessthanequal" => BinaryOperator.LessOrEqual,
        "gt" or "greaterthan" => BinaryOperator.Greater,
        "ge" or "greaterthanequal" => BinaryOperator.GreaterOrEqual,
        _ => null,
    };
}
