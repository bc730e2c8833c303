using System.Collections;
using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Library;

/// <summary>Methods of lists. A lambda may be written out (<c>d => d.used > 90</c>) or, in rules, only its body (<c>used > 90</c>).</summary>
internal static class ListMethods
{
    public static IReadOnlyList<MethodEntry> All { get; } =
    [
        Condition("All", 1, "Whether the condition holds for every element.", Flag, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => All_(ref frame, items, args)),
        Condition("Any", 0, "Whether there are elements, or any for which the condition holds.", Flag, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) =>
            args.Length == 0 ? items.Count > 0 : Find(ref frame, items, args, 0, 1) >= 0),
        Plain("Append", 1, 1, "(x)", "With x behind.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Copy(ref frame, items, [args[0].Value(ref frame)])),
        Lambda("Average", 0, "The mean of the elements, or of a value of each.", (list, args) => Selected(list, args).Kind == FactKind.Decimal ? FactType.Decimal : FactType.Number, ListNumbers.Average),
        Plain("Concat", 1, 1, "(list)", "With another list behind.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Copy(ref frame, items, Items(args[0].Value(ref frame)))),
        Plain("Contains", 1, 1, "(x)", "Whether x is an element.", Flag, Contains),
        Condition("Count", 0, "How many elements there are, or for how many the condition holds.", (_, _) => FactType.Int32, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Count(ref frame, items, args)),
        Plain("DefaultIfEmpty", 0, 1, "(x)", "A list of x, or of a missing value, where it is empty.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) =>
            items.Count > 0 ? items : new List<object?> { args.Length == 1 ? args[0].Value(ref frame) : null }),
        Plain("Distinct", 0, 0, "()", "Without repetitions.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Counted(ref frame, items).Distinct(ValueOrder.Instance).ToList()),
        Plain("ElementAt", 1, 1, "(index)", "The element at an index, from 0.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => At(items, args[0].Integer(ref frame))),
        Plain("Except", 1, 1, "(list)", "Without the elements of another.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) =>
            Counted(ref frame, items).Except(Counted(ref frame, Items(args[0].Value(ref frame))), ValueOrder.Instance).ToList()),
        Condition("First", 0, "The first element (for which the condition holds); an error where there is none.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Required(ref frame, items, args, 0, 1)),
        Condition("FirstOrDefault", 0, "The first element (for which the condition holds), or missing.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Optional(ref frame, items, args, 0, 1)),
        Lambda("GroupBy", 1, "Lists of the elements that share a value, each with its Key.", Groups, GroupBy),
        Plain("Intersect", 1, 1, "(list)", "The elements that another has too.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) =>
            Counted(ref frame, items).Intersect(Counted(ref frame, Items(args[0].Value(ref frame))), ValueOrder.Instance).ToList()),
        Condition("Last", 0, "The last element (for which the condition holds); an error where there is none.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Required(ref frame, items, args, items.Count - 1, -1)),
        Condition("LastOrDefault", 0, "The last element (for which the condition holds), or missing.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Optional(ref frame, items, args, items.Count - 1, -1)),
        Condition("LongCount", 0, "Count as a whole number of 64 bits.", (_, _) => FactType.Integer, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => (long)Count(ref frame, items, args)),
        Lambda("Max", 0, "The largest element, or the largest value of one.", Selected, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => ListNumbers.Extreme(ref frame, items, args, 1)),
        Lambda("MaxBy", 1, "The element with the largest value.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => ListNumbers.ExtremeBy(ref frame, items, args, 1)),
        Lambda("Min", 0, "The smallest element, or the smallest value of one.", Selected, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => ListNumbers.Extreme(ref frame, items, args, -1)),
        Lambda("MinBy", 1, "The element with the smallest value.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => ListNumbers.ExtremeBy(ref frame, items, args, -1)),
        Lambda("OrderBy", 1, "In rising order of a value.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => OrderedList.Sort(ref frame, items, args, 1)),
        Lambda("OrderByDescending", 1, "In falling order of a value.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => OrderedList.Sort(ref frame, items, args, -1)),
        Plain("Prepend", 1, 1, "(x)", "With x in front.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Copy(ref frame, [args[0].Value(ref frame)], items)),
        Plain("Reverse", 0, 0, "()", "Backwards.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Counted(ref frame, items).Reverse().ToList()),
        Lambda("Select", 1, "A value of each element.", (_, args) => FactType.ListOf(args[0].Type), Select),
        Lambda("SelectMany", 1, "All elements of a list of each element.", (_, args) => args[0].Type.Kind == FactKind.List ? args[0].Type : FactType.ListOf(FactType.Dynamic), SelectMany),
        Plain("SequenceEqual", 1, 1, "(list)", "Whether both lists have the same elements in the same order.", Flag, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) =>
            Counted(ref frame, items).SequenceEqual(Items(args[0].Value(ref frame)), ValueOrder.Instance)),
        Condition("Single", 0, "The only element (for which the condition holds); an error where there are others.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Single(ref frame, items, args, true)),
        Condition("SingleOrDefault", 0, "The only element (for which the condition holds), or missing.", Element, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Single(ref frame, items, args, false)),
        Plain("Skip", 1, 1, "(count)", "Without the first ones.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Counted(ref frame, items).Skip(Number(ref frame, args)).ToList()),
        Condition("SkipWhile", 1, "From the first element for which the condition does not hold.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Counted(ref frame, items).Skip(Leading(ref frame, items, args)).ToList()),
        Lambda("Sum", 0, "The sum of the elements, or of a value of each.", Selected, ListNumbers.Sum),
        Plain("Take", 1, 1, "(count)", "The first ones.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Counted(ref frame, items).Take(Number(ref frame, args)).ToList()),
        Condition("TakeWhile", 1, "Up to the first element for which the condition does not hold.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => Counted(ref frame, items).Take(Leading(ref frame, items, args)).ToList()),
        Lambda("ThenBy", 1, "After OrderBy: equal ones in rising order of another value.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => OrderedList.Then(ref frame, items, args, 1)),
        Lambda("ThenByDescending", 1, "After OrderBy: equal ones in falling order of another value.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => OrderedList.Then(ref frame, items, args, -1)),
        Plain("ToArray", 0, 0, "()", "The list itself.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => items),
        Plain("ToList", 0, 0, "()", "The list itself.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) => items),
        Plain("Union", 1, 1, "(list)", "The elements of both, without repetitions.", Same, (ref Frame frame, IReadOnlyList<object?> items, Code[] args) =>
            Counted(ref frame, items).Union(Counted(ref frame, Items(args[0].Value(ref frame))), ValueOrder.Instance).ToList()),
        Condition("Where", 1, "The elements for which the condition holds.", Same, Where),
    ];

    internal delegate object? ListBody(ref Frame frame, IReadOnlyList<object?> items, Code[] args);

    public static IReadOnlyList<object?> Items(object? value) => value switch
    {
        IReadOnlyList<object?> list => list,
        null => throw Faults.NoValue("source"),
        string => throw new InvalidOperationException("A text is not a list."),
        IEnumerable items => [.. items.Cast<object?>()],
        _ => throw new InvalidOperationException($"'{value}' is not a list."),
    };

    internal static object? Of(ref Frame frame, Code[] args, object? item)
    {
        if (args.Length > 0)
            return ((LambdaCode)args[0]).Invoke(ref frame, item);
        frame.Spend();
        return item;
    }

    private static MethodEntry Lambda(string name, int min, string summary, MethodTypeRule type, ListBody body) =>
        new(FactKind.List, name, min, 1, $"{name}({(min == 0 ? "" : "x => ...")})", summary, type, (ref Frame frame, object receiver, Code[] args) => body(ref frame, Items(receiver), args)) { Lambda = true };

    private static MethodEntry Condition(string name, int min, string summary, MethodTypeRule type, ListBody body) =>
        Lambda(name, min, summary, type, body) with { Condition = true };

    private static MethodEntry Plain(string name, int min, int max, string parameters, string summary, MethodTypeRule type, ListBody body) =>
        new(FactKind.List, name, min, max, name + parameters, summary, type, (ref Frame frame, object receiver, Code[] args) => body(ref frame, Items(receiver), args));

    private static FactType Flag(FactType list, Code[] args) => FactType.Flag;

    private static FactType Same(FactType list, Code[] args) => list.Kind == FactKind.List ? list with { Key = null } : FactType.Dynamic;

    private static FactType Element(FactType list, Code[] args) => list.Element ?? FactType.Dynamic;

    private static FactType Selected(FactType list, Code[] args) => args.Length > 0 ? args[0].Type : Element(list, args);

    private static FactType Groups(FactType list, Code[] args) => FactType.ListOf(FactType.ListOf(Element(list, args)) with { Key = args[0].Type });

    private static IReadOnlyList<object?> Counted(ref Frame frame, IReadOnlyList<object?> items)
    {
        frame.Spend(items.Count);
        return items;
    }

    private static List<object?> Copy(ref Frame frame, IReadOnlyList<object?> first, IReadOnlyList<object?> second)
    {
        frame.Spend(first.Count + second.Count);
        return [.. first, .. second];
    }

    private static int Number(ref Frame frame, Code[] args) => checked((int)args[0].Integer(ref frame));

    private static object? At(IReadOnlyList<object?> items, long index) => index >= 0 && index < items.Count
        ? items[(int)index]
        : throw Faults.Index();

    private static bool All_(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        foreach (var item in items)
        {
            if (!((LambdaCode)args[0]).Test(ref frame, item))
                return false;
        }

        return true;
    }

    private static int Find(ref Frame frame, IReadOnlyList<object?> items, Code[] args, int start, int step)
    {
        for (var i = start; i >= 0 && i < items.Count; i += step)
        {
            if (args.Length == 0 || ((LambdaCode)args[0]).Test(ref frame, items[i]))
                return i;
        }

        return -1;
    }

    private static object? Required(ref Frame frame, IReadOnlyList<object?> items, Code[] args, int start, int step)
    {
        var index = Find(ref frame, items, args, start, step);
        return index >= 0 ? items[index] : throw None(args);
    }

    private static InvalidOperationException None(Code[] args) => new(args.Length == 0 ? "Sequence contains no elements" : "Sequence contains no matching element");

    private static object? Optional(ref Frame frame, IReadOnlyList<object?> items, Code[] args, int start, int step)
    {
        var index = Find(ref frame, items, args, start, step);
        return index >= 0 ? items[index] : null;
    }

    private static object? Single(ref Frame frame, IReadOnlyList<object?> items, Code[] args, bool required)
    {
        var index = Find(ref frame, items, args, 0, 1);
        if (index < 0)
            return required ? throw None(args) : null;
        return Find(ref frame, items, args, index + 1, 1) < 0
            ? items[index]
            : throw new InvalidOperationException(args.Length == 0 ? "Sequence contains more than one element" : "Sequence contains more than one matching element");
    }

    private static int Count(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        if (args.Length == 0)
            return items.Count;
        var count = 0;
        foreach (var item in items)
            count += ((LambdaCode)args[0]).Test(ref frame, item) ? 1 : 0;
        return count;
    }

    private static int Leading(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        var count = 0;
        while (count < items.Count && ((LambdaCode)args[0]).Test(ref frame, items[count]))
            count++;
        return count;
    }

    private static object? Contains(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        var wanted = args[0].Value(ref frame);
        foreach (var item in items)
        {
            frame.Spend();
            if (ValueOrder.AreEqual(item, wanted))
                return true;
        }

        return false;
    }

    private static object? Select(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        var result = new List<object?>(items.Count);
        foreach (var item in items)
            result.Add(((LambdaCode)args[0]).Invoke(ref frame, item));
        return result;
    }

    private static object? SelectMany(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        var result = new List<object?>();
        foreach (var item in items)
            result.AddRange(Counted(ref frame, Items(((LambdaCode)args[0]).Invoke(ref frame, item))));
        return result;
    }

    private static object? Where(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        var result = new List<object?>();
        foreach (var item in items)
        {
            if (((LambdaCode)args[0]).Test(ref frame, item))
                result.Add(item);
        }

        return result;
    }

    private static object? GroupBy(ref Frame frame, IReadOnlyList<object?> items, Code[] args)
    {
        // A missing key is a key too, which a dictionary would not take.
        var groups = new List<object?>();
        var found = new Dictionary<(bool Missing, object? Key), List<object?>>(new KeyComparer());
        foreach (var item in items)
        {
            var key = ((LambdaCode)args[0]).Invoke(ref frame, item);
            if (!found.TryGetValue((key is null, key), out var members))
            {
                found.Add((key is null, key), members = []);
                groups.Add(new FactGroup(key, members));
            }

            members.Add(item);
        }

        return groups;
    }

    private sealed class KeyComparer : IEqualityComparer<(bool Missing, object? Key)>
    {
        public bool Equals((bool Missing, object? Key) x, (bool Missing, object? Key) y) => ValueOrder.AreEqual(x.Key, y.Key);

        public int GetHashCode((bool Missing, object? Key) obj) => obj.Key is null ? 0 : ((IEqualityComparer<object?>)ValueOrder.Instance).GetHashCode(obj.Key);
    }
}
