using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Expressions;

/// <summary>Elsa's conversions: an object becomes its JSON where text is wanted, true becomes "True", what does not convert becomes the type's default.</summary>
internal static class ValueConverter
{
    internal static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How Elsa writes a value as JSON where text is wanted: quotes, angle brackets, ampersands and plus signs are escaped.</summary>
    internal static readonly JsonSerializerOptions Escaped = new() { Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All) };

    /// <summary>A copy to put into a document: a node has one parent, and constants are shared by all runs.</summary>
    public static JsonNode? Own(JsonNode? value) => value?.DeepClone();

    public static JsonNode? Convert(JsonNode? value, ValueType type) => type.Kind switch
    {
        ValueKind.Object => value,
        // Empty text is no number, no date and no list, and not a default of one either.
        not ValueKind.String when value is JsonValue && value.GetValueKind() == JsonValueKind.String && string.IsNullOrWhiteSpace(ToText(value)) => null,
        ValueKind.String => value is null || value.GetValueKind() == JsonValueKind.String ? value : JsonValue.Create(value is JsonValue ? ToText(value) : value.ToJsonString(Escaped)),
        ValueKind.Enumeration => value is null ? null : JsonValue.Create(ToText(value)),
        ValueKind.Boolean => value is null ? null : value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? value : JsonValue.Create(ToBoolean(value)),
        ValueKind.Integer => value is null ? null : JsonValue.Create(ToInteger(value)),
        ValueKind.Number => value is null ? null : ToNumber(value),
        ValueKind.List => ToList(value, type.Item),
        ValueKind.Dictionary or ValueKind.Json => Parsed(value),
        ValueKind.Guid => value is null ? null : Guid.TryParse(ToText(value), out var id) ? JsonValue.Create(id.ToString()) : JsonValue.Create(Guid.Empty.ToString()),
        ValueKind.TimeSpan => value is null ? null : ToTimeSpan(value) is { } span ? JsonValue.Create(span.ToString()) : null,
        ValueKind.DateTime => value is null ? null : ToDate(value) is { } date ? JsonValue.Create(date.ToString("O", CultureInfo.InvariantCulture)) : null,
        _ => value,
    };

    public static string? ToText(JsonNode? value)
    {
        switch (value)
        {
            case null:
                return null;
            case JsonValue scalar:
                switch (scalar.GetValueKind())
                {
                    case JsonValueKind.String:
                        return scalar.TryGetValue<string>(out var text) ? text : scalar.ToString();
                    case JsonValueKind.True:
                        return "True";
                    case JsonValueKind.False:
                        return "False";
                    case JsonValueKind.Null:
                        return null;
                    default:
                        if (scalar.TryGetValue<double>(out var number) && scalar.TryGetValue<JsonElement>(out _) is false && scalar.TryGetValue<decimal>(out _) is false)
                            return number.ToString("R", CultureInfo.InvariantCulture);
                        return scalar.ToJsonString();
                }

            default:
                return value.ToJsonString(Compact);
        }
    }

    public static bool ToBoolean(JsonNode? value)
    {
        if (value is null)
            return false;
        return value.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            JsonValueKind.Number => AsDouble(value) != 0,
            JsonValueKind.String => bool.TryParse(ToText(value), out var flag) && flag,
            _ => false,
        };
    }

    public static long ToInteger(JsonNode? value)
    {
        if (value is JsonValue scalar)
        {
            if (scalar.TryGetValue<long>(out var whole))
                return whole;
            if (scalar.TryGetValue<int>(out var small))
                return small;
            switch (scalar.GetValueKind())
            {
                case JsonValueKind.Number:
                    var number = AsDouble(scalar);
                    return double.IsFinite(number) && Math.Abs(number) < 9e18 ? (long)Math.Round(number, MidpointRounding.ToEven) : 0;
                case JsonValueKind.True:
                    return 1;
                case JsonValueKind.String:
                    var text = ToText(scalar);
                    if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out whole))
                        return whole;
                    return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number) && Math.Abs(number) < 9e18
                        ? (long)Math.Round(number, MidpointRounding.ToEven)
                        : 0;
            }
        }

        return 0;
    }

    public static double AsDouble(JsonNode value)
    {
        var scalar = value.AsValue();
        if (scalar.TryGetValue<double>(out var number))
            return number;
        if (scalar.TryGetValue<long>(out var whole))
            return whole;
        if (scalar.TryGetValue<int>(out var small))
            return small;
        if (scalar.TryGetValue<decimal>(out var exact))
            return (double)exact;
        return double.TryParse(scalar.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number) ? number : 0;
    }

    public static JsonNode FromDouble(double number) => double.IsInteger(number) && Math.Abs(number) < 9007199254740992
        ? JsonValue.Create((long)number)
        : double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString(CultureInfo.InvariantCulture));

    public static TimeSpan? ToTimeSpan(JsonNode? value)
    {
        if (value is null)
            return null;
        if (value.GetValueKind() == JsonValueKind.Number)
            return TimeSpan.FromMilliseconds(Math.Clamp(AsDouble(value), 0, TimeSpan.MaxValue.TotalMilliseconds - 1));
        var text = ToText(value);
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span))
            return span;
        try
        {
            return text is ['P' or 'p', ..] ? System.Xml.XmlConvert.ToTimeSpan(text) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static DateTimeOffset? ToDate(JsonNode? value) =>
        value is not null && DateTimeOffset.TryParse(ToText(value), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    /// <summary>Items of a list, a text that holds a list, or one item.</summary>
    public static IReadOnlyList<JsonNode?> ToItems(JsonNode? value)
    {
        switch (value)
        {
            case null:
                return [];
            case JsonArray array:
                return [.. array];
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String && ToText(scalar)?.TrimStart() is ['[', ..] text && TryParse(text) is JsonArray parsed:
                return [.. parsed];
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.Null:
                return [];
            default:
                return [value];
        }
    }

    public static JsonNode? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode? ToNumber(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Number => value,
        JsonValueKind.String => decimal.TryParse(ToText(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
            ? JsonValue.Create(exact)
            : double.TryParse(ToText(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? FromDouble(number) : JsonValue.Create(0),
        JsonValueKind.True => JsonValue.Create(1),
        _ => JsonValue.Create(0),
    };

    private static JsonArray? ToList(JsonNode? value, ValueKind item)
    {
        if (value is null)
            return null;
        // What is no list is none: text is one of characters, anything else nothing. Only a list of texts takes a single one.
        if (item == ValueKind.Object && value is not JsonArray && ToItems(value) is [var single] && single == value)
            return value.GetValueKind() == JsonValueKind.String && ToText(value) is { Length: > 0 } text && !string.IsNullOrWhiteSpace(text)
                ? new JsonArray([.. text.Select(character => (JsonNode)JsonValue.Create(character.ToString()))])
                : null;
        var result = new JsonArray();
        foreach (var element in ToItems(value))
            result.Add(Own(item == ValueKind.Object ? element : Convert(element, new ValueType(item))));
        return result;
    }

    private static JsonNode? Parsed(JsonNode? value) =>
        value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.String && ToText(scalar) is { } text
            ? string.IsNullOrWhiteSpace(text) ? null : TryParse(text) ?? value
            : value;
}
