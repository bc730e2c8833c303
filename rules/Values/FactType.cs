using System.Diagnostics;

namespace Homelab.Rules.Values;

public enum FactKind
{
    /// <summary>Not known before evaluation; every operation looks at the value itself.</summary>
    Dynamic,

    /// <summary>Known to be nothing but an object, as a missing member of a rule's input is. Rules reject operators on it.</summary>
    Unknown,

    /// <summary>The word null.</summary>
    Null,
    Flag,
    Char,
    Int32,
    UInt32,
    Integer,
    UInt64,
    Single,
    Number,
    Decimal,
    Text,
    Time,
    Duration,
    Guid,
    List,
    Object,
}

/// <summary>
/// The static type of a value. <see cref="Nullable"/> values may be missing: comparing them gives false (and true for
/// "not equal"), as in C#; reading any other missing value is an error.
/// </summary>
public sealed record FactType(FactKind Kind)
{
    public static FactType Dynamic { get; } = new(FactKind.Dynamic);

    public static FactType Unknown { get; } = new(FactKind.Unknown);

    public static FactType Null { get; } = new(FactKind.Null);

    public static FactType Flag { get; } = new(FactKind.Flag);

    public static FactType Char { get; } = new(FactKind.Char);

    public static FactType Int32 { get; } = new(FactKind.Int32);

    public static FactType Integer { get; } = new(FactKind.Integer);

    public static FactType Number { get; } = new(FactKind.Number);

    public static FactType Decimal { get; } = new(FactKind.Decimal);

    public static FactType Text { get; } = new(FactKind.Text);

    public static FactType Time { get; } = new(FactKind.Time);

    public static FactType Duration { get; } = new(FactKind.Duration);

    public static FactType Guid { get; } = new(FactKind.Guid);

    /// <summary>A list's elements.</summary>
    public FactType? Element { get; init; }

    /// <summary>A group's key, where the list is one of <c>GroupBy</c>.</summary>
    public FactType? Key { get; init; }

    /// <summary>An object's fields, in any letter case; <see langword="null"/> where they are not known.</summary>
    public IReadOnlyDictionary<string, FactType>? Fields { get; init; }

    public bool Nullable { get; init; }

    public static FactType ListOf(FactType element) => new(FactKind.List) { Element = element };

    public static FactType ObjectOf(IReadOnlyDictionary<string, FactType> fields) =>
        new(FactKind.Object) { Fields = new Dictionary<string, FactType>(fields, StringComparer.OrdinalIgnoreCase) };

    public bool IsNumeric => Kind is FactKind.Int32 or FactKind.UInt32 or FactKind.Integer or FactKind.UInt64 or FactKind.Single or FactKind.Number or FactKind.Decimal;

    public bool IsWhole => Kind is FactKind.Int32 or FactKind.UInt32 or FactKind.Integer or FactKind.UInt64;

    /// <summary>Missing is one of its values even when it is not declared so.</summary>
    public bool IsReference => Kind is FactKind.Dynamic or FactKind.Unknown or FactKind.Null or FactKind.Text or FactKind.List or FactKind.Object;

    /// <summary>The name RulesEngine's users know the type by.</summary>
    public string Name => Kind switch
    {
        FactKind.Dynamic or FactKind.Unknown or FactKind.Null => "Object",
        FactKind.Flag => "Boolean",
        FactKind.Char => "Char",
        FactKind.Int32 => "Int32",
        FactKind.UInt32 => "UInt32",
        FactKind.Integer => "Int64",
        FactKind.UInt64 => "UInt64",
        FactKind.Single => "Single",
        FactKind.Number => "Double",
        FactKind.Decimal => "Decimal",
        FactKind.Text => "String",
        FactKind.Time => "DateTime",
        FactKind.Duration => "TimeSpan",
        FactKind.Guid => "Guid",
        FactKind.List => "List`1",
        FactKind.Object => Fields is null ? "Object" : $"Object({string.Join(", ", Fields.Keys)})",
        _ => throw new UnreachableException(),
    };

    internal static FactType Of(object? value) => value switch
    {
        null => Null,
        bool => Flag,
        char => Char,
        int or short or ushort or byte or sbyte => Int32,
        uint => new(FactKind.UInt32),
        long => Integer,
        ulong => new(FactKind.UInt64),
        float => new(FactKind.Single),
        double => Number,
        decimal => Decimal,
        string => Text,
        DateTime => Time,
        TimeSpan => Duration,
        System.Guid => Guid,
        _ => Dynamic,
    };

    public bool Equals(FactType? other) => other is not null && Kind == other.Kind && Nullable == other.Nullable
        && Equals(Element, other.Element) && Equals(Key, other.Key) && SameFields(other);

    public override int GetHashCode() => HashCode.Combine(Kind, Nullable, Element, Fields?.Count);

    private bool SameFields(FactType other)
    {
        if (ReferenceEquals(Fields, other.Fields))
            return true;
        if (Fields is null || other.Fields is null || Fields.Count != other.Fields.Count)
            return false;
        foreach (var (name, type) in Fields)
        {
            if (!other.Fields.TryGetValue(name, out var theirs) || !type.Equals(theirs))
                return false;
        }

        return true;
    }
}
