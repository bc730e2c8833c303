using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Tests.Activities.Model;

/// <summary>Checks the body of a request against a vendor's OpenAPI description: the part of JSON Schema that these descriptions use.</summary>
internal sealed class VendorDescription
{
    private readonly JsonObject _document;

    private VendorDescription(JsonObject document) => _document = document;

    /// <summary>Null, and why on the console, when the descriptions are not here.</summary>
    public static VendorDescription? Find(string path)
    {
        var shared = Environment.GetEnvironmentVariable("HOMELAB_SHARED") is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "..", "shared");
        var file = Path.Combine(shared, "specs", path);
        if (File.Exists(file))
            return new(JsonNode.Parse(File.ReadAllText(file))!.AsObject());
        Console.WriteLine($"Skipped: {file} is missing.");
        return null;
    }

    /// <summary>Problems of a request; empty when the vendor says that it is good.</summary>
    public IReadOnlyList<string> Problems(SeenRequest request)
    {
        if (_document["paths"]![request.Path]?[request.Method.ToLowerInvariant()] is not JsonObject operation)
            return [$"There is no {request.Method} {request.Path}."];
        if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is not JsonObject schema)
            return request.Body.Length == 0 ? [] : ["It takes no body."];
        return [.. Check(JsonNode.Parse(request.Body), schema, "$")];
    }

    private IEnumerable<string> Check(JsonNode? value, JsonObject schema, string path)
    {
        schema = Resolve(schema);
        foreach (var part in (schema["allOf"] as JsonArray ?? []).SelectMany(part => Check(value, part!.AsObject(), path)))
            yield return part;
        foreach (var any in new[] { "anyOf", "oneOf" })
        {
            if (schema[any] is JsonArray choices && choices.Select(choice => Check(value, choice!.AsObject(), path).ToList()).ToList() is var tried && tried.TrueForAll(problems => problems.Count > 0))
                yield return $"{path} fits none of {choices.Count}: {string.Join(" | ", tried.Select(problems => problems[0]))}";
        }

        if (value is null)
        {
            if (schema["type"] is not null && (bool?)schema["nullable"] != true)
                yield return $"{path} is null.";
            yield break;
        }

        if (schema["type"] is { } type && !Types(type).Any(one => Fits(value, one)))
            yield return $"{path} is not {type.ToJsonString()}.";
        if (schema["enum"] is JsonArray values && !values.Any(one => JsonNode.DeepEquals(one, value)))
            yield return $"{path} is none of {values.ToJsonString()}.";
        if (schema["const"] is { } constant && !JsonNode.DeepEquals(constant, value))
            yield return $"{path} is not {constant.ToJsonString()}.";
        if (schema["pattern"] is { } pattern && value.GetValueKind() == JsonValueKind.String && !Regex.IsMatch((string)value!, (string)pattern!))
            yield return $"{path} does not match {pattern}.";
        if (value is JsonArray items)
        {
            if ((int?)schema["minItems"] is { } least && items.Count < least)
                yield return $"{path} has {items.Count} items.";
            if (schema["items"] is JsonObject each)
            {
                foreach (var problem in items.SelectMany((item, index) => Check(item, each, $"{path}[{index}]")))
                    yield return problem;
            }
        }

        if (value is not JsonObject fields)
            yield break;
        foreach (var missing in (schema["required"] as JsonArray ?? []).Select(name => (string)name!).Where(name => !fields.ContainsKey(name)))
            yield return $"{path}.{missing} is missing.";
        if (schema["propertyNames"]?["enum"] is JsonArray allowed)
        {
            foreach (var name in fields.Select(field => field.Key).Except(allowed.Select(name => (string)name!)))
                yield return $"{path}.{name} is not known.";
        }

        var properties = schema["properties"] as JsonObject ?? [];
        foreach (var (name, field) in fields)
        {
            if (properties[name] is JsonObject property)
            {
                foreach (var problem in Check(field, property, $"{path}.{name}"))
                    yield return problem;
            }
            else if (schema["additionalProperties"] is JsonValue extra && extra.GetValueKind() == JsonValueKind.False)
            {
                yield return $"{path}.{name} is not known.";
            }
        }
    }

    private JsonObject Resolve(JsonObject schema)
    {
        while ((string?)schema["$ref"] is { } reference)
            schema = reference[2..].Split('/').Aggregate((JsonNode)_document, (node, name) => node[name.Replace("~1", "/", StringComparison.Ordinal)]!).AsObject();
        return schema;
    }

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(one => (string)one!) : [(string)type!];

    private static bool Fits(JsonNode value, string type) => (value.GetValueKind(), type) switch
    {
        (JsonValueKind.Object, "object") or (JsonValueKind.Array, "array") or (JsonValueKind.String, "string") or (JsonValueKind.True or JsonValueKind.False, "boolean") or (JsonValueKind.Number, "number") => true,
        (JsonValueKind.Number, "integer") => double.IsInteger((double)value),
        _ => false,
    };
}
