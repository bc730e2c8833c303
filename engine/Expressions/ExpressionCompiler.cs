using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Expressions;

/// <summary>From a definition's expression to one that evaluates; also the syntax check for validation.</summary>
internal sealed class ExpressionCompiler(JavaScriptEngines javaScript, INCalcEvaluator? ncalc = null) : IExpressionChecker
{
    public static IReadOnlyList<string> SupportedTypes { get; } = ["Handlebars", "Input", "JavaScript", "Json", "Literal", "NCalc", "Object", "Variable"];

    /// <param name="keepsText">What an Object expression, or a literal object or list, says to an input that takes anything stays the text that was written, as it does in Elsa's own activities.</param>
    public CompiledExpression Compile(Expression expression, ValueType type, bool keepsText = false)
    {
        var text = TextOf(expression.Value);
        switch (expression.Type)
        {
            case "Literal":
                return new ConstantExpression(ValueConverter.Convert(keepsText && expression.Value.ValueKind is (JsonValueKind.Object or JsonValueKind.Array) ? JsonValue.Create(text) : Node(expression.Value), type));
            case "Object" or "Json":
                return CompileObject(expression.Value, type, keepsText);
            case "Variable":
                var (variableId, variableName) = (Reference(expression.Value, "id"), Reference(expression.Value, "name"));
                return variableId is null && variableName is null ? new ConstantExpression(null) : new VariableExpression(variableId, variableName);
            case "Input":
                return Reference(expression.Value, "name") is { } name
                    ? new InputExpression(name)
                    : new ConstantExpression(null);
            case "JavaScript":
                return string.IsNullOrWhiteSpace(text) ? new ConstantExpression(null) : new JavaScriptExpression(javaScript.Script(text));
            case "NCalc":
                return string.IsNullOrWhiteSpace(text)
                    ? new ConstantExpression(null)
                    : ncalc is null ? new UnsupportedExpression("NCalc expressions are not available here.") : new DelegateExpression(ncalc.Compile(text));
            case "Handlebars":
                return string.IsNullOrEmpty(text) ? new ConstantExpression(JsonValue.Create("")) : HandlebarsExpression.Compile(text);
            case "":
                return new ConstantExpression(null);
            default:
                return new UnsupportedExpression(Unsupported(expression.Type));
        }
    }

    public string? Check(Expression expression)
    {
        var text = TextOf(expression.Value);
        switch (expression.Type)
        {
            case "Literal" or "Variable" or "Input" or "":
                return null;
            case "Object" or "Json":
                if (expression.Value.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(text))
                    return null;
                try
                {
                    using var _ = JsonDocument.Parse(text);
                    return null;
                }
                catch (JsonException error)
                {
                    return $"is not valid JSON at line {error.LineNumber + 1}, position {error.BytePositionInLine + 1}. Put text in double quotes, and check brackets and commas.";
                }

            case "JavaScript":
                return string.IsNullOrWhiteSpace(text) ? null : javaScript.Check(text);
            case "NCalc":
                return string.IsNullOrWhiteSpace(text) ? null : ncalc?.Check(text);
            case "Handlebars":
                return text is null ? null : HandlebarsExpression.Check(text);
            default:
                return Unsupported(expression.Type);
        }
    }

    private static string Unsupported(string type) => type switch
    {
        "CSharp" or "Liquid" or "Python" => $"uses {type}, which this engine does not run. Write it in NCalc or JavaScript" + (type == "Liquid" ? ", or as a Handlebars template." : "."),
        _ => $"has the unknown expression type '{type}'. Use one of {string.Join(", ", SupportedTypes)}.",
    };

    private static CompiledExpression CompileObject(JsonElement value, ValueType type, bool keepsText)
    {
        var wanted = keepsText && type.Kind == ValueKind.Object ? ValueType.String : type;
        if (value.ValueKind != JsonValueKind.String)
            return new ConstantExpression(ValueConverter.Convert(Node(value), wanted));
        var text = value.GetString();
        if (string.IsNullOrWhiteSpace(text))
            return new ConstantExpression(null);
        if (keepsText && wanted.Kind == ValueKind.String)
            return new ConstantExpression(JsonValue.Create(text));
        var parsed = ValueConverter.TryParse(text);
        return parsed is null && wanted.Kind != ValueKind.Object && text.TrimStart()[0] is '{' or '['
            ? new UnsupportedExpression("is not valid JSON.")
            : new ConstantExpression(ValueConverter.Convert(parsed ?? (text.Trim() == "null" ? null : JsonValue.Create(text)), wanted));
    }

    private static JsonNode? Node(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.String => JsonValue.Create(value.GetString()),
        JsonValueKind.True => JsonValue.Create(true),
        JsonValueKind.False => JsonValue.Create(false),
        JsonValueKind.Number when value.TryGetInt64(out var whole) => JsonValue.Create(whole),
        _ => JsonNode.Parse(value.GetRawText()),
    };

    internal static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    private static string? Reference(JsonElement value, string name) => value.ValueKind switch
    {
        // Old files hold the reference as JSON in a text.
        JsonValueKind.String when ValueConverter.TryParse(value.GetString() ?? "") is JsonObject fields => Reference(JsonSerializer.SerializeToElement(fields), name),
        JsonValueKind.String => name == "id" && !string.IsNullOrWhiteSpace(value.GetString()) ? value.GetString() : null,
        JsonValueKind.Object => value.EnumerateObject().FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null,
        _ => null,
    };

    private sealed class ConstantExpression(JsonNode? value) : CompiledExpression
    {
        public override bool IsConstant => true;

        /// <summary>Converted when it was compiled.</summary>
        public override JsonNode? Evaluate(IExpressionScope scope, ValueType type) => value;
    }

    private sealed class UnsupportedExpression(string reason) : CompiledExpression
    {
        public override JsonNode? Evaluate(IExpressionScope scope, ValueType type) => throw new ExpressionFailure("The expression " + reason);
    }

    private sealed class DelegateExpression(Func<IExpressionScope, JsonNode?> evaluate) : CompiledExpression
    {
        public override JsonNode? Evaluate(IExpressionScope scope, ValueType type) => ValueConverter.Convert(evaluate(scope), type);
    }

    private sealed class VariableExpression(string? id, string? name) : CompiledExpression
    {
        public override JsonNode? Evaluate(IExpressionScope scope, ValueType type)
        {
            if ((id is null || !scope.TryGetVariableById(id, out var value)) && !scope.TryGetVariable(name ?? id ?? "", out value))
                throw new ExpressionFailure($"There is no variable '{name ?? id}' in scope. Declare it on the workflow or a container around this activity.");
            // Elsa writes a variable of a JSON type as indented text and everything else compact.
            return type.Kind == ValueKind.String && value is JsonObject && scope.KindOfVariable(id, name) == ValueKind.Json ? JsonValue.Create(value.ToString()) : ValueConverter.Convert(value, type);
        }
    }

    private sealed class InputExpression(string name) : CompiledExpression
    {
        public override JsonNode? Evaluate(IExpressionScope scope, ValueType type) =>
            scope.TryGetInput(name, out var value) ? ValueConverter.Convert(value, type) : null;
    }

    private sealed class JavaScriptExpression(JavaScript script) : CompiledExpression
    {
        public override JsonNode? Evaluate(IExpressionScope scope, ValueType type) => ValueConverter.Convert(script.Evaluate(scope), type);
    }
}
