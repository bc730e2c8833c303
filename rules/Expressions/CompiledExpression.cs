using System.Text.Json.Nodes;
using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions;

/// <summary>An expression ready to be evaluated any number of times, from any thread.</summary>
public sealed class CompiledExpression
{
    private readonly Code? _code;
    private readonly ExpressionOptions _options;
    private readonly int _locals;

    private CompiledExpression(string text, ExpressionNode? tree, Code? code, int locals, ExpressionOptions options)
    {
        Text = text;
        Tree = tree;
        _code = code;
        _locals = locals;
        _options = options;
    }

    public string Text { get; }

    /// <summary>Null only for an empty text where empty expressions are allowed.</summary>
    public ExpressionNode? Tree { get; }

    /// <summary>Evaluates with the values as parameters. Whether names differ by letter case is the dictionary's business.</summary>
    /// <exception cref="ExpressionEvaluationException">Where these values do not allow it.</exception>
    public object? Evaluate(IReadOnlyDictionary<string, object?> parameters)
    {
        if (_code is null)
            return Text;
        return _options.IterateParameters ? ParameterIteration.Run(parameters, EvaluateOnce) : EvaluateOnce(parameters);
    }

    /// <summary>Evaluates with the fields of a JSON object as parameters.</summary>
    public object? Evaluate(JsonObject parameters) =>
        Evaluate((IReadOnlyDictionary<string, object?>)FactJson.Read(parameters, _options.IsRules)!);

    /// <summary>Evaluates an expression without parameters.</summary>
    public object? Evaluate() => Evaluate(new Dictionary<string, object?>());

    internal static CompiledExpression Create(string text, ExpressionOptions options)
    {
        if (string.IsNullOrEmpty(text) && options.AllowNullOrEmptyExpressions)
            return new CompiledExpression(text ?? "", null, null, 0, options);

        var parser = new Parser(text, options);
        var tree = parser.Parse();
        if (tree is null || parser.Errors.Count > 0)
            throw new ExpressionSyntaxException(text, parser.Errors);

        var binder = new Binder(text, options, new ParameterScope());
        var code = binder.Bind(tree);
        if (binder.Errors.Count > 0)
            throw new ExpressionSyntaxException(text, binder.Errors);
        return new CompiledExpression(text, tree, code, binder.Locals, options);
    }

    private object? EvaluateOnce(IReadOnlyDictionary<string, object?> parameters)
    {
        var frame = new Frame(_options, _locals) { Parameters = parameters };
        return Evaluation.Run(_code!, ref frame);
    }
}
