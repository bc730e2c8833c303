using System.Globalization;

namespace Homelab.Engine.Expressions;

/// <summary>The types Elsa's definitions name, as far as converting a value depends on them.</summary>
internal enum ValueKind
{
    Object,
    String,
    Boolean,
    Integer,
    Number,
    Guid,
    DateTime,
    TimeSpan,
    Dictionary,
    Json,
    List,
    Enumeration,
}

/// <param name="Item">The item's kind where <paramref name="Kind"/> is List.</param>
internal readonly record struct ValueType(ValueKind Kind, ValueKind Item = ValueKind.Object)
{
    public static ValueType Object { get; } = new(ValueKind.Object);

    public static ValueType String { get; } = new(ValueKind.String);

    public static ValueType Boolean { get; } = new(ValueKind.Boolean);

    /// <summary>From an alias (FORMATS 1.6) or a CLR name of any Elsa version; what is unknown is Object.</summary>
    public static ValueType Parse(string? typeName, bool isArray = false)
    {
        if (isArray)
            return new ValueType(ValueKind.List, KindOf(typeName));
        var name = typeName ?? "";
        if (name.EndsWith("[]", StringComparison.Ordinal) && !name.StartsWith("System.Byte", StringComparison.Ordinal))
            return new ValueType(ValueKind.List, KindOf(name[..^2]));
        var open = name.IndexOf('<', StringComparison.Ordinal);
        if (open > 0 && name.EndsWith('>') && name[..open] is "List" or "IList" or "ICollection" or "IEnumerable" or "HashSet" or "ISet")
            return new ValueType(ValueKind.List, KindOf(name[(open + 1)..^1]));
        return new ValueType(KindOf(name));
    }

    private static ValueKind KindOf(string? typeName)
    {
        var name = typeName ?? "";
        var comma = name.IndexOf(',', StringComparison.Ordinal);
        if (comma > 0)
            name = name[..comma];
        if (name.StartsWith("System.", StringComparison.Ordinal) && name.IndexOf('.', 7) < 0)
            name = name[7..];
        if (name.EndsWith('?'))
            name = name[..^1];
        return name.ToUpperInvariant() switch
        {
            "STRING" or "URI" or "SYSTEM.URI" or "CHAR" => ValueKind.String,
            "BOOLEAN" or "BOOL" => ValueKind.Boolean,
            "INT16" or "INT32" or "INT64" or "LONG" or "INT" or "SHORT" or "BYTE" => ValueKind.Integer,
            "SINGLE" or "DOUBLE" or "DECIMAL" or "FLOAT" => ValueKind.Number,
            "GUID" => ValueKind.Guid,
            "DATETIME" or "DATETIMEOFFSET" or "DATEONLY" => ValueKind.DateTime,
            "TIMESPAN" => ValueKind.TimeSpan,
            "OBJECTDICTIONARY" or "STRINGDICTIONARY" or "HTTPHEADERS" or "JSON" or "EXPANDOOBJECT" or "SYSTEM.DYNAMIC.EXPANDOOBJECT" => ValueKind.Dictionary,
            "JSONELEMENT" or "JSONNODE" or "JSONOBJECT" or "JSONARRAY" => ValueKind.Json,
            "SWITCHMODE" or "FLOWJOINMODE" or "FORKJOINMODE" or "HTTPSTATUSCODE" => ValueKind.Enumeration,
            _ => ValueKind.Object,
        };
    }

    public override string ToString() => Kind == ValueKind.List ? string.Create(CultureInfo.InvariantCulture, $"List<{Item}>") : Kind.ToString();
}
