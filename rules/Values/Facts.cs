using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Homelab.Rules.Values;

/// <summary>
/// Immutable values of a layout. Numbers, flags and times lie in one array of 64-bit words, text, lists and objects in
/// another. Thread-safe.
/// </summary>
public sealed class Facts
{
    private readonly long[] _words;
    private readonly object?[] _references;
    private readonly bool[] _present;

    internal Facts(FactsLayout layout, long[] words, object?[] references, bool[] present)
    {
        Layout = layout;
        _words = words;
        _references = references;
        _present = present;
    }

    public FactsLayout Layout { get; }

    public bool Has(int slot) => _present[slot];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Number(int slot) => BitConverter.Int64BitsToDouble(Word(slot));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Word(int slot)
    {
        if (!_present[slot])
            ThrowMissing(slot);
        return _words[slot];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public object? Reference(int slot)
    {
        if (!_present[slot])
            ThrowMissing(slot);
        return _references[slot];
    }

    /// <summary>The value in a box; <see langword="null"/> where it is missing.</summary>
    public object? this[int slot] => !_present[slot] ? null : Layout.Fields[slot].Type.Kind switch
    {
        FactKind.Number => Number(slot),
        FactKind.Integer => Word(slot),
        FactKind.Int32 => (int)Word(slot),
        FactKind.Flag => Word(slot) != 0,
        FactKind.Time => new DateTime(Word(slot), DateTimeKind.Utc),
        FactKind.Duration => new TimeSpan(Word(slot)),
        _ => Reference(slot),
    };

    private void ThrowMissing(int slot) => throw new Expressions.ExpressionEvaluationException(
        Expressions.ExpressionFailure.MissingValue, $"The fact '{Layout.Fields[slot].Name}' has no value.");
}

/// <summary>Collects values for a layout; anything that does not fit its field is refused with the field's name.</summary>
public sealed class FactsBuilder(FactsLayout layout)
{
    private readonly long[] _words = new long[layout.Fields.Count];
    private readonly object?[] _references = new object?[layout.Fields.Count];
    private readonly bool[] _present = new bool[layout.Fields.Count];

    /// <summary>Null leaves the field missing.</summary>
    public FactsBuilder Set(string name, object? value)
    {
        var slot = layout.SlotOf(name);
        if (slot < 0)
            throw new ArgumentException($"The layout has no field '{name}'.", nameof(name));
        Store(slot, FactJson.Adopt(value, rules: true));
        return this;
    }

    /// <summary>Takes every field that the values have, also <c>host.cpu</c> out of an object <c>host</c>.</summary>
    public FactsBuilder SetAll(IReadOnlyDictionary<string, object?> values)
    {
        for (var slot = 0; slot < layout.Fields.Count; slot++)
        {
            if (Find(values, layout.Fields[slot].Name) is { } found)
                Store(slot, FactJson.Adopt(found, rules: true));
        }

        return this;
    }

    public Facts Build() => new(layout, (long[])_words.Clone(), (object?[])_references.Clone(), (bool[])_present.Clone());

    private static object? Find(IReadOnlyDictionary<string, object?> values, string name)
    {
        if (values.TryGetValue(name, out var whole))
            return whole;
        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot > 0; dot = name.IndexOf('.', dot + 1))
        {
            if (values.TryGetValue(name[..dot], out var outer) && FactJson.Adopt(outer, rules: true) is IReadOnlyDictionary<string, object?> inner
                && Find(inner, name[(dot + 1)..]) is { } found)
                return found;
        }

        return null;
    }

    private void Store(int slot, object? value)
    {
        _present[slot] = value is not null;
        if (value is null)
            return;

        var field = layout.Fields[slot];
        try
        {
            switch (field.Type.Kind)
            {
                case FactKind.Number:
                    _words[slot] = BitConverter.DoubleToInt64Bits(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                    break;
                case FactKind.Integer or FactKind.Int32:
                    _words[slot] = value is double or float or decimal ? throw new InvalidCastException() : Convert.ToInt64(value, CultureInfo.InvariantCulture);
                    break;
                case FactKind.Flag:
                    _words[slot] = (bool)value ? 1 : 0;
                    break;
                case FactKind.Time:
                    _words[slot] = value is DateTime time ? (time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time).Ticks
                        : DateTime.Parse((string)value, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal).Ticks;
                    break;
                case FactKind.Duration:
                    _words[slot] = value is TimeSpan span ? span.Ticks : TimeSpan.Parse((string)value, CultureInfo.InvariantCulture).Ticks;
                    break;
                case FactKind.Text:
                    _references[slot] = value is string text ? text : Convert.ToString(value, CultureInfo.InvariantCulture);
                    break;
                case FactKind.List:
                    _references[slot] = (IReadOnlyList<object?>)FactShape.Fit(value, field.Type)!;
                    break;
                case FactKind.Object:
                    _references[slot] = (IReadOnlyDictionary<string, object?>)FactShape.Fit(value, field.Type)!;
                    break;
                case FactKind.Dynamic:
                    _references[slot] = value;
                    break;
                default:
                    throw new UnreachableException();
            }
        }
        catch (Exception exception) when (exception is InvalidCastException or FormatException or OverflowException)
        {
            _present[slot] = false;
            throw new ArgumentException($"The fact '{field.Name}' is a {field.Type.Name}; the value '{value}' is not.", exception);
        }
    }
}
