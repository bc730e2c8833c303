using System.Text.Json.Nodes;
using Homelab.Rules.Expressions;
using Homelab.Rules.Values;
using ExpressionCompiler = Homelab.Rules.Expressions.ExpressionCompiler;

namespace Homelab.Engine.Remediation;

/// <summary>Whether what was read shows success. Only a plain yes is one: whatever cannot be evaluated is inconclusive, and that is not resolved.</summary>
internal static class Verification
{
    public static ExpressionOptions Options { get; } = ExpressionOptions.NCalc with { AllowNullParameter = true };

    /// <param name="output">Null: nothing could be read.</param>
    /// <param name="given">Names beside the output's own.</param>
    public static (bool Verified, string Why) Judge(string expression, JsonNode? output, JsonObject? given = null)
    {
        if (output is null)
            return (false, "inconclusive: nothing could be read");
        try
        {
            var names = new Dictionary<string, object?> { ["output"] = FactJson.Read(output, rules: false) };
            foreach (var (name, value) in (given ?? []).Concat(output as JsonObject ?? []))
                names[name] = FactJson.Read(value, rules: false);
            return ExpressionCompiler.Compile(expression, Options).Evaluate(names) switch
            {
                true => (true, "verified"),
                false => (false, $"not so yet: {expression}"),
                var other => (false, $"inconclusive: '{expression}' gives {other ?? "nothing"} and not true or false"),
            };
        }
        catch (ExpressionException exception)
        {
            return (false, $"inconclusive: {exception.Message}");
        }
    }
}
