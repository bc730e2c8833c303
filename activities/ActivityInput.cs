using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Activities;

/// <summary>
/// Reads an input against its schema: every problem at once, each with its path. What a form or an expression gives as text
/// where a number, a boolean or JSON belongs is converted if it is exactly one; an empty text of an optional field counts as not given.
/// </summary>
internal static class ActivityInput
{
    // A pattern is ours, the text is not: a hostile one must not cost more than this.
    private static readonly TimeSpan PatternLimit = TimeSpan.FromMilliseconds(200);

    public static (JsonObject? Input, IReadOnlyList<InputProblem> Problems) Read(JsonObject schema, JsonElement input)
    {
        List<InputProblem> problems = [];
        if (input.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            input = JsonSerializer.SerializeToElement(new JsonObject());
        var read = Check(schema, JsonNode.Parse(input.GetRawText()), "$", problems);
        return (problems.Count == 0 ? read as JsonObject : null, problems);
    }

    private static JsonNode? Check(JsonNode? node, JsonNode? value, string path, List<InputProblem> problems)
    {
        if (node is not JsonObject schema)
            return value;
        var types = TypesOf(schema);
        value = Convert(types, value);
        var actual = TypeOf(value);
        if (types.Count > 0 && !types.Contains(actual) && !(actual == "integer" && types.Contains("number")))
        {
            problems.Add(new(path, $"must be {string.Join(" or ", types)}, not {actual}."));
            return value;
        }

        if (schema["enum"] is JsonArray choices && !choices.Any(choice => JsonNode.DeepEquals(choice, value)))
            problems.Add(new(path, $"{Shown(schema, value)} is none of {string.Join(", ", choices.Select(choice => choice?.ToString() ?? "null"))}."));

        switch (value)
        {
            case JsonObject fields:
                CheckObject(schema, fields, path, problems);
                break;
            case JsonArray items:
                CheckArray(schema, items, path, problems);
                break;
            case JsonValue when actual is "string":
                CheckText(schema, value.GetValue<string>(), path, problems);
                break;
            case JsonValue when actual is "integer" or "number":
                CheckNumber(schema, value.AsValue(), path, problems);
                break;
        }

        return value;
    }

    private static void CheckObject(JsonObject schema, JsonObject fields, string path, List<InputProblem> problems)
    {
        var properties = schema["properties"] as JsonObject;
        var required = (schema["required"] as JsonArray)?.Select(name => name!.GetValue<string>()).ToHashSet() ?? [];
        foreach (var (name, value) in fields.ToList())
        {
            if (properties?[name] is not { } described)
            {
                if (schema["additionalProperties"] is JsonValue allowed && !allowed.GetValue<bool>())
                    problems.Add(new($"{path}.{name}", $"is not known; known are {string.Join(", ", properties?.Select(property => property.Key) ?? [])}."));
                else if (schema["additionalProperties"] is JsonObject rest)
                    Replace(fields, name, Check(rest, Take(fields, name), $"{path}.{name}", problems));
                continue;
            }

            if (!required.Contains(name) && IsNothing(described, value))
                fields.Remove(name);
            else
                Replace(fields, name, Check(described, Take(fields, name), $"{path}.{name}", problems));
        }

        foreach (var name in required.Where(name => !fields.ContainsKey(name)))
            problems.Add(new($"{path}.{name}", "is required."));
    }

    private static void CheckArray(JsonObject schema, JsonArray items, string path, List<InputProblem> problems)
    {
        if (schema["minItems"] is { } least && items.Count < least.GetValue<int>())
            problems.Add(new(path, $"needs at least {least} entries."));
        for (var index = 0; index < items.Count; index++)
        {
            var item = items[index];
            items[index] = null;
            items[index] = Check(schema["items"], item, $"{path}[{index}]", problems);
        }
    }

    private static void CheckText(JsonObject schema, string text, string path, List<InputProblem> problems)
    {
        if (schema["minLength"] is { } least && text.Length < least.GetValue<int>())
            problems.Add(new(path, $"needs at least {least} characters."));
        if (schema["maxLength"] is { } most && text.Length > most.GetValue<int>())
            problems.Add(new(path, $"has {text.Length} characters, at most {most} are allowed."));
        // Without the last group a line break at the end would pass `$`.
        if (schema["pattern"] is { } pattern && (!Regex.IsMatch(text, pattern.GetValue<string>(), RegexOptions.None, PatternLimit) || text.EndsWith('\n')))
            problems.Add(new(path, $"{Shown(schema, text)} does not match {pattern}."));
    }

    private static void CheckNumber(JsonObject schema, JsonValue value, string path, List<InputProblem> problems)
    {
        var number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
        if (schema["minimum"] is { } least && number < double.Parse(least.ToJsonString(), CultureInfo.InvariantCulture))
            problems.Add(new(path, $"{value} is less than {least}."));
        if (schema["maximum"] is { } most && number > double.Parse(most.ToJsonString(), CultureInfo.InvariantCulture))
            problems.Add(new(path, $"{value} is more than {most}."));
    }

    private static bool IsNothing(JsonNode described, JsonNode? value) =>
        value is null || (TypeOf(value) == "string" && value.GetValue<string>().Length == 0 && !TypesOf(described as JsonObject).SetEquals(["string"]));

    private static JsonNode? Convert(HashSet<string> types, JsonNode? value)
    {
        if (types.Count == 0 || types.Contains("string") || value is not JsonValue single || !single.TryGetValue(out string? text))
            return value;
        try
        {
            var parsed = JsonNode.Parse(text.Trim().ToLowerInvariant() is "true" or "false" ? text.Trim().ToLowerInvariant() : text);
            return types.Contains(TypeOf(parsed)) || (types.Contains("number") && TypeOf(parsed) == "integer") ? parsed : value;
        }
        catch (JsonException)
        {
            return value;
        }
    }

    private static HashSet<string> TypesOf(JsonObject? schema) => schema?["type"] switch
    {
        JsonArray several => [.. several.Select(type => type!.GetValue<string>())],
        JsonValue one => [one.GetValue<string>()],
        _ => [],
    };

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? "integer" : "number",
    };

    private static JsonNode? Take(JsonObject fields, string name)
    {
        var value = fields[name];
        fields[name] = null;
        return value;
    }

    private static void Replace(JsonObject fields, string name, JsonNode? value) => fields[name] = value;

    /// <summary>A secret is not quoted: cut short it would no longer be known for one.</summary>
    private static string Shown(JsonObject schema, object? value) => schema["writeOnly"] is null ? $"'{Short(value)}'" : "the value";

    private static string Short(object? value) => value?.ToString() is { Length: > 60 } text ? text[..60] + "..." : value?.ToString() ?? "null";
}
