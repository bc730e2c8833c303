using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Compiles against a layout and hands out a typed delegate.</summary>
internal static class LayoutCompiler
{
    public static Func<Facts, T> Compile<T>(string text, FactsLayout layout, ExpressionOptions options)
    {
        var parser = new Parser(text, options);
        var tree = parser.Parse();
        if (tree is null || parser.Errors.Count > 0)
            throw new ExpressionSyntaxException(text, parser.Errors);

        var binder = new Binder(text, options, new LayoutScope(layout));
        var code = typeof(T) == typeof(bool) ? binder.BindCondition(tree) : binder.Bind(tree);
        var errors = binder.Errors.Count > 0 ? binder.Errors : options.IsRules ? [] : ExpressionChecker.Check(text, tree, options, null);
        if (errors.Count > 0)
            throw new ExpressionSyntaxException(text, errors);

        var locals = binder.Locals;
        return (Func<Facts, T>)Delegate<T>(code, options, locals, layout);
    }

    private static object Delegate<T>(Code code, ExpressionOptions options, int locals, FactsLayout layout)
    {
        if (typeof(T) == typeof(bool))
            return new Func<Facts, bool>(facts => Run(facts, layout, options, locals, code, static (Code node, ref Frame frame) => node.Flag(ref frame)));
        if (typeof(T) == typeof(double))
            return new Func<Facts, double>(facts => Run(facts, layout, options, locals, code, static (Code node, ref Frame frame) => node.Number(ref frame)));
        if (typeof(T) == typeof(long))
            return new Func<Facts, long>(facts => Run(facts, layout, options, locals, code, static (Code node, ref Frame frame) => node.Integer(ref frame)));
        if (typeof(T) == typeof(string))
            return new Func<Facts, string?>(facts => Run(facts, layout, options, locals, code, static (Code node, ref Frame frame) => node.Text(ref frame)));
        if (typeof(T) == typeof(object))
            return new Func<Facts, object?>(facts => Run(facts, layout, options, locals, code, static (Code node, ref Frame frame) => node.Value(ref frame)));
        throw new ArgumentException($"Expressions are compiled to bool, double, long, string or object, not to {typeof(T).Name}.");
    }

    private delegate T Reader<T>(Code code, ref Frame frame);

    private static T Run<T>(Facts facts, FactsLayout layout, ExpressionOptions options, int locals, Code code, Reader<T> read)
    {
        if (!ReferenceEquals(facts.Layout, layout))
            throw new ExpressionEvaluationException(ExpressionFailure.InvalidArgument, "The facts are of another layout than the expression was compiled for.");

        var frame = new Frame(options, locals) { Facts = facts };
        try
        {
            return read(code, ref frame);
        }
        catch (Exception exception) when (exception is not (ExpressionException or OutOfMemoryException))
        {
            throw Evaluation.Translate(exception);
        }
    }
}
