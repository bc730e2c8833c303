namespace Homelab.Rules.Expressions.Syntax;

/// <summary>How tightly operators bind. The two languages differ in where comparison, <c>in</c> and bits stand.</summary>
internal static class Precedence
{
    public const int Lowest = 1;

    public static int Of(BinaryOperator op, bool rules) => op switch
    {
        BinaryOperator.Coalesce => 1,
        BinaryOperator.Or => 2,
        BinaryOperator.And => 3,
        BinaryOperator.In or BinaryOperator.NotIn or BinaryOperator.Like or BinaryOperator.NotLike => rules ? 4 : 8,
        BinaryOperator.BitwiseOr => rules ? 5 : 4,
        BinaryOperator.BitwiseXor => 5,
        BinaryOperator.BitwiseAnd => rules ? 5 : 6,
        BinaryOperator.Equal or BinaryOperator.NotEqual => rules ? 8 : 7,
        BinaryOperator.Less or BinaryOperator.LessOrEqual or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual => 8,
        BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight => 9,
        BinaryOperator.Add or BinaryOperator.Subtract => 10,
        BinaryOperator.Multiply or BinaryOperator.Divide or BinaryOperator.Modulo => 11,
        BinaryOperator.Power => 13,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static bool IsRightAssociative(BinaryOperator op) => op is BinaryOperator.Coalesce;
}
