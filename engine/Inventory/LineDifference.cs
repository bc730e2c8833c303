using System.Text;

namespace Homelab.Engine.Inventory;

/// <summary>What differs between two texts, line by line: a minus stands before what is only in the first, a plus before what is only in the second. Pure.</summary>
internal static class LineDifference
{
    private const int Context = 2;

    /// <summary>Lines of a text beyond this are not compared: the table below grows with both.</summary>
    private const int Most = 2000;

    /// <summary>Changed lines with the two before and after; empty where the texts say the same.</summary>
    public static string Of(string first, string second)
    {
        var (one, two) = (Lines(first), Lines(second));

        // Lengths of the longest common sequence of what follows each pair of lines.
        var common = new int[one.Length + 1, two.Length + 1];
        for (var i = one.Length - 1; i >= 0; i--)
        {
            for (var j = two.Length - 1; j >= 0; j--)
                common[i, j] = one[i] == two[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        List<(char Sign, string Text)> lines = [];
        for (var (i, j) = (0, 0); i < one.Length || j < two.Length;)
        {
            if (i < one.Length && j < two.Length && one[i] == two[j])
                (i, j) = Add(' ', one[i], i + 1, j + 1);
            else if (j == two.Length || (i < one.Length && common[i + 1, j] >= common[i, j + 1]))
                (i, j) = Add('-', one[i], i + 1, j);
            else
                (i, j) = Add('+', two[j], i, j + 1);
        }

        return Near(lines);

        (int, int) Add(char sign, string text, int next, int other)
        {
            lines.Add((sign, text));
            return (next, other);
        }
    }

    private static string Near(List<(char Sign, string Text)> lines)
    {
        var text = new StringBuilder();
        var last = -1;
        for (var index = 0; index < lines.Count; index++)
        {
            var isNear = Enumerable.Range(Math.Max(0, index - Context), Math.Min(lines.Count - 1, index + Context) - Math.Max(0, index - Context) + 1).Any(at => lines[at].Sign != ' ');
            if (!isNear)
                continue;
            if (last >= 0 && last < index - 1)
                text.Append("...\n");
            text.Append(lines[index].Sign).Append(lines[index].Text).Append('\n');
            last = index;
        }

        return text.ToString();
    }

    private static string[] Lines(string text) => [.. text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()).Take(Most)];
}
