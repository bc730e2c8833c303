namespace Homelab.Workflows.Definitions;

public enum ProblemSeverity
{
    /// <summary>It runs, but probably not as meant.</summary>
    Warning,

    /// <summary>It would fault, or cannot start; publishing is refused.</summary>
    Error,
}

/// <summary>One thing wrong with a definition.</summary>
/// <param name="ActivityId">Null: the workflow itself.</param>
/// <param name="Field">The input, variable or port; null where the whole activity is meant.</param>
/// <param name="Message">Names the thing, the value, the rule, and what to do.</param>
public sealed record DefinitionProblem(ProblemSeverity Severity, string? ActivityId, string? Field, string Message)
{
    public override string ToString() =>
        $"{(Severity == ProblemSeverity.Error ? "error" : "warning")}: {(ActivityId is null ? "workflow" : $"activity '{ActivityId}'")}{(Field is null ? "" : $", {Field}")}: {Message}";
}
