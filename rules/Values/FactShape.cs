namespace Homelab.Rules.Values;

/// <summary>
/// The static type of a value read from JSON, and the value brought into that type: elements of a list have the fields
/// of all of them, and a missing field of a plain type is its zero, as in the classes RulesEngine makes.
/// </summary>
internal static class FactShape
{
    public static FactType Of(object? value) => value switch
    {
        null => FactType.Unknown,
        FactGroup => FactType.Dynamic,
        IReadOnlyDictionary<string, object?> fields => OfObject(fields),
        IReadOnlyList<object?> items => FactType.ListOf(OfElements(items)),
        _ => FactType.Of(value),
    };

    public static object? Fit(object? value, FactType type)
    {
        switch (type.Kind)
        {
            case FactKind.Object when value is IReadOnlyDictionary<string, object?> fields && type.Fields is { } declared:
                return new FactObject([.. declared.Select(field => KeyValuePair.Create(
                    field.Key, fields.TryGetValue(field.Key, out var found) && found is not null ? Fit(found, field.Value) : Zero(field.Value)))]);
            case FactKind.List when value is IReadOnlyList<object?> items && type.Element is { } element:
                return items.Select(item => Fit(item, element)).ToList();
            case FactKind.Number when value is long whole:
                return (double)whole;
            default:
                return value;
        }
    }

    public static object? Zero(FactType type) => type.Nullable ? null : type.Kind switch
    {
        FactKind.Flag => false,
        FactKind.Int32 => 0,
        FactKind.Integer => 0L,
        FactKind.Number => 0.0,
        FactKind.Decimal => 0m,
        FactKind.Time => default(DateTime),
        FactKind.Duration => default(TimeSpan),
        FactKind.Guid => default(Guid),
        FactKind.Char => default(char),
        FactKind.Single => 0f,
        FactKind.UInt32 => 0u,
        FactKind.UInt64 => 0ul,
        _ => null,
    };

    private static FactType OfObject(IReadOnlyDictionary<string, object?> fields)
    {
        var types = new Dictionary<string, FactType>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in fields)
            types.TryAdd(name, Of(value));
        return new FactType(FactKind.Object) { Fields = types };
    }

    private static FactType OfElements(IReadOnlyList<object?> items)
    {
        var merged = FactType.Unknown;
        foreach (var item in items)
            merged = Merge(merged, Of(item));
        return merged;
    }

    private static FactType Merge(FactType left, FactType right)
    {
        if (left.Kind == FactKind.Unknown)
            return right;
        if (right.Kind == FactKind.Unknown || left.Equals(right))
            return left;
        if (left.Kind == FactKind.List && right.Kind == FactKind.List)
            return FactType.ListOf(Merge(left.Element!, right.Element!));
        if (left.Kind == FactKind.Object && right.Kind == FactKind.Object)
        {
            var fields = new Dictionary<string, FactType>(left.Fields!, StringComparer.OrdinalIgnoreCase);
            foreach (var (name, type) in right.Fields!)
                fields[name] = fields.TryGetValue(name, out var known) ? Merge(known, type) : type;
            return new FactType(FactKind.Object) { Fields = fields };
        }

        if (left.IsNumeric && right.IsNumeric)
            return FactType.Number;
        return FactType.Dynamic;
    }
}
