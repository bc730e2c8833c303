using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Rules.Values;

/// <summary>Brings JSON and other outside values into the few kinds of value that expressions know.</summary>
public static partial class FactJson
{
    /// <summary>
    /// Rules read whole numbers as Int64 and ISO dates in text as times, as RulesEngine's users get them; otherwise whole
    /// numbers are Int32 where they fit and text stays text.
    /// </summary>
    public static object? Read(JsonElement element, bool rules) => element.ValueKind switch
    {
        JsonValueKind.Object => new FactObject([.. element.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, Read(field.Value, rules)))]),
        JsonValueKind.Array => element.EnumerateArray().Select(item => Read(item, rules)).ToList(),
        JsonValueKind.String => ReadText(element.GetString()!, rules),
        JsonValueKind.Number => ReadNumber(element, rules),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public static object? Read(JsonNode? node, bool rules)
    {
        switch (node)
        {
            case null:
                return null;
            case JsonObject fields:
                return new FactObject([.. fields.Select(field => KeyValuePair.Create(field.Key, Read(field.Value, rules)))]);
            case JsonArray items:
                return items.Select(item => Read(item, rules)).ToList();
            default:
                using (var document = JsonDocument.Parse(node.ToJsonString()))
                    return Read(document.RootElement, rules);
        }
    }

    /// <summary>Values of other kinds than expressions know become text, so that nothing reaches into a .NET object.</summary>
    internal static object? Adopt(object? value, bool rules) => value switch
    {
        null or string or bool or int or long or double or decimal or char or DateTime or TimeSpan or Guid or float
            or uint or ulong or short or ushort or byte or sbyte or FactObject or FactGroup or IReadOnlyList<object?> => value,
        JsonElement element => Read(element, rules),
        JsonNode node => Read(node, rules),
        DateTimeOffset moment => moment.UtcDateTime,
        Enum choice => choice.ToString(),
        IReadOnlyDictionary<string, object?> fields => fields,
        IDictionary<string, object?> fields => new FactObject([.. fields]),
        IDictionary fields => new FactObject([.. Entries(fields)]),
        IEnumerable items => items.Cast<object?>().Select(item => Adopt(item, rules)).ToList(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    public static JsonNode? Write(object? value) => value switch
    {
        null => null,
        IReadOnlyDictionary<string, object?> fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Write(field.Value)))),
        string text => JsonValue.Create(text),
        double number when !double.IsFinite(number) => JsonValue.Create(number.ToString(CultureInfo.InvariantCulture)),
        float number when !float.IsFinite(number) => JsonValue.Create(number.ToString(CultureInfo.InvariantCulture)),
        char c => JsonValue.Create(c.ToString()),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(Write)]),
        _ => JsonSerializer.SerializeToNode(value),
    };

    private static IEnumerable<KeyValuePair<string, object?>> Entries(IDictionary fields)
    {
        foreach (DictionaryEntry field in fields)
            yield return KeyValuePair.Create(Convert.ToString(field.Key, CultureInfo.InvariantCulture) ?? "", field.Value);
    }

    private static object ReadNumber(JsonElement element, bool rules)
    {
        if (!rules && element.TryGetInt32(out var small))
            return small;
        return element.TryGetInt64(out var whole) ? (object)whole : element.GetDouble();
    }

    private static object ReadText(string text, bool rules) =>
        rules && text.Length >= 19 && IsoTime().IsMatch(text)
        && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time : text;

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$", RegexOptions.CultureInvariant)]
    private static partial Regex IsoTime();
}
