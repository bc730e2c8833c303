using System.Globalization;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Equality and order of values of any kind: numbers by value whatever their type, text by its characters.</summary>
internal sealed class ValueOrder : IComparer<object?>, IEqualityComparer<object?>
{
    public static ValueOrder Instance { get; } = new();

    int IComparer<object?>.Compare(object? x, object? y) => Compare(x, y);

    bool IEqualityComparer<object?>.Equals(object? x, object? y) => AreEqual(x, y);

    int IEqualityComparer<object?>.GetHashCode(object? obj) => obj switch
    {
        null => 0,
        char c => c.ToString().GetHashCode(StringComparison.Ordinal),
        _ when IsNumber(obj) => Number(obj).GetHashCode(),
        IReadOnlyDictionary<string, object?> fields => fields.Count,
        _ => obj.GetHashCode(),
    };

    public static bool IsNumber(object? value) => value is int or long or double or decimal or float or uint or ulong or short or ushort or byte or sbyte;

    public static double Number(object value) => System.Convert.ToDouble(value, CultureInfo.InvariantCulture);

    public static bool AreEqual(object? a, object? b)
    {
        if (a is null || b is null)
            return a is null && b is null;
        if (a is FactObject x && b is FactObject y)
            return x.Count == y.Count && x.All(entry => y.TryGetValue(entry.Key, out var other) && AreEqual(entry.Value, other));
        return Comparable(a, b) ? Compare(a, b) == 0 : Equals(a, b);
    }

    public static int Compare(object? a, object? b) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        (string s, string t) => string.CompareOrdinal(s, t),
        (char c, string t) => string.CompareOrdinal(c.ToString(), t),
        (string s, char c) => string.CompareOrdinal(s, c.ToString()),
        (long m, long n) => m.CompareTo(n),
        (int m, int n) => m.CompareTo(n),
        (double m, double n) => m.CompareTo(n),
        (decimal, _) or (_, decimal) when IsNumber(a) && IsNumber(b) =>
            System.Convert.ToDecimal(a, CultureInfo.InvariantCulture).CompareTo(System.Convert.ToDecimal(b, CultureInfo.InvariantCulture)),
        (double or float, _) or (_, double or float) when IsNumber(a) && IsNumber(b) => Number(a).CompareTo(Number(b)),
        (ulong, _) or (_, ulong) when IsNumber(a) && IsNumber(b) =>
            System.Convert.ToDecimal(a, CultureInfo.InvariantCulture).CompareTo(System.Convert.ToDecimal(b, CultureInfo.InvariantCulture)),
        _ when IsNumber(a) && IsNumber(b) =>
            System.Convert.ToInt64(a, CultureInfo.InvariantCulture).CompareTo(System.Convert.ToInt64(b, CultureInfo.InvariantCulture)),
        (bool m, bool n) => m.CompareTo(n),
        (char m, char n) => m.CompareTo(n),
        (DateTime m, DateTime n) => m.CompareTo(n),
        (TimeSpan m, TimeSpan n) => m.CompareTo(n),
        (Guid m, Guid n) => m.CompareTo(n),
        _ => throw new InvalidOperationException("Failed to compare two elements: they are of different kinds."),
    };

    public static object Convert(object value, FactKind kind) => kind switch
    {
        FactKind.Int32 => value is int ? value : System.Convert.ToInt32(value, CultureInfo.InvariantCulture),
        FactKind.UInt32 => System.Convert.ToUInt32(value, CultureInfo.InvariantCulture),
        FactKind.Integer => value is long ? value : System.Convert.ToInt64(value, CultureInfo.InvariantCulture),
        FactKind.UInt64 => System.Convert.ToUInt64(value, CultureInfo.InvariantCulture),
        FactKind.Single => System.Convert.ToSingle(value, CultureInfo.InvariantCulture),
        FactKind.Number => value is double ? value : System.Convert.ToDouble(value, CultureInfo.InvariantCulture),
        FactKind.Decimal => System.Convert.ToDecimal(value, CultureInfo.InvariantCulture),
        _ => value,
    };

    private static bool Comparable(object a, object b) => a.GetType() == b.GetType() && a is IComparable
        || (IsNumber(a) && IsNumber(b)) || (a is string or char && b is string or char);
}
