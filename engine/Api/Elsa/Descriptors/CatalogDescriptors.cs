using System.Text.Json.Nodes;
using Homelab.Activities;

namespace Homelab.Engine.Api.Elsa.Descriptors;

/// <summary>An activity of the catalogue in Studio's terms: the form follows from its JSON schema, so adding an activity changes nothing here.</summary>
internal static class CatalogDescriptors
{
    public static StudioActivity Describe(ActivityDescriptor activity) => new()
    {
        TypeName = activity.TypeName,
        Version = activity.Version,
        Category = activity.Tool == "Http" ? "HTTP" : activity.Tool,
        DisplayName = activity.DisplayName,
        Description = Describe(activity.Description, activity.Effect),
        Kind = "Task",
        Inputs = Inputs(activity),
        Outputs = Outputs(activity.OutputSchema),
        Ports = [new("Done", "Done", "Flow"), new("Failed", "Failed", "Flow")],
        CustomProperties = new JsonObject { ["Type"] = activity.TypeName, ["ActivityId"] = activity.Id, ["Effect"] = activity.Effect.ToString(), ["Resilient"] = true, ["ResilienceCategory"] = "Activity" },
    };

    private static string Describe(string description, Effect effect) => effect == Effect.None ? description : $"{description} ({effect}: passes the gate.)";

    private static StudioInput[] Inputs(ActivityDescriptor activity)
    {
        var required = Names(activity.InputSchema["required"]);
        return [.. Properties(activity.InputSchema).Select((property, index) => Input(property.Key, property.Value as JsonObject ?? [], index, required.Contains(property.Key), activity))];
    }

    private static StudioInput Input(string name, JsonObject schema, int index, bool required, ActivityDescriptor activity)
    {
        schema = Resolve(schema, activity.InputSchema);
        var choices = schema["enum"] is JsonArray options ? options.OfType<JsonValue>().Select(option => option.ToString()).ToArray() : [];
        var secret = activity.SecretInputs.Contains(name);
        var live = schema["x-options"]?.ToString();
        var (type, hint) = Editor(Type(schema), schema["x-editor"]?.ToString() ?? schema["format"]?.ToString(), choices.Length > 0 || live is not null);
        return new StudioInput
        {
            Name = char.ToUpperInvariant(name[0]) + name[1..],
            TypeName = type,
            DisplayName = schema["title"]?.ToString() ?? StudioActivity.Words(name),
            Description = Describe(schema["description"]?.ToString(), required, secret),
            Order = index,
            IsSynthetic = true,
            UiHint = hint,
            Category = required ? null : "Optional",
            DefaultValue = schema["default"]?.DeepClone(),
            IsSensitive = secret,
            UiSpecifications = hint switch
            {
                // Studio asks for these anew whenever the form is opened, see DescriptorsApi.
                "dropdown" when live is not null => Live(live, []),
                "code-editor" => BuiltInDescriptors.Specification("code-editor", new() { ["language"] = schema["x-editor"]!.ToString()[5..] }), // only an editor "code:..." is one
                "dropdown" => BuiltInDescriptors.DropDown(required ? choices : ["", .. choices]),
                "json-editor" => BuiltInDescriptors.Specification("code-editor", new() { ["language"] = "json" }),
                _ => [],
            },
        };
    }

    /// <summary>A drop-down of what the tool has at the moment. Empty choices leave the field to an expression.</summary>
    public static JsonObject Live(string provider, IEnumerable<InputOption> options) => new()
    {
        ["dropdown"] = new JsonObject
        {
            ["selectList"] = new JsonObject { ["items"] = new JsonArray([.. options.Select(option => new JsonObject { ["text"] = option.Label, ["value"] = option.Value })]) },
        },
        ["Refresh"] = true,
        ["Provider"] = provider,
    };

    private static string? Describe(string? description, bool required, bool secret)
    {
        var notes = string.Join(' ', new[] { required ? "Required." : null, secret ? "Secret: masked wherever it is shown." : null }.OfType<string>());
        return (description, notes) switch
        {
            (null, "") => null,
            (null, _) => notes,
            (_, "") => description,
            _ => $"{description.TrimEnd('.')}. {notes}",
        };
    }

    private static (string Type, string Hint) Editor(string type, string? format, bool choice) => (type, format) switch
    {
        _ when choice => ("String", "dropdown"),
        ("boolean", _) => ("Boolean", "checkbox"),
        ("integer", _) => ("Long", "singleline"),
        ("number", _) => ("Double", "singleline"),
        ("string", "date-time") => ("DateTimeOffset", "datetime-picker"),
        ("string", { } editor) when editor.StartsWith("code:", StringComparison.Ordinal) => ("String", "code-editor"),
        ("string", "multi-line" or "multiline" or "markdown" or "yaml") => ("String", "multiline"),
        ("string", _) => ("String", "singleline"),
        ("array", _) => ("Object", "json-editor"),
        _ => ("Object", "json-editor"),
    };

    private static StudioOutput[] Outputs(JsonObject schema) =>
    [
        .. Properties(schema).Where(property => !property.Key.Equals("result", StringComparison.OrdinalIgnoreCase)).Select((property, index) => new StudioOutput
        {
            Name = char.ToUpperInvariant(property.Key[0]) + property.Key[1..],
            TypeName = Type(property.Value as JsonObject ?? []) switch { "boolean" => "Boolean", "integer" => "Long", "number" => "Double", "string" => "String", _ => "Object" },
            DisplayName = StudioActivity.Words(property.Key),
            Description = property.Value?["description"]?.ToString(),
            Order = index,
            IsSynthetic = true,
        }),
        new StudioOutput { Name = "Result", TypeName = "Object", DisplayName = "Result", Description = "The whole output.", Order = 1000, IsSynthetic = true },
    ];

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Properties(JsonObject schema) =>
        (schema["properties"] as JsonObject ?? []).Where(property => property.Key.Length > 0);

    private static HashSet<string> Names(JsonNode? array) => [.. (array as JsonArray ?? []).Select(item => item?.ToString()).OfType<string>()];

    /// <summary>"string", or the type beside null in ["string", "null"].</summary>
    private static string Type(JsonObject schema) => schema["type"] switch
    {
        JsonArray types => types.Select(type => type?.ToString()).FirstOrDefault(type => type is not null and not "null") ?? "object",
        JsonValue type => type.ToString(),
        _ => schema.ContainsKey("enum") ? "string" : "object",
    };

    /// <summary>Follows "#/$defs/name" and "#/properties/name" within the same schema.</summary>
    private static JsonObject Resolve(JsonObject schema, JsonObject root)
    {
        if (schema["$ref"]?.ToString() is not { } reference || !reference.StartsWith("#/", StringComparison.Ordinal))
            return schema;
        JsonNode? at = root;
        foreach (var part in reference[2..].Split('/'))
            at = (at as JsonObject)?[part];
        return at as JsonObject ?? schema;
    }
}
