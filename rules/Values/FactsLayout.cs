using System.Collections.Frozen;

namespace Homelab.Rules.Values;

/// <summary>A named, typed field of a <see cref="FactsLayout"/>. Names may have dots: <c>host.cpu</c> reads like a member.</summary>
public sealed record FactField(string Name, FactType Type)
{
    /// <summary>May be missing: comparing it then gives false. Reading any other missing field is an error.</summary>
    public bool Optional { get; init; }
}

/// <summary>
/// The fields that facts of one kind have. Expressions are compiled against a layout once: names become slots, so that
/// evaluating reads arrays and neither looks names up nor boxes values.
/// </summary>
public sealed class FactsLayout
{
    private readonly FrozenDictionary<string, int> _slots;

    public FactsLayout(IEnumerable<FactField> fields)
    {
        Fields = [.. fields];
        var slots = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var slot = 0; slot < Fields.Count; slot++)
        {
            if (!slots.TryAdd(Fields[slot].Name, slot))
                throw new ArgumentException($"The field '{Fields[slot].Name}' is declared twice in the layout.", nameof(fields));
        }

        _slots = slots.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    public IReadOnlyList<FactField> Fields { get; }

    /// <summary>The slot of a field, or -1. Finds names in any letter case.</summary>
    public int SlotOf(string name) => _slots.GetValueOrDefault(name, -1);

    public FactsBuilder NewFacts() => new(this);

    internal bool HasPrefix(string prefix) => Fields.Any(field =>
        field.Name.Length > prefix.Length && field.Name[prefix.Length] == '.' && field.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
