namespace Homelab.Workflows.Definitions;

/// <summary>Knows whether an expression can be evaluated; lives where the evaluators are.</summary>
public interface IExpressionChecker
{
    /// <summary>Null when it can; otherwise what is wrong, where, and how to write it, as the end of a sentence whose subject is the expression.</summary>
    string? Check(Expression expression);
}
