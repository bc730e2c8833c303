namespace Homelab.Rules.Expressions;

/// <summary>Base of the only exceptions parsing, compiling and evaluating an expression throw.</summary>
public abstract class ExpressionException : Exception
{
    private protected ExpressionException(string message)
        : base(message)
    {
    }

    private protected ExpressionException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>The text is not an expression of the language, or (rules) its types do not fit. Holds every error found.</summary>
public sealed class ExpressionSyntaxException(string text, IReadOnlyList<ExpressionError> errors)
    : ExpressionException($"The expression '{Shorten(text)}' is not valid: {string.Join(" | ", errors)}")
{
    public IReadOnlyList<ExpressionError> Errors { get; } = errors;

    private static string Shorten(string text) => text.Length <= 120 ? text : string.Concat(text.AsSpan(0, 117), "...");
}

/// <summary>What kind of failure an evaluation met.</summary>
public enum ExpressionFailure
{
    /// <summary>The operands' types or values do not allow the operation.</summary>
    InvalidOperation,
    UnknownName,
    UnknownFunction,
    UnknownMember,

    /// <summary>Wrong number or kind of arguments, or a value that cannot be converted.</summary>
    InvalidArgument,
    Format,
    Overflow,
    OutOfRange,
    DivideByZero,
    MissingValue,

    /// <summary>A bound of <see cref="ExpressionLimits"/> was reached.</summary>
    Limit,
}

/// <summary>The expression was understood but could not be evaluated over these facts.</summary>
public sealed class ExpressionEvaluationException : ExpressionException
{
    public ExpressionEvaluationException(ExpressionFailure failure, string message)
        : base(message) => Failure = failure;

    public ExpressionEvaluationException(ExpressionFailure failure, string message, Exception inner)
        : base(message, inner) => Failure = failure;

    public ExpressionFailure Failure { get; }
}
