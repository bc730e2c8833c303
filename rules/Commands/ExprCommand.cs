using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Rules.Expressions;
using Homelab.Rules.RuleSets;
using Homelab.Rules.Values;

namespace Homelab.Rules.Commands;

/// <summary>
/// <c>expr 'EXPR' --params JSON --json</c>: evaluates one expression. Exit code 0 with the value, 1 where these values
/// do not allow it, 2 where the expression or the parameters cannot be read.
/// </summary>
public static class ExprCommand
{
    public static int Run(string expression, string? parameters, bool json, bool rules, TextWriter output)
    {
        JsonObject values;
        try
        {
            values = string.IsNullOrWhiteSpace(parameters) ? [] : JsonNode.Parse(parameters) as JsonObject ?? throw new JsonException("It is not an object.");
        }
        catch (JsonException exception)
        {
            return Fail(2, $"The parameters are not a JSON object: {exception.Message}", [], json, output);
        }

        try
        {
            var value = rules
                ? EvaluateRule(expression, values)
                : ExpressionCompiler.Compile(expression, ExpressionOptions.NCalc with { AllowNullParameter = true }).Evaluate(values);
            output.WriteLine(json
                ? new JsonObject { ["value"] = FactJson.Write(value), ["type"] = value is null ? "null" : FactShape.Of(value).Name }.ToJsonString()
                : Show(value));
            return 0;
        }
        catch (ExpressionSyntaxException exception)
        {
            return Fail(2, "The expression is not valid.", exception.Errors, json, output);
        }
        catch (ExpressionEvaluationException exception)
        {
            return Fail(1, exception.Message, [], json, output);
        }
    }

    /// <summary>As a rule would: the types are those of the values.</summary>
    private static object? EvaluateRule(string text, JsonObject values)
    {
        var inputs = RuleSetRunner.Read(values);
        var types = inputs.Select(input => KeyValuePair.Create(input.Key, FactShape.Of(input.Value))).ToList();
        var expression = RuleExpression.Compile(text, types, ExpressionOptions.Rules, condition: false, out var error)
            ?? throw new ExpressionSyntaxException(text, [error!]);
        return expression.Evaluate([.. types.Select(type => FactShape.Fit(inputs[type.Key], type.Value))]);
    }

    private static string Show(object? value) => FactJson.Write(value) switch
    {
        null => "null",
        JsonValue leaf when leaf.TryGetValue<string>(out var text) => text,
        var node => node.ToJsonString(),
    };

    private static int Fail(int code, string message, IReadOnlyList<ExpressionError> errors, bool json, TextWriter output)
    {
        if (json)
        {
            var list = errors.Select(error => (JsonNode?)new JsonObject
            {
                ["line"] = error.Line,
                ["column"] = error.Column,
                ["message"] = error.Message,
                ["expected"] = error.Expected,
                ["found"] = error.Found,
                ["near"] = new JsonArray([.. error.Near.Select(name => (JsonNode?)name)]),
            });
            output.WriteLine(new JsonObject { ["error"] = message, ["errors"] = new JsonArray([.. list]) }.ToJsonString());
            return code;
        }

        output.WriteLine(message);
        foreach (var error in errors)
            output.WriteLine($"  {error}");
        return code;
    }
}
