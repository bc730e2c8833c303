using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Rules.Expressions;
using Homelab.Rules.Values;
using RuleExpressions = Homelab.Rules.Expressions.ExpressionCompiler;

namespace Homelab.Engine.Expressions;

/// <summary>The rules' language over a run: names are variables in scope, then inputs, then CorrelationId, WorkflowInstanceId and LastResult; a dotted name goes into objects.</summary>
internal sealed class NCalcEvaluator : INCalcEvaluator
{
    private static readonly ExpressionOptions Options = ExpressionOptions.NCalc with { AllowNullParameter = true };

    public string? Check(string expression)
    {
        var errors = RuleExpressions.Check(expression, Options);
        return errors.Count == 0 ? null : "is not valid NCalc: " + string.Join(" | ", errors) + ".";
    }

    public Func<IExpressionScope, JsonNode?> Compile(string expression)
    {
        Rules.Expressions.CompiledExpression compiled;
        try
        {
            compiled = RuleExpressions.Compile(expression, Options);
        }
        catch (ExpressionException error)
        {
            var message = error.Message;
            return _ => throw new ExpressionFailure(message);
        }

        return scope =>
        {
            try
            {
                return Node(compiled.Evaluate(new Names(scope)));
            }
            catch (ExpressionException error)
            {
                throw new ExpressionFailure(error.Message, error);
            }
        };
    }

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        bool flag => JsonValue.Create(flag),
        string text => JsonValue.Create(text),
        int whole => JsonValue.Create((long)whole),
        long whole => JsonValue.Create(whole),
        double number => ValueConverter.FromDouble(number),
        decimal exact => JsonValue.Create(exact),
        _ => FactJson.Write(value),
    };

    private static object? Plain(JsonNode? node)
    {
        if (node is not JsonValue scalar)
            return FactJson.Read(node, rules: false);
        switch (scalar.GetValueKind())
        {
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.String:
                return ValueConverter.ToText(scalar);
            case JsonValueKind.Number:
                if (scalar.TryGetValue<long>(out var whole))
                    return whole is >= int.MinValue and <= int.MaxValue ? (int)whole : whole;
                return scalar.TryGetValue<int>(out var small) ? small : ValueConverter.AsDouble(scalar);
            default:
                return null;
        }
    }

    private sealed class Names(IExpressionScope scope) : IReadOnlyDictionary<string, object?>
    {
        public IEnumerable<string> Keys => scope.VariableNames.Concat(scope.InputNames).Distinct();

        public IEnumerable<object?> Values => Keys.Select(key => this[key]);

        public int Count => Keys.Count();

        public object? this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);

        public bool ContainsKey(string key) => TryFind(key, out _);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
        {
            var found = TryFind(key, out var node);
            value = found ? Plain(node) : null;
            return found;
        }

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => Keys.Select(key => KeyValuePair.Create(key, this[key])).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private bool TryFind(string name, out JsonNode? node)
        {
            if (scope.TryGetVariable(name, out node) || scope.TryGetInput(name, out node))
                return true;
            switch (name)
            {
                case "CorrelationId":
                    node = scope.CorrelationId is { } correlation ? JsonValue.Create(correlation) : null;
                    return true;
                case "WorkflowInstanceId":
                    node = JsonValue.Create(scope.RunId);
                    return true;
                case "WorkflowDefinitionId":
                    node = JsonValue.Create(scope.DefinitionId);
                    return true;
                case "LastResult":
                    node = scope.LastResult;
                    return true;
            }

            var dot = name.LastIndexOf('.');
            if (dot > 0 && TryFind(name[..dot], out var owner) && owner is JsonObject fields && fields.TryGetPropertyValue(name[(dot + 1)..], out node))
                return true;
            node = null;
            return false;
        }
    }
}
