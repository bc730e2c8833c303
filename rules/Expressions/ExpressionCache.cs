using System.Collections.Concurrent;

namespace Homelab.Rules.Expressions;

/// <summary>
/// Keeps compiled expressions by text and options, for callers that meet the same texts again and again. Bounded: when
/// full it starts anew, which costs microseconds an expression. Thread-safe.
/// </summary>
public sealed class ExpressionCache(int capacity = 1024)
{
    private readonly ConcurrentDictionary<(string Text, ExpressionOptions Options), CompiledExpression> _compiled = new();

    /// <exception cref="ExpressionSyntaxException">With every error found; broken texts are not kept.</exception>
    public CompiledExpression Get(string text, ExpressionOptions options)
    {
        if (_compiled.TryGetValue((text, options), out var known))
            return known;
        var compiled = ExpressionCompiler.Compile(text, options);
        if (_compiled.Count >= capacity)
            _compiled.Clear();
        _compiled[(text, options)] = compiled;
        return compiled;
    }
}
