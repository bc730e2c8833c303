using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>A JSON object read field by field, names without regard to case; what was not taken is what the model has no name for.</summary>
internal sealed class Fields
{
    private readonly List<(string Name, JsonElement Value)> _fields = [];

    public Fields(JsonElement json, string path, string what)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new WorkflowJsonException($"{path} must be {what} (an object), but is {DefinitionReader.Describe(json)}.", path);
        Path = path;
        foreach (var property in json.EnumerateObject())
            _fields.Add((property.Name, property.Value));
    }

    public string Path { get; }

    public static bool TryGet(JsonElement json, string name, out JsonElement value)
    {
        if (json.TryGetProperty(name, out value))
            return true;
        foreach (var property in json.EnumerateObject())
        {
            if (!property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            value = property.Value;
            return true;
        }

        return false;
    }

    public JsonElement? Peek(string name)
    {
        var at = Find(name);
        return at < 0 ? null : _fields[at].Value;
    }

    public bool TryTake(string name, out JsonElement value)
    {
        var at = Find(name);
        if (at < 0)
        {
            value = default;
            return false;
        }

        value = _fields[at].Value;
        _fields.RemoveAt(at);
        return true;
    }

    public string? Text(string name)
    {
        if (!TryTake(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? value.ToString()
            : throw Wrong(name, "text", value);
    }

    /// <summary>Any primitive as text; objects and lists as their JSON.</summary>
    public string? Scalar(string name) => !TryTake(name, out var value) || value.ValueKind == JsonValueKind.Null
        ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    public int? Int(string name)
    {
        if (!TryTake(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number))
            return number;
        return value.ValueKind == JsonValueKind.String && int.TryParse(value.GetString(), CultureInfo.InvariantCulture, out number)
            ? number
            : throw Wrong(name, "a whole number", value);
    }

    public bool Bool(string name) => OptionalBool(name) ?? false;

    public bool? OptionalBool(string name)
    {
        if (!TryTake(name, out var value))
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null => null,
            JsonValueKind.String when bool.TryParse(value.GetString(), out var flag) => flag,
            _ => throw Wrong(name, "true or false", value),
        };
    }

    public DateTimeOffset? Date(string name)
    {
        if (!TryTake(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String
            && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : throw Wrong(name, "an ISO 8601 date and time", value);
    }

    public ImmutableArray<T> List<T>(string name, Func<JsonElement, string, T> read)
    {
        if (!TryTake(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return [];
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("$values", out var values))
            value = values;
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select((item, i) => read(item, $"{Path}.{name}[{i}]"))]
            : throw Wrong(name, "a list", value);
    }

    public ImmutableDictionary<string, JsonElement> Map(string name)
    {
        if (!TryTake(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return ActivityNode.EmptyExtra;
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(name, "an object", value);
        var result = ActivityNode.EmptyExtra.ToBuilder();
        foreach (var property in value.EnumerateObject())
            result[property.Name] = property.Value;
        return result.ToImmutable();
    }

    public IReadOnlyList<(string Name, JsonElement Value)> Remaining() => _fields;

    public ImmutableDictionary<string, JsonElement> Rest(string? but = null)
    {
        if (_fields.Count == 0)
            return ActivityNode.EmptyExtra;
        var result = ActivityNode.EmptyExtra.ToBuilder();
        foreach (var (name, value) in _fields)
            if (name != but)
                result[name] = value;
        return result.ToImmutable();
    }

    private int Find(string name)
    {
        for (var i = 0; i < _fields.Count; i++)
            if (_fields[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return i;
        return -1;
    }

    private WorkflowJsonException Wrong(string name, string wanted, JsonElement value) =>
        new($"{Path}.{name} must be {wanted}, but is {DefinitionReader.Describe(value)}.", $"{Path}.{name}");
}
