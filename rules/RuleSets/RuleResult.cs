namespace Homelab.Rules.RuleSets;

/// <summary>What became of a rule, and of the rules in it.</summary>
public sealed record RuleResult
{
    public required Rule Rule { get; init; }

    public required bool IsSuccess { get; init; }

    /// <summary>Why it failed: an error, or the rule's own message. Empty on success.</summary>
    public string Message { get; init; } = "";

    /// <summary>Null for a rule without an operator.</summary>
    public IReadOnlyList<RuleResult>? Children { get; init; }

    /// <summary>Inputs, global and local params that the rule saw.</summary>
    public IReadOnlyDictionary<string, object?> Inputs { get; init; } = new Dictionary<string, object?>();

    public object? ActionOutput { get; init; }

    /// <summary>Why the action failed.</summary>
    public string? ActionError { get; init; }
}

/// <summary>What executing one rule with its action gave: the output of the last action and all rules evaluated.</summary>
public sealed record RuleActionResult(object? Output, string? Error, IReadOnlyList<RuleResult> Results);

/// <summary>A rule could not be evaluated, where the settings say that this throws.</summary>
public sealed class RuleException(string message) : Exception(message);

/// <summary>Rules that break the format's rules. Holds every problem.</summary>
public sealed class RuleValidationException(IReadOnlyList<RuleProblem> problems)
    : Exception($"Validation failed: {string.Concat(problems.Select(problem => $"{Environment.NewLine} -- {problem.Path}: {problem.Message} Severity: Error"))}")
{
    public IReadOnlyList<RuleProblem> Problems { get; } = problems;
}

/// <summary>One thing wrong with a rule file. Lines and columns count from 1; 0 where they are not known.</summary>
public sealed record RuleProblem(string Path, string Message)
{
    public string? File { get; init; }

    public int Line { get; init; }

    public int Column { get; init; }

    public override string ToString()
    {
        var place = File is null ? "" : Line == 0 ? $"{File}: " : $"{File}({Line},{Column}): ";
        return $"{place}{(Path.Length == 0 ? "" : $"{Path}: ")}{Message}";
    }
}
