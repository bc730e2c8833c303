using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>One evaluation: where values come from, lambda parameters, and what is left of the budget. Lives on the stack.</summary>
internal ref struct Frame
{
    private int _steps;

    public Frame(ExpressionOptions options, int locals)
    {
        Options = options;
        Locals = locals == 0 ? [] : new object?[locals];
        _steps = options.Limits.MaxSteps;
    }

    public ExpressionOptions Options { get; }

    public object?[] Locals { get; }

    public Facts? Facts { get; init; }

    public IReadOnlyDictionary<string, object?>? Parameters { get; init; }

    public object?[]? Arguments { get; init; }

    public void Spend(int steps = 1)
    {
        if ((_steps -= steps) < 0)
        {
            throw new ExpressionEvaluationException(
                ExpressionFailure.Limit, $"The evaluation took more than {Options.Limits.MaxSteps} steps; go through fewer elements.");
        }
    }

    /// <summary>Refuses text that grew too long, and charges for its length.</summary>
    public string Bounded(string text)
    {
        if (text.Length > Options.Limits.MaxTextLength)
            throw new ExpressionEvaluationException(ExpressionFailure.Limit, $"The evaluation made a text of {text.Length} characters; at most {Options.Limits.MaxTextLength} are allowed.");
        Spend(text.Length >> 6);
        return text;
    }
}
