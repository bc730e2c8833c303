using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Rules.Expressions;
using Homelab.Rules.Values;

namespace Homelab.Engine.Playbooks;

/// <summary>
/// JSON whose texts may hold <c>${ expression }</c> (NCalc). A text that is nothing else becomes the expression's value with its type; otherwise the values become part of the text.
/// <c>$${</c> is a plain <c>${</c>. Every template is one NCalc expression, so it means the same in a plan and in the workflow that a playbook compiles to.
/// </summary>
internal static class Template
{
    public static ExpressionOptions Options { get; } = ExpressionOptions.NCalc with { AllowNullParameter = true };

    public static bool Is(JsonNode? node) => node switch
    {
        JsonObject fields => fields.Any(field => Is(field.Value)),
        JsonArray items => items.Any(Is),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>().Contains("${", StringComparison.Ordinal),
        _ => false,
    };

    /// <exception cref="FormatException">A <c>${</c> is not closed.</exception>
    public static string ToExpression(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject fields => fields.Count == 0 ? "new ()" : $"new ({string.Join(", ", fields.Select(field => $"{ToExpression(field.Value)} as {field.Key}"))})",
        JsonArray items => $"new[] {{ {string.Join(", ", items.Select(ToExpression))} }}",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => OfText(value.GetValue<string>()),
        _ => node.ToJsonString(),
    };

    /// <summary>The value with everything filled in.</summary>
    /// <exception cref="ExpressionException">Where a name is missing or the values do not allow it.</exception>
    public static JsonNode? Resolve(JsonNode? node, JsonObject names) => node switch
    {
        JsonObject fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Resolve(field.Value, names)))),
        JsonArray items => new JsonArray([.. items.Select(item => Resolve(item, names))]),
        _ when Is(node) => Evaluate(ToExpression(node), names),
        _ => node?.DeepClone(),
    };

    public static JsonNode? Evaluate(string expression, JsonObject names) => FactJson.Write(ExpressionCompiler.Compile(expression, Options).Evaluate(names));

    /// <summary>Whether it is plainly true; with the reason where it is not, and whether that is a plain no or only not to be told.</summary>
    public static (bool Holds, string Why, bool IsPlain) Holds(string expression, JsonObject names)
    {
        try
        {
            return ExpressionCompiler.Compile(expression, Options).Evaluate(names) switch
            {
                true => (true, "", true),
                false => (false, $"it is not so that {expression}", true),
                var other => (false, $"'{expression}' gives {other ?? "nothing"}, not true or false", false),
            };
        }
        catch (ExpressionException exception)
        {
            return (false, exception.Message.ReplaceLineEndings(" "), false);
        }
    }

    /// <summary>Every expression in it, with its path.</summary>
    public static IEnumerable<(string Path, string Expression)> Expressions(JsonNode? node, string path)
    {
        switch (node)
        {
            case JsonObject fields:
                return fields.SelectMany(field => Expressions(field.Value, $"{path}.{field.Key}"));
            case JsonArray items:
                return items.SelectMany((item, index) => Expressions(item, $"{path}[{index}]"));
            case JsonValue value when Is(value):
                return Parts(value.GetValue<string>()).Where(part => part.IsExpression).Select(part => (path, part.Text));
            default:
                return [];
        }
    }

    private static string OfText(string text)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
            return Literal(text);
        var parts = Parts(text).ToList();
        return parts is [{ IsExpression: true } only]
            ? $"({only.Text})"
            : $"string.Concat({string.Join(", ", parts.Select(part => part.IsExpression ? $"({part.Text})" : Literal(part.Text)))})";
    }

    private static IEnumerable<(bool IsExpression, string Text)> Parts(string text)
    {
        var plain = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (string.CompareOrdinal(text, at, "$${", 0, 3) == 0)
            {
                plain.Append("${");
                at += 2;
            }
            else if (string.CompareOrdinal(text, at, "${", 0, 2) == 0)
            {
                var close = Close(text, at + 2);
                if (plain.Length > 0)
                    yield return (false, plain.ToString());
                plain.Clear();
                yield return (true, text[(at + 2)..close].Trim());
                at = close;
            }
            else
                plain.Append(text[at]);
        }

        if (plain.Length > 0)
            yield return (false, plain.ToString());
    }

    /// <summary>Where the brace closes that opens before; braces in quotes and inner ones do not count.</summary>
    private static int Close(string text, int from)
    {
        var depth = 0;
        char? quote = null;
        for (var at = from; at < text.Length; at++)
        {
            var c = text[at];
            if (quote is { } open)
            {
                if (c == '\\')
                    at++;
                else if (c == open)
                    quote = null;
            }
            else if (c is '\'' or '"')
                quote = c;
            else if (c == '{')
                depth++;
            else if (c == '}' && depth-- == 0)
                return at;
        }

        throw new FormatException($"'${{' at character {(from - 1).ToString(CultureInfo.InvariantCulture)} is not closed by '}}'; write $${{ for a plain ${{.");
    }

    private static string Literal(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}'";
}
