using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Model;

/// <summary>Whether data keeps to a JSON schema, as far as such schemas go here: type, properties, required, items, enum, and limits. What a vendor promises of its structured answers is checked all the same.</summary>
internal static class SchemaCheck
{
    private const int Deepest = 32;

    /// <summary>The words a schema may use; another would be promised and not kept.</summary>
    private static readonly string[] Known =
        ["type", "properties", "required", "items", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "additionalProperties", "description", "title", "$schema", "examples", "default"];

    /// <summary>Every problem with its path; empty when it fits.</summary>
    public static IReadOnlyList<string> Problems(JsonNode? value, JsonObject schema) => [.. Check(value, schema, "$", 0)];

    /// <summary>Why this is not a schema that can be asked for; null when it is.</summary>
    public static string? Unusable(JsonObject schema, string path = "$", int depth = 0)
    {
        if (depth > Deepest)
            return $"{path} is deeper than {Deepest} levels.";
        if (schema.Select(word => word.Key).Except(Known).FirstOrDefault() is { } unknown)
            return $"{path} uses '{unknown}', which is not checked here. Use {string.Join(", ", Known.Take(12))}.";
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
            if (property is not JsonObject described || Unusable(described, $"{path}.{name}", depth + 1) is not null)
                return property is JsonObject known ? Unusable(known, $"{path}.{name}", depth + 1) : $"{path}.{name} is not a schema.";
        return schema["items"] is JsonObject items ? Unusable(items, $"{path}[]", depth + 1) : null;
    }

    private static IEnumerable<string> Check(JsonNode? value, JsonObject schema, string path, int depth)
    {
        if (depth > Deepest)
            return [$"{path} is too deep."];
        if (schema["type"] is { } type && !Types(type).Contains(TypeOf(value)) && !(TypeOf(value) == "integer" && Types(type).Contains("number")))
            return [$"{path} is {TypeOf(value)} and not {string.Join(" or ", Types(type))}."];
        if (schema["enum"] is JsonArray allowed && !allowed.Any(one => JsonNode.DeepEquals(one, value)))
            return [$"{path} is none of {allowed.ToJsonString()}."];
        return value switch
        {
            JsonObject fields => Fields(fields, schema, path, depth),
            JsonArray items => Length(items.Count, "minItems", "maxItems", schema, path)
                .Concat(schema["items"] is JsonObject each ? items.SelectMany((item, index) => Check(item, each, $"{path}[{index}]", depth + 1)) : []),
            JsonValue text when text.GetValueKind() == JsonValueKind.String => Length(text.GetValue<string>().Length, "minLength", "maxLength", schema, path),
            JsonValue number when number.GetValueKind() == JsonValueKind.Number => Length(double.Parse(number.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture), "minimum", "maximum", schema, path),
            _ => [],
        };
    }

    private static IEnumerable<string> Fields(JsonObject fields, JsonObject schema, string path, int depth)
    {
        var known = schema["properties"] as JsonObject ?? [];
        foreach (var required in (schema["required"] as JsonArray ?? []).Select(name => (string?)name).OfType<string>().Where(name => !fields.ContainsKey(name)))
            yield return $"{path}.{required} is missing.";
        foreach (var (name, value) in fields)
        {
            if (known[name] is JsonObject property)
            {
                foreach (var problem in Check(value, property, $"{path}.{name}", depth + 1))
                    yield return problem;
            }
            else if (schema["additionalProperties"] is JsonValue extra && extra.GetValueKind() == JsonValueKind.False)
            {
                yield return $"{path}.{name} is not in the schema.";
            }
        }
    }

    private static IEnumerable<string> Length(double value, string least, string most, JsonObject schema, string path)
    {
        if (Limit(schema, least) is { } minimum && value < minimum)
            yield return $"{path} is {value}, less than {minimum}.";
        if (Limit(schema, most) is { } maximum && value > maximum)
            yield return $"{path} is {value}, more than {maximum}.";
    }

    private static double? Limit(JsonObject schema, string name) =>
        schema[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : null;

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(one => (string?)one ?? "") : [type.ToString()];

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out var number) && double.IsInteger(number) ? "integer" : "number",
    };
}
