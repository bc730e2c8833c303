using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Homelab.Activities;

/// <summary>JSON schema of an input or output record: what the record's attributes say, and nothing said twice.</summary>
internal static class ActivitySchema
{
    private static readonly JsonSchemaExporterOptions Exporter = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Enrich };

    public static JsonObject Of(Type record)
    {
        var schema = ActivityJson.Strict.GetJsonSchemaAsNode(record, Exporter).AsObject();
        schema["type"] = "object";
        AddDefaults(record, schema);
        return schema;
    }

    /// <summary>Names of the properties with an attribute.</summary>
    public static IReadOnlySet<string> MarkedOf<TAttribute>(Type record)
        where TAttribute : Attribute => record.GetProperties()
        .Where(property => property.IsDefined(typeof(TAttribute)))
        .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))
        .ToHashSet();

    private static JsonNode Enrich(JsonSchemaExporterContext context, JsonNode node)
    {
        if (context.PropertyInfo?.AttributeProvider is not { } property)
            return node;
        // "Anything" is exported as `true`; an object is needed to hang the words on.
        var schema = node as JsonObject ?? [];
        foreach (var attribute in property.GetCustomAttributes(inherit: true))
        {
            switch (attribute)
            {
                case DescriptionAttribute description:
                    schema["description"] = description.Description;
                    break;
                case RangeAttribute range:
                    schema["minimum"] = Number(range.Minimum);
                    schema["maximum"] = Number(range.Maximum);
                    break;
                case StringLengthAttribute length:
                    schema["minLength"] = length.MinimumLength;
                    schema["maxLength"] = length.MaximumLength;
                    break;
                case MinLengthAttribute minimum:
                    schema[context.PropertyInfo.PropertyType == typeof(string) ? "minLength" : "minItems"] = minimum.Length;
                    break;
                case RegularExpressionAttribute pattern:
                    schema["pattern"] = $"^(?:{pattern.Pattern})$";
                    break;
                case AllowedValuesAttribute allowed:
                    schema["enum"] = new JsonArray([.. allowed.Values.Select(value => JsonValue.Create(value?.ToString()))]);
                    break;
                case SecretAttribute:
                    schema["writeOnly"] = true;
                    break;
                case OptionsAttribute options:
                    schema["x-options"] = options.Provider;
                    break;
                case EditorAttribute editor:
                    schema["x-editor"] = editor.Editor;
                    break;
                case ExampleAttribute example:
                    schema["examples"] = new JsonArray(example.Json ? JsonNode.Parse((string)example.Value) : JsonSerializer.SerializeToNode(example.Value, ActivityJson.Strict));
                    break;
            }
        }

        return schema;
    }

    private static JsonValue Number(object bound) => bound is int whole ? JsonValue.Create(whole) : JsonValue.Create(Convert.ToDouble(bound, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What an init property is when nobody sets it, read from a blank record.</summary>
    private static void AddDefaults(Type record, JsonObject schema)
    {
        if (schema["properties"] is not JsonObject properties || record.GetConstructor(Type.EmptyTypes) is null)
            return;
        var blank = Activator.CreateInstance(record);
        var required = (schema["required"] as JsonArray)?.Select(name => name!.GetValue<string>()).ToHashSet() ?? [];
        foreach (var property in record.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (!required.Contains(name) && properties[name] is JsonObject described && property.GetValue(blank) is { } value)
                described["default"] = JsonSerializer.SerializeToNode(value, property.PropertyType, ActivityJson.Strict);
        }
    }
}
