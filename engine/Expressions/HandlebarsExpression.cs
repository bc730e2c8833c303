using System.Text.Json;
using System.Text.Json.Nodes;
using HandlebarsDotNet;

namespace Homelab.Engine.Expressions;

/// <summary>A Handlebars template over Variables, Input, CorrelationId and the run's ids. Text is not HTML: nothing is escaped. No files, no partials.</summary>
internal sealed class HandlebarsExpression(HandlebarsTemplate<object, object> template) : CompiledExpression
{
    private static readonly IHandlebars Environment = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true, ThrowOnUnresolvedBindingExpression = false });

    public static CompiledExpression Compile(string text)
    {
        try
        {
            return new HandlebarsExpression(Environment.Compile(text));
        }
        catch (HandlebarsException error)
        {
            return new Broken(error.Message);
        }
    }

    public static string? Check(string text)
    {
        try
        {
            Environment.Compile(text);
            return null;
        }
        catch (HandlebarsException error)
        {
            return $"is not a valid Handlebars template: {error.Message}";
        }
    }

    public override JsonNode? Evaluate(IExpressionScope scope, ValueType type)
    {
        try
        {
            return ValueConverter.Convert(JsonValue.Create(template(Model(scope))), type);
        }
        catch (HandlebarsException error)
        {
            throw new ExpressionFailure($"The Handlebars template failed: {error.Message}", error);
        }
    }

    private static Dictionary<string, object?> Model(IExpressionScope scope)
    {
        var variables = new Dictionary<string, object?>();
        foreach (var name in scope.VariableNames)
            if (scope.TryGetVariable(name, out var value))
                variables.TryAdd(name, Plain(value));
        var inputs = new Dictionary<string, object?>();
        foreach (var name in scope.InputNames)
            if (scope.TryGetInput(name, out var value))
                inputs.TryAdd(name, Plain(value));
        return new Dictionary<string, object?>
        {
            ["Variables"] = variables,
            ["Input"] = inputs,
            ["CorrelationId"] = scope.CorrelationId,
            ["WorkflowInstanceId"] = scope.RunId,
            ["WorkflowDefinitionId"] = scope.DefinitionId,
            ["WorkflowDefinitionVersionId"] = scope.DefinitionVersionId,
            ["WorkflowDefinitionVersion"] = scope.DefinitionVersion,
            ["LastResult"] = Plain(scope.LastResult),
        };
    }

    private static object? Plain(JsonNode? value) => value switch
    {
        null => null,
        JsonObject fields => fields.ToDictionary(field => field.Key, field => Plain(field.Value)),
        JsonArray items => items.Select(Plain).ToList(),
        _ => value.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null => null,
            JsonValueKind.String => ValueConverter.ToText(value),
            _ => value.ToJsonString(),
        },
    };

    private sealed class Broken(string message) : CompiledExpression
    {
        public override JsonNode? Evaluate(IExpressionScope scope, ValueType type) => throw new ExpressionFailure($"The Handlebars template is not valid: {message}");
    }
}
