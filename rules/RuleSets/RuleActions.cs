using System.Text.Json.Nodes;
using Homelab.Rules.Expressions;
using Homelab.Rules.Values;

namespace Homelab.Rules.RuleSets;

/// <summary>The two actions a rule may have.</summary>
internal sealed class RuleActions(RuleSetRunner runner, RuleSettings settings)
{
    private const int MaxDepth = 16;

    public RuleActionResult Run(RuleResult result, int depth)
    {
        var action = result.IsSuccess ? result.Rule.OnSuccess : result.Rule.OnFailure;
        if (action is null)
            return new RuleActionResult(null, null, [result]);
        if (action.Name.Equals("OutputExpression", StringComparison.OrdinalIgnoreCase))
            return Guard("OutputExpressionAction", result, () => new RuleActionResult(Evaluate(Required(action, "expression"), result.Inputs), null, [result]));
        if (action.Name.Equals("EvaluateRule", StringComparison.OrdinalIgnoreCase))
            return Guard("EvaluateRuleAction", result, () => EvaluateRule(action, result, depth));
        throw new KeyNotFoundException($"Action with name: {action.Name} does not exist");
    }

    private RuleActionResult Guard(string name, RuleResult result, Func<RuleActionResult> run)
    {
        string message;
        try
        {
            return run();
        }
        catch (ExpressionSyntaxException exception)
        {
            message = exception.Errors[0].Message;
        }
        catch (Exception exception) when (exception is ExpressionException or ArgumentException or RuleException)
        {
            message = exception.Message;
        }

        message = $"Exception while executing {name}: {message}";
        return settings.IgnoreException || settings.EnableExceptionAsErrorMessage ? new RuleActionResult(null, message, [result]) : throw new RuleException(message);
    }

    private RuleActionResult EvaluateRule(RuleAction action, RuleResult result, int depth)
    {
        if (depth >= MaxDepth)
            throw new RuleException($"EvaluateRule calls itself more than {MaxDepth} deep");

        IEnumerable<KeyValuePair<string, object?>> inputs = result.Inputs;
        if (Find(action, "inputFilter") is JsonArray filter)
        {
            var kept = filter.Select(name => name?.ToString()).ToHashSet();
            inputs = inputs.Where(input => kept.Contains(input.Key));
        }

        var chosen = new Dictionary<string, object?>(inputs, StringComparer.Ordinal);
        foreach (var added in Find(action, "additionalInputs") as JsonArray ?? [])
        {
            if (added is JsonObject parameter && Text(parameter, "Name") is { } name && Text(parameter, "Expression") is { } expression)
                chosen[name] = Evaluate(expression, result.Inputs);
        }

        var inner = runner.ExecuteRule(Required(action, "workflowName"), Required(action, "ruleName"), chosen, depth + 1);
        return new RuleActionResult(inner.Output, null, [.. inner.Results, result]);
    }

    private object? Evaluate(string text, IReadOnlyDictionary<string, object?> inputs)
    {
        var options = ExpressionOptions.Rules with { CaseSensitive = settings.IsExpressionCaseSensitive, Time = settings.Time };
        var types = inputs.Select(input => KeyValuePair.Create(input.Key, FactShape.Of(input.Value))).ToList();
        var expression = RuleExpression.Compile(text, types, options, condition: false, out var error) ?? throw new ExpressionSyntaxException(text, [error!]);
        return expression.Evaluate([.. inputs.Values]);
    }

    private static JsonNode? Find(RuleAction action, string key) =>
        action.Context.FirstOrDefault(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value;

    private static string? Text(JsonObject node, string key) =>
        node.FirstOrDefault(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value?.ToString();

    private static string Required(RuleAction action, string key) =>
        Find(action, key)?.ToString() ?? throw new ArgumentException($"Argument `{key}` was not found in the action context");
}
