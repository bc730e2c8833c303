namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Finds the names a person may have meant.</summary>
internal static class Names
{
    public static string NotDefined(string name, IEnumerable<string> known)
    {
        var near = Near(name, known);
        return near.Count == 0 ? $"Parameter {name} not defined." : $"Parameter {name} not defined. Near: {string.Join(", ", near)}.";
    }

    public static IReadOnlyList<string> Near(string name, IEnumerable<string> known) =>
    [
        .. known.Select(candidate => (candidate, distance: Distance(name, candidate)))
            .Where(pair => pair.distance <= Math.Max(2, name.Length / 3))
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate).Distinct().Take(3),
    ];

    private static int Distance(string left, string right)
    {
        if (left.Length > 64 || right.Length > 64)
            return int.MaxValue;
        if (left.Equals(right, StringComparison.OrdinalIgnoreCase))
            return 0;

        Span<int> row = stackalloc int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
            row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                var same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                row[j] = Math.Min(Math.Min(row[j - 1], row[j]) + 1, diagonal + (same ? 0 : 1));
                diagonal = above;
            }
        }

        return row[right.Length];
    }
}
