using Homelab.Rules.Expressions;
using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;

namespace Homelab.Rules.RuleSets;

/// <summary>An expression of a rule, compiled for the types of its inputs.</summary>
internal sealed class RuleExpression(Code code, int locals, ExpressionOptions options)
{
    public FactType Type => code.Type.Kind == FactKind.Null ? FactType.Unknown : code.Type;

    public object? Evaluate(object?[] arguments)
    {
        var frame = new Frame(options, locals) { Arguments = arguments };
        return Evaluation.Run(code, ref frame);
    }

    /// <summary>Compiles, or gives the first error in the order in which RulesEngine's users meet them.</summary>
    public static RuleExpression? Compile(
        string text, IReadOnlyList<KeyValuePair<string, FactType>> inputs, ExpressionOptions options, bool condition, out ExpressionError? error)
    {
        var parser = new Parser(text, options);
        var tree = parser.Parse();
        error = parser.Errors.Count > 0 ? parser.Errors[0] : null;
        if (tree is null)
            return null;

        var binder = new Binder(text, options, new ArgumentScope(inputs, options.CaseSensitive), condition);
        var code = condition ? binder.BindCondition(tree) : binder.Bind(tree);
        error = binder.Errors.Count > 0 ? binder.Errors[0] : error;
        return error is null ? new RuleExpression(code, binder.Locals, options) : null;
    }

    /// <summary>Types that .NET finds no operator for are not errors of parsing there, and settings tell the two apart.</summary>
    public static bool IsParseError(ExpressionError error) => !error.Message.StartsWith("The binary operator", StringComparison.Ordinal);
}
