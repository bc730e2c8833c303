using Homelab.Rules.Expressions;
using Homelab.Rules.Values;

namespace Homelab.Rules.RuleSets;

/// <summary>A workflow's rules and global params, compiled for inputs of certain names and types.</summary>
internal sealed class CompiledWorkflow
{
    private readonly IReadOnlyList<KeyValuePair<string, FactType>> _inputs;
    private readonly RuleSettings _settings;
    private readonly IReadOnlyList<ScopedParam> _globals;
    private readonly IReadOnlyList<RuleExpression> _compiledGlobals;

    private CompiledWorkflow(
        IReadOnlyList<KeyValuePair<string, FactType>> inputs, RuleSettings settings, IReadOnlyList<ScopedParam> globals,
        IReadOnlyList<RuleExpression> compiledGlobals, IReadOnlyList<CompiledRule> rules)
    {
        _inputs = inputs;
        _settings = settings;
        _globals = globals;
        _compiledGlobals = compiledGlobals;
        Rules = rules;
    }

    public IReadOnlyList<CompiledRule> Rules { get; }

    public static CompiledWorkflow Compile(
        RuleWorkflow workflow, IReadOnlyList<Rule> rules, IReadOnlyList<KeyValuePair<string, FactType>> inputs, RuleSettings settings)
    {
        var options = ExpressionOptions.Rules with { CaseSensitive = settings.IsExpressionCaseSensitive, Time = settings.Time };
        var enabled = rules.Where(rule => rule.Enabled).ToList();
        if (enabled.GroupBy(rule => rule.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } twice)
            throw new ArgumentException($"An item with the same key has already been added. Key: {twice.Key}");

        var extended = inputs.ToList();
        try
        {
            var globals = CompiledRule.CompileParams(workflow.GlobalParams, extended, settings, options);
            return new CompiledWorkflow(inputs, settings, workflow.GlobalParams, globals, [.. enabled.Select(rule => CompiledRule.Compile(rule, extended, settings, options))]);
        }
        catch (RuleException exception) when (settings.EnableExceptionAsErrorMessage)
        {
            var failed = enabled.Select(rule => CompiledRule.Failed(rule, inputs, settings, $"Error while compiling rule `{rule.Name}`: {exception.Message}"));
            return new CompiledWorkflow(inputs, settings, [], [], [.. failed]);
        }
    }

    /// <summary>Evaluates the globals once and then the chosen rules.</summary>
    public IReadOnlyList<RuleResult> Execute(object?[] arguments, IEnumerable<CompiledRule> rules)
    {
        object?[] extended;
        try
        {
            extended = WithGlobals(arguments);
        }
        catch (Exception exception) when (exception is RuleException or ExpressionEvaluationException)
        {
            return [.. rules.Select(rule => CompiledRule
                .Failed(rule.Rule, _inputs, _settings, $"Error while executing scoped params for rule `{rule.Rule.Name}` - {exception.Message}").Execute(arguments))];
        }

        return [.. rules.Select(rule => rule.Execute(extended))];
    }

    private object?[] WithGlobals(object?[] arguments)
    {
        var extended = arguments;
        for (var i = 0; i < _compiledGlobals.Count; i++)
        {
            var value = _compiledGlobals[i].Evaluate(extended);
            Array.Resize(ref extended, extended.Length + 1);
            extended[^1] = value;
        }

        foreach (var global in _compiledGlobals.Count > 0 ? _globals : [])
        {
            if (_inputs.Any(input => input.Key.Equals(global.Name, StringComparison.Ordinal)))
                throw new RuleException($"GlobalParam name '{global.Name}' collides with an input RuleParameter of the same name. Rename either the global or the input to disambiguate.");
        }

        return extended;
    }
}
