using System.Collections;
using System.Globalization;
using Homelab.Rules.Expressions.Compilation;

namespace Homelab.Rules.Expressions.Library;

/// <summary>Sums, means and extremes of a list.</summary>
internal static class ListNumbers
{
    private const string Empty = "Sequence contains no elements";

    public static object? Sum(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        object? sum = null;
        foreach (var item in items)
        {
            sum = (sum, ListMethods.Of(ref frame, args, item)) switch
            {
                (null, var first) => first,
                (_, null) => sum,
                (int a, int b) => checked(a + b),
                (int or long, int or long) and var (a, b) => checked(Convert.ToInt64(a, CultureInfo.InvariantCulture) + Convert.ToInt64(b, CultureInfo.InvariantCulture)),
                (decimal a, var b) => a + Convert.ToDecimal(b, CultureInfo.InvariantCulture),
                var (a, b) => Number(a) + Number(b),
            };
        }

        return sum ?? (args.Length > 0 && args[0].Type.Kind is not Values.FactKind.Dynamic ? Values.FactShape.Zero(args[0].Type) : 0);
    }

    public static object? Average(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        var sum = 0.0;
        var exact = 0m;
        var decimals = false;
        var count = 0;
        foreach (var item in items)
        {
            if (ListMethods.Of(ref frame, args, item) is not { } value)
                continue;
            count++;
            decimals |= value is decimal;
            if (decimals)
                exact += Convert.ToDecimal(value, CultureInfo.InvariantCulture);
            sum += Number(value);
        }

        if (count == 0)
            throw new InvalidOperationException(Empty);
        return decimals ? exact / count : sum / count;
    }

    public static object? Extreme(ref Frame frame, IReadOnlyList<object?> items, Code[] args, int sign)
    {
        object? best = null;
        foreach (var item in items)
        {
            if (ListMethods.Of(ref frame, args, item) is { } value && (best is null || ValueOrder.Compare(value, best) * sign > 0))
                best = value;
        }

        return best ?? throw new InvalidOperationException(Empty);
    }

    public static object? ExtremeBy(ref Frame frame, IReadOnlyList<object?> items, Code[] args, int sign)
    {
        object? best = null;
        object? bestKey = null;
        foreach (var item in items)
        {
            if (ListMethods.Of(ref frame, args, item) is { } key && (bestKey is null || ValueOrder.Compare(key, bestKey) * sign > 0))
                (best, bestKey) = (item, key);
        }

        return best;
    }

    private static double Number(object? value) => ValueOrder.IsNumber(value)
        ? ValueOrder.Number(value!)
        : throw new InvalidOperationException($"'{value}' is not a number.");
}

/// <summary>A sorted list that remembers its keys, so that ThenBy can refine the order.</summary>
internal sealed class OrderedList : IReadOnlyList<object?>
{
    private readonly List<(object? Item, object?[] Keys)> _rows;
    private readonly int[] _signs;

    private OrderedList(List<(object? Item, object?[] Keys)> rows, int[] signs)
    {
        _signs = signs;
        _rows = [.. rows.Order(Comparer<(object? Item, object?[] Keys)>.Create(Compare))];
    }

    public int Count => _rows.Count;

    public object? this[int index] => _rows[index].Item;

    public static OrderedList Sort(ref Frame frame, IReadOnlyList<object?> items, Code[] args, int sign)
    {
        var rows = new List<(object?, object?[])>(items.Count);
        foreach (var item in items)
            rows.Add((item, [((LambdaCode)args[0]).Invoke(ref frame, item)]));
        return new OrderedList(rows, [sign]);
    }

    public static OrderedList Then(ref Frame frame, IReadOnlyList<object?> items, Code[] args, int sign)
    {
        if (items is not OrderedList ordered)
            throw new InvalidOperationException("ThenBy needs OrderBy before it.");
        var rows = new List<(object?, object?[])>(items.Count);
        foreach (var (item, keys) in ordered._rows)
            rows.Add((item, [.. keys, ((LambdaCode)args[0]).Invoke(ref frame, item)]));
        return new OrderedList(rows, [.. ordered._signs, sign]);
    }

    public IEnumerator<object?> GetEnumerator() => _rows.Select(row => row.Item).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Compare((object? Item, object?[] Keys) left, (object? Item, object?[] Keys) right)
    {
        for (var i = 0; i < _signs.Length; i++)
        {
            var order = ValueOrder.Compare(left.Keys[i], right.Keys[i]);
            if (order != 0)
                return order * _signs[i];
        }

        return 0;
    }
}
