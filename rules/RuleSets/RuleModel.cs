using System.Text.Json.Nodes;

namespace Homelab.Rules.RuleSets;

/// <summary>A named list of rules, in the format of Microsoft RulesEngine.</summary>
public sealed record RuleWorkflow
{
    public required string Name { get; init; }

    /// <summary>Workflows whose rules are appended to this one's.</summary>
    public IReadOnlyList<string> Inject { get; init; } = [];

    /// <summary>Named values computed once per execution, in this order; later ones may use earlier ones.</summary>
    public IReadOnlyList<ScopedParam> GlobalParams { get; init; } = [];

    public IReadOnlyList<Rule> Rules { get; init; } = [];
}

/// <summary>A condition, or with an operator a combination of rules.</summary>
public sealed record Rule
{
    public required string Name { get; init; }

    public RuleOperator? Operator { get; init; }

    public string? Expression { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>What to say when the rule fails; <c>$(input.field)</c> is replaced by the value.</summary>
    public string? ErrorMessage { get; init; }

    public string? SuccessEvent { get; init; }

    public IReadOnlyList<ScopedParam> LocalParams { get; init; } = [];

    public IReadOnlyList<Rule> Rules { get; init; } = [];

    public RuleAction? OnSuccess { get; init; }

    public RuleAction? OnFailure { get; init; }

    /// <summary>Anything the author wants to find again; rules do not look at it.</summary>
    public JsonObject? Properties { get; init; }
}

/// <summary>And and AndAlso mean the same, as do Or and OrElse.</summary>
public enum RuleOperator
{
    And,
    AndAlso,
    Or,
    OrElse,
}

public sealed record ScopedParam(string Name, string Expression);

/// <summary>What to compute once a rule succeeded or failed: <c>OutputExpression</c> or <c>EvaluateRule</c>.</summary>
public sealed record RuleAction(string Name, JsonObject Context);

/// <summary>How rules are executed. The defaults are RulesEngine's.</summary>
public sealed record RuleSettings
{
    /// <summary>A rule that cannot be evaluated fails and says why; otherwise a <see cref="RuleException"/> is thrown.</summary>
    public bool EnableExceptionAsErrorMessage { get; init; } = true;

    /// <summary>Errors are not reported; the rule fails with its own error message.</summary>
    public bool IgnoreException { get; init; }

    public bool EnableFormattedErrorMessage { get; init; } = true;

    public bool EnableScopedParams { get; init; } = true;

    public bool IsExpressionCaseSensitive { get; init; }

    /// <summary>Stop at the first nested rule that decides, instead of evaluating all.</summary>
    public bool StopAtFirstDecisiveRule { get; init; }

    public bool AutoExecuteActions { get; init; } = true;

    /// <summary>When off, an expression that cannot be parsed counts as false without a message.</summary>
    public bool EnableExceptionAsErrorMessageForRuleExpressionParsing { get; init; } = true;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
