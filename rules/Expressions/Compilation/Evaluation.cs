namespace Homelab.Rules.Expressions.Compilation;

/// <summary>The one place where what .NET throws while evaluating becomes the documented exception.</summary>
internal static class Evaluation
{
    public static object? Run(Code code, ref Frame frame)
    {
        try
        {
            return code.Value(ref frame);
        }
        catch (Exception exception) when (exception is not (ExpressionException or OutOfMemoryException))
        {
            throw Translate(exception);
        }
    }

    public static ExpressionEvaluationException Translate(Exception exception) => exception switch
    {
        InvalidCastException => new(ExpressionFailure.InvalidArgument, "Error evaluating expression.", exception),
        FormatException => new(ExpressionFailure.Format, exception.Message, exception),
        DivideByZeroException => new(ExpressionFailure.DivideByZero, exception.Message, exception),
        OverflowException => new(ExpressionFailure.Overflow, exception.Message, exception),
        ArgumentOutOfRangeException or IndexOutOfRangeException => new(ExpressionFailure.OutOfRange, exception.Message, exception),
        ArgumentException => new(ExpressionFailure.InvalidArgument, exception.Message, exception),
        KeyNotFoundException => new(ExpressionFailure.UnknownMember, exception.Message, exception),
        NullReferenceException => new(ExpressionFailure.MissingValue, exception.Message, exception),
        _ => new(ExpressionFailure.InvalidOperation, exception.Message, exception),
    };
}
