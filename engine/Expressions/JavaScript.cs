using System.Text.Json.Nodes;
using Jurassic;

namespace Homelab.Engine.Expressions;

/// <summary>One script, parsed once for all engines of the pool. Thread-safe.</summary>
internal sealed class JavaScript
{
    private readonly JavaScriptEngines _engines;

    public JavaScript(JavaScriptEngines engines, string text)
    {
        _engines = engines;
        Text = text;
        (Compiled, IsFunction, Error) = Compile(text);
        Accessors = JavaScriptAccessors.Find(text);
        UsesVariables = text.Contains("variables", StringComparison.Ordinal);
        UsesArguments = text.Contains("args", StringComparison.Ordinal);
    }

    public string Text { get; }

    /// <summary>Null when the text does not parse.</summary>
    public CompiledEval? Compiled { get; }

    /// <summary>The compiled text gives a function to call; otherwise it is evaluated each time and its completion value counts.</summary>
    public bool IsFunction { get; }

    /// <summary>What does not parse and where.</summary>
    public string? Error { get; }

    /// <summary>getX and setX that the text mentions; only those are made available, when X is in scope.</summary>
    public IReadOnlyList<JavaScriptAccessor> Accessors { get; }

    public bool UsesVariables { get; }

    public bool UsesArguments { get; }

    public JsonNode? Evaluate(IExpressionScope scope)
    {
        if (Error is not null)
            throw new ExpressionFailure("The script " + Error);
        return _engines.Run(this, scope);
    }

    private static (CompiledEval? Compiled, bool IsFunction, string? Error) Compile(string text)
    {
        var guarded = JavaScriptGuard.Instrument(text);
        var start = text.TrimStart();
        var statement = start.StartsWith('{') || start.StartsWith("function", StringComparison.Ordinal) || start.StartsWith("class", StringComparison.Ordinal);
        if (!statement && TryCompile("(function(){return (\n" + guarded + "\n);})", out var compiled, out _))
            return (compiled, true, null);
        if (TryCompile(guarded, out compiled, out var error))
            return (compiled, false, null);
        if (TryCompile("(function(){\n" + guarded + "\n})", out compiled, out _))
            return (compiled, true, null);
        return (null, false, Explain(text, error));
    }

    private static bool TryCompile(string source, out CompiledEval? compiled, out SyntaxProblem? error)
    {
        try
        {
            compiled = CompiledEval.Compile(new StringScriptSource(source));
            error = null;
            return true;
        }
        catch (Exception problem) when (problem is JavaScriptException || problem.GetType().Name == "SyntaxErrorException")
        {
            compiled = null;
            error = new SyntaxProblem(problem.GetType().GetProperty("LineNumber")?.GetValue(problem) as int? ?? 1, problem.Message);
            return false;
        }
        catch (Exception problem) when (problem is InvalidOperationException or NotImplementedException or NotSupportedException or ArgumentException or NullReferenceException or KeyNotFoundException)
        {
            compiled = null;
            error = new SyntaxProblem(1, problem.Message);
            return false;
        }
    }

    private static string Explain(string text, SyntaxProblem? error)
    {
        var hint = Hint(text);
        return $"is not JavaScript that this engine reads, at line {error?.Line ?? 1}: {error?.Message ?? "syntax error"}"
            + (hint is null ? " It reads ES5 with let, const, template strings and classes; for a simple value use NCalc." : " " + hint);
    }

    private static string? Hint(string text)
    {
        if (text.Contains("=>", StringComparison.Ordinal))
            return "Arrow functions are not supported: write function (x) { return ...; }, or use NCalc for conditions and arithmetic.";
        if (text.Contains("?.", StringComparison.Ordinal))
            return "Optional chaining is not supported: write a && a.b, or NCalc's if(isNull(a), default, a.b).";
        if (text.Contains("??", StringComparison.Ordinal))
            return "'??' is not supported in JavaScript: NCalc has it (a ?? b); in JavaScript write a == null ? b : a.";
        if (text.Contains("...", StringComparison.Ordinal))
            return "Spread and rest are not supported: use concat or Object.assign.";
        if (System.Text.RegularExpressions.Regex.IsMatch(text, @"\b(var|let|const)\s*[\[{]", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)))
            return "Destructuring is not supported: take the members one by one (var a = o.a).";
        if (text.Contains("await", StringComparison.Ordinal) || text.Contains("async", StringComparison.Ordinal))
            return "async and await are not supported: use an activity for what takes time.";
        return null;
    }

    private sealed record SyntaxProblem(int Line, string Message);
}

/// <param name="Name">"getCurrentValue", "setCounter", "getResultFromScript1".</param>
/// <param name="IsSetter">setX rather than getX.</param>
/// <param name="Subject">X.</param>
internal sealed record JavaScriptAccessor(string Name, bool IsSetter, string Subject);
