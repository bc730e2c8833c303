using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Expressions;

/// <summary>What one script may cost.</summary>
internal sealed record JavaScriptLimits
{
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Allocated while it runs, what was let go included.</summary>
    public long Bytes { get; init; } = 256 * 1024 * 1024;

    public int Recursion { get; init; } = 100;
}

/// <summary>
/// Scripts and the engines that run them. An engine takes about a millisecond to make ready, so engines are reused; what a script left behind is
/// taken away before the next one, built-in objects are frozen, and an engine whose script failed its limits is thrown away. Thread-safe.
/// </summary>
internal sealed class JavaScriptEngines(TimeProvider time, JavaScriptLimits? limits = null)
{
    private const int MaximumScripts = 20_000;

    private readonly ConcurrentBag<JavaScriptEngine> _idle = [];
    private readonly ConcurrentDictionary<string, JavaScript> _scripts = new(StringComparer.Ordinal);
    private readonly JavaScriptLimits _limits = limits ?? new();

    public JavaScript Script(string text)
    {
        if (_scripts.TryGetValue(text, out var known))
            return known;
        if (_scripts.Count >= MaximumScripts)
            _scripts.Clear();
        return _scripts.GetOrAdd(text, static (key, engines) => new JavaScript(engines, key), this);
    }

    public string? Check(string text) => Script(text).Error;

    public JsonNode? Run(JavaScript script, IExpressionScope scope)
    {
        if (!_idle.TryTake(out var engine))
            engine = new JavaScriptEngine(_limits, time);
        var result = engine.Run(script, scope);
        // Not in a finally: after a failure the engine's state is not known to be clean.
        if (_idle.Count < 2 * Environment.ProcessorCount)
            _idle.Add(engine);
        return result;
    }
}
