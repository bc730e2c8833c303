using Homelab.Rules.Expressions;
using Homelab.Rules.Values;

namespace Homelab.Rules.RuleSets;

/// <summary>A rule compiled for inputs of certain types: a condition, a combination, or the reason why it always fails.</summary>
internal sealed class CompiledRule
{
    private readonly Rule _rule;
    private readonly RuleSettings _settings;
    private readonly IReadOnlyList<string> _names;
    private readonly IReadOnlyList<RuleExpression> _locals;
    private readonly RuleExpression? _condition;
    private readonly IReadOnlyList<CompiledRule>? _children;
    private readonly string _failure;

    private CompiledRule(
        Rule rule, RuleSettings settings, IReadOnlyList<string> names, IReadOnlyList<RuleExpression> locals, RuleExpression? condition,
        IReadOnlyList<CompiledRule>? children, string failure)
    {
        _rule = rule;
        _settings = settings;
        _names = names;
        _locals = locals;
        _condition = condition;
        _children = children;
        _failure = failure;
    }

    public Rule Rule => _rule;

    public static CompiledRule Compile(Rule rule, IReadOnlyList<KeyValuePair<string, FactType>> inputs, RuleSettings settings, ExpressionOptions options)
    {
        try
        {
            return Build(rule, inputs, settings, options);
        }
        catch (RuleException exception)
        {
            return Failed(rule, inputs, settings, $"Error while compiling rule `{rule.Name}`: {exception.Message}");
        }
    }

    /// <summary>A rule that fails whatever the inputs are.</summary>
    public static CompiledRule Failed(Rule rule, IReadOnlyList<KeyValuePair<string, FactType>> inputs, RuleSettings settings, string message) =>
        settings.EnableExceptionAsErrorMessage
            ? new CompiledRule(rule, settings, Names(inputs), [], null, null, message)
            : throw new RuleException(message);

    /// <summary>Compiles named values in order; later ones see earlier ones.</summary>
    public static IReadOnlyList<RuleExpression> CompileParams(
        IReadOnlyList<ScopedParam> parameters, List<KeyValuePair<string, FactType>> inputs, RuleSettings settings, ExpressionOptions options)
    {
        List<RuleExpression> compiled = [];
        foreach (var parameter in settings.EnableScopedParams ? parameters : [])
        {
            var expression = RuleExpression.Compile(parameter.Expression, inputs, options, condition: false, out var error)
                ?? throw new RuleException($"{error!.Message}, in ScopedParam: {parameter.Name}");
            compiled.Add(expression);
            inputs.Add(KeyValuePair.Create(parameter.Name, expression.Type));
        }

        return compiled;
    }

    public RuleResult Execute(object?[] arguments)
    {
        var extended = arguments;
        try
        {
            for (var i = 0; i < _locals.Count; i++)
            {
                Array.Resize(ref extended, extended.Length + 1);
                extended[^1] = _locals[i].Evaluate(extended[..^1]);
            }
        }
        catch (ExpressionEvaluationException exception)
        {
            var message = $"Error while executing scoped params for rule `{_rule.Name}` - {exception.Message}";
            if (!_settings.EnableExceptionAsErrorMessage)
                throw new RuleException(message);
            return Result(false, message, null, arguments);
        }

        if (_children is not null)
            return Combine(extended);
        if (_condition is null)
            return Result(false, _failure, null, extended);
        try
        {
            return Result(_condition.Evaluate(extended) is true, "", null, extended);
        }
        catch (ExpressionEvaluationException exception)
        {
            var message = $"Error while executing rule : {_rule.Name} - {exception.Message}";
            if (!_settings.EnableExceptionAsErrorMessage)
                throw new RuleException(message);
            return Result(false, _settings.IgnoreException ? "" : message, null, extended);
        }
    }

    private static CompiledRule Build(Rule rule, IReadOnlyList<KeyValuePair<string, FactType>> inputs, RuleSettings settings, ExpressionOptions options)
    {
        var extended = inputs.ToList();
        var locals = CompileParams(rule.LocalParams, extended, settings, options);
        if (rule.Operator is not null && rule.Rules.Count > 0)
        {
            var children = rule.Rules.Where(child => child.Enabled).Select(child => Build(child, extended, settings, options)).ToList();
            return new CompiledRule(rule, settings, Names(extended), locals, null, children, "");
        }

        var condition = RuleExpression.Compile(rule.Expression ?? "", extended, options, condition: true, out var error);
        if (condition is not null)
            return new CompiledRule(rule, settings, Names(extended), locals, condition, null, "");
        if (!settings.EnableExceptionAsErrorMessageForRuleExpressionParsing && RuleExpression.IsParseError(error!))
            return new CompiledRule(rule, settings, Names(extended), locals, null, null, "");
        if (!settings.EnableExceptionAsErrorMessage)
            throw new RuleException(error!.Message);
        var message = settings.IgnoreException ? "" : $"Exception while parsing expression `{rule.Expression}` - {error!.Message}{Hint(error)}";
        return new CompiledRule(rule, settings, Names(extended), locals, null, null, message);
    }

    private static string Hint(ExpressionError error) => error.Near.Count == 0 ? "" : $" (Hint: near names are {string.Join(", ", error.Near)})";

    private static IReadOnlyList<string> Names(IEnumerable<KeyValuePair<string, FactType>> inputs) => [.. inputs.Select(input => input.Key)];

    private RuleResult Combine(object?[] arguments)
    {
        var all = _rule.Operator is RuleOperator.And or RuleOperator.AndAlso;
        List<RuleResult> results = [];
        var success = all && _children!.Count > 0;
        foreach (var child in _children!)
        {
            var result = child.Execute(arguments);
            results.Add(result);
            success = all ? success && result.IsSuccess : success || result.IsSuccess;
            if (_settings.StopAtFirstDecisiveRule && success != all)
                break;
        }

        return Result(success, "", results, arguments);
    }

    private RuleResult Result(bool success, string message, IReadOnlyList<RuleResult>? children, object?[] arguments)
    {
        var inputs = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(_names.Count, arguments.Length); i++)
            inputs[_names[i]] = arguments[i];
        return new RuleResult { Rule = _rule, IsSuccess = success, Message = message, Children = children, Inputs = inputs };
    }
}
