using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Homelab.Rules.Values;

/// <summary>An immutable object made of named values, found in any letter case.</summary>
public sealed class FactObject(IReadOnlyList<KeyValuePair<string, object?>> fields) : IReadOnlyDictionary<string, object?>
{
    private readonly IReadOnlyList<KeyValuePair<string, object?>> _fields = fields;

    public object? this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"The object has no field '{key}'.");

    public IEnumerable<string> Keys => _fields.Select(entry => entry.Key);

    public IEnumerable<object?> Values => _fields.Select(entry => entry.Value);

    public int Count => _fields.Count;

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
    {
        object? near = null;
        var found = false;
        foreach (var field in _fields)
        {
            if (field.Key.Equals(key, StringComparison.Ordinal))
            {
                value = field.Value;
                return true;
            }

            if (!found && field.Key.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                near = field.Value;
                found = true;
            }
        }

        value = near;
        return found;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>The elements of a list that share a key.</summary>
internal sealed class FactGroup(object? key, List<object?> items) : IReadOnlyList<object?>
{
    public object? Key { get; } = key;

    public object? this[int index] => items[index];

    public int Count => items.Count;

    public IEnumerator<object?> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
