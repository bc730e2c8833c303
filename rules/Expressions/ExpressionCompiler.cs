using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions;

/// <summary>
/// Reads, checks and compiles expressions. Nothing an expression says reaches a .NET type: members are those of the
/// facts and of the table in <c>rules/README.md</c>. Pure and thread-safe; throws only <see cref="ExpressionException"/>s.
/// </summary>
public static class ExpressionCompiler
{
    /// <summary>The tree, or every error found with its position. Never throws.</summary>
    public static ParseResult Parse(string text, ExpressionOptions? options = null)
    {
        var parser = new Parser(text, options ?? ExpressionOptions.NCalc);
        var tree = parser.Parse();
        return new ParseResult(parser.Errors.Count == 0 ? tree : null, parser.Errors);
    }

    /// <summary>
    /// What is wrong with an expression before it runs: syntax, unknown functions, wrong numbers of arguments and, where
    /// <paramref name="names"/> are given, unknown names.
    /// </summary>
    public static IReadOnlyList<ExpressionError> Check(string text, ExpressionOptions? options = null, IReadOnlyCollection<string>? names = null)
    {
        var parsed = Parse(text, options);
        return parsed.Tree is null ? parsed.Errors : ExpressionChecker.Check(text, parsed.Tree, options ?? ExpressionOptions.NCalc, names);
    }

    /// <summary>Compiles for names looked up at evaluation. A rule's types are then only known, and checked, at evaluation.</summary>
    /// <exception cref="ExpressionSyntaxException">With every error found.</exception>
    public static CompiledExpression Compile(string text, ExpressionOptions? options = null) =>
        CompiledExpression.Create(text, options ?? ExpressionOptions.NCalc);

    /// <summary>
    /// Compiles against a layout: names become slots, types are checked, and conditions and numbers are evaluated without
    /// allocating. <typeparamref name="T"/> is bool, double, long, string or object.
    /// </summary>
    /// <exception cref="ExpressionSyntaxException">With every error found, unknown names and types that do not fit among them.</exception>
    public static Func<Facts, T> Compile<T>(string text, FactsLayout layout, ExpressionOptions? options = null) =>
        LayoutCompiler.Compile<T>(text, layout, options ?? ExpressionOptions.Rules);
}

/// <summary>Either a tree or errors.</summary>
public sealed record ParseResult(ExpressionNode? Tree, IReadOnlyList<ExpressionError> Errors)
{
    public bool IsValid => Tree is not null;
}
