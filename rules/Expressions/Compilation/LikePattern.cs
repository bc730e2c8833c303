using System.Globalization;
using System.Text;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>SQL's LIKE: <c>%</c> any text, <c>_</c> one character, <c>\</c> takes the next as it is.</summary>
internal static class LikePattern
{
    public static bool Matches(object? value, object? pattern, ref Frame frame)
    {
        if (value is null || pattern is null)
            return false;
        return Matches(
            Convert.ToString(value, frame.Options.Culture) ?? "", Convert.ToString(pattern, frame.Options.Culture) ?? "", ref frame);
    }

    public static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private static bool Matches(string value, string pattern, ref Frame frame)
    {
        var options = frame.Options;
        if (!options.OrdinalStringComparer && !options.IsRules)
        {
            value = value.Normalize(NormalizationForm.FormC);
            pattern = pattern.Normalize(NormalizationForm.FormC);
        }

        int at = 0, want = 0, star = -1, retry = -1;
        while (at < value.Length)
        {
            if (want < pattern.Length)
            {
                var c = pattern[want];
                if (c == '%')
                {
                    star = want++;
                    retry = at;
                    continue;
                }

                var escaped = c == '\\' && want + 1 < pattern.Length;
                if (c == '_' || Same(value.AsSpan(at, 1), pattern.AsSpan(escaped ? want + 1 : want, 1), options))
                {
                    at++;
                    want += escaped ? 2 : 1;
                    continue;
                }
            }

            if (star < 0)
                return false;
            frame.Spend();
            want = star + 1;
            at = ++retry;
        }

        while (want < pattern.Length && pattern[want] == '%')
            want++;
        return want == pattern.Length;
    }

    private static bool Same(ReadOnlySpan<char> left, ReadOnlySpan<char> right, ExpressionOptions options)
    {
        if (left[0] == right[0])
            return true;
        if (options.IsRules || options.OrdinalStringComparer)
            return options.CaseInsensitiveStringComparer && left.Equals(right, StringComparison.OrdinalIgnoreCase);
        var compare = options.CaseInsensitiveStringComparer ? CompareOptions.IgnoreCase : CompareOptions.None;
        return options.Culture.CompareInfo.Compare(left, right, compare) == 0;
    }
}
