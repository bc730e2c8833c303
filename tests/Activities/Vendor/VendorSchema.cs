using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Tests.Activities.Vendor;

/// <summary>The part of JSON schema that the vendors' descriptions use. A field no schema of an object names is a problem, also where the vendor would ignore it.</summary>
internal sealed class VendorSchema(JsonObject document)
{
    public JsonObject Resolve(JsonObject schema)
    {
        while (schema["$ref"]?.GetValue<string>() is { } reference)
        {
            JsonNode node = document;
            foreach (var step in reference.TrimStart('#', '/').Split('/'))
                node = node[Uri.UnescapeDataString(step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))]
                    ?? throw new InvalidOperationException($"{reference} leads nowhere.");
            schema = node.AsObject();
        }

        return schema;
    }

    public static IReadOnlyList<string> Types(JsonObject schema) => schema["type"] switch
    {
        JsonArray several => [.. several.Select(type => type!.GetValue<string>())],
        JsonValue one => [one.GetValue<string>()],
        _ => [],
    };

    /// <param name="fromText">The value comes from a form or a query, where numbers and booleans are text.</param>
    public void Check(JsonObject given, JsonNode? value, string at, List<string> problems, bool fromText)
    {
        var schema = Resolve(given);
        if (value is null)
        {
            if (schema["nullable"]?.GetValue<bool>() != true && Types(schema) is { Count: > 0 } types && !types.Contains("null"))
                problems.Add($"{at} is null");
            return;
        }

        foreach (var name in new[] { "anyOf", "oneOf" })
        {
            if (schema[name] is JsonArray choices && !choices.Any(choice => Fits(choice!.AsObject(), value, at, fromText)))
                problems.Add($"{at} fits none of {name}: {string.Join("; ", choices.Select(choice => string.Join(", ", Problems(choice!.AsObject(), value, at, fromText))))}");
        }

        CheckType(schema, value, at, problems, fromText);
        if (schema["enum"] is JsonArray allowed && !allowed.Any(one => one?.ToString() == value.ToString()))
            problems.Add($"{at} '{value}' is none of {string.Join(", ", allowed)}");
        switch (value)
        {
            case JsonObject fields:
                CheckObject(schema, fields, at, problems, fromText);
                break;
            case JsonArray items when schema["items"] is JsonObject each:
                for (var index = 0; index < items.Count; index++)
                    Check(each, items[index], $"{at}[{index}]", problems, fromText);
                break;
            case JsonValue single:
                CheckSingle(schema, single, at, problems);
                break;
        }
    }

    private bool Fits(JsonObject schema, JsonNode value, string at, bool fromText) => Problems(schema, value, at, fromText).Count == 0;

    private List<string> Problems(JsonObject schema, JsonNode value, string at, bool fromText)
    {
        List<string> problems = [];
        Check(schema, value, at, problems, fromText);
        return problems;
    }

    private void CheckObject(JsonObject schema, JsonObject fields, string at, List<string> problems, bool fromText)
    {
        var (known, required, open) = Members(schema);
        foreach (var (name, value) in fields)
        {
            if (known.TryGetValue(name, out var described))
                Check(described, value, $"{at}.{name}", problems, fromText);
            else if (schema["patternProperties"] is JsonObject patterns && patterns.FirstOrDefault(pattern => Matches(pattern.Key, name)).Value is JsonObject named)
                Check(named, value, $"{at}.{name}", problems, fromText);
            else if (!open)
                problems.Add($"{at}.{name} is not known");
        }

        problems.AddRange(required.Where(name => !fields.ContainsKey(name)).Select(name => $"{at}.{name} is required"));
    }

    /// <summary>Of the schema and all it is put together from; open when it has no fields of its own or says that others may come.</summary>
    private (Dictionary<string, JsonObject> Known, HashSet<string> Required, bool Open) Members(JsonObject given)
    {
        var schema = Resolve(given);
        var known = (schema["properties"] as JsonObject ?? []).ToDictionary(field => field.Key, field => field.Value as JsonObject ?? []);
        HashSet<string> required = [.. (schema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>())];
        var says = schema["additionalProperties"] switch { JsonObject => true, JsonValue one => one.GetValue<bool>(), _ => false };
        foreach (var part in (schema["allOf"] as JsonArray ?? []).Select(part => Members(part!.AsObject())))
        {
            foreach (var (name, field) in part.Known)
                known.TryAdd(name, field);
            required.UnionWith(part.Required);
            says |= part.Open && part.Known.Count > 0;
        }

        // Alternatives check their own fields.
        return (known, required, says || known.Count == 0 || schema["anyOf"] is not null || schema["oneOf"] is not null);
    }

    private static void CheckType(JsonObject schema, JsonNode value, string at, List<string> problems, bool fromText)
    {
        var types = Types(schema);
        if (types.Count == 0 || types.Any(type => Is(type, value, fromText)))
            return;
        problems.Add($"{at} must be {string.Join(" or ", types)}, not {value.GetValueKind()} {value.ToJsonString()}");
    }

    private static bool Is(string type, JsonNode value, bool fromText)
    {
        var kind = value.GetValueKind();
        var text = fromText && kind == JsonValueKind.String ? value.GetValue<string>() : null;
        return type switch
        {
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False || text is "true" or "false",
            "integer" => long.TryParse(text ?? value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "number" => double.TryParse(text ?? value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            "null" => kind == JsonValueKind.Null,
            _ => true,
        };
    }

    private static void CheckSingle(JsonObject schema, JsonValue value, string at, List<string> problems)
    {
        var text = value.ToString();
        if (value.GetValueKind() == JsonValueKind.String)
        {
            if (schema["minLength"] is { } least && text.Length < Number(least))
                problems.Add($"{at} is shorter than {least}");
            if (schema["maxLength"] is { } most && text.Length > Number(most))
                problems.Add($"{at} is longer than {most}");
            if (schema["pattern"]?.GetValue<string>() is { } pattern && !Matches(pattern, text))
                problems.Add($"{at} '{text}' does not match {pattern}");
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !Types(schema).Any(type => type is "integer" or "number"))
            return;
        if (schema["minimum"] is { } minimum && number < Number(minimum))
            problems.Add($"{at} is less than {minimum}");
        if (schema["maximum"] is { } maximum && number > Number(maximum))
            problems.Add($"{at} is more than {maximum}");
    }

    private static bool Matches(string pattern, string text)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException)
        {
            // Written for another engine; such a pattern is not checked here.
            return true;
        }
    }

    private static double Number(JsonNode node) => double.Parse(node.ToString(), CultureInfo.InvariantCulture);
}
