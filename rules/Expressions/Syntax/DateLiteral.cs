using System.Globalization;

namespace Homelab.Rules.Expressions.Syntax;

/// <summary><c>#date#</c>, <c>#time#</c>, <c>#date time#</c>, written with the separators of a culture.</summary>
internal static class DateLiteral
{
    public static object? Read(ReadOnlySpan<char> text, CultureInfo culture)
    {
        var rest = text;
        var date = culture.DateTimeFormat.DateSeparator;
        var time = culture.DateTimeFormat.TimeSeparator;
        var point = culture.NumberFormat.NumberDecimalSeparator;

        if (Skip(ref rest, date))
        {
            if (rest.IsEmpty)
                return DateTime.TryParse(text, culture, DateTimeStyles.None, out var day) ? day : null;
            var spaces = rest.Length - rest.TrimStart().Length;
            rest = rest[spaces..];
            return spaces > 0 && SkipTime(ref rest, time, point) && rest.IsEmpty
                && DateTime.TryParse(text, culture, DateTimeStyles.None, out var moment) ? moment : null;
        }

        rest = text;
        return SkipTime(ref rest, time, point) && rest.IsEmpty && TimeSpan.TryParse(text, culture, out var span) ? span : null;
    }

    public static string Expected(CultureInfo culture)
    {
        var date = culture.DateTimeFormat.ShortDatePattern;
        return $"#{date}#, #HH{culture.DateTimeFormat.TimeSeparator}mm{culture.DateTimeFormat.TimeSeparator}ss# or both";
    }

    private static bool Skip(ref ReadOnlySpan<char> rest, string separator) =>
        Digits(ref rest) && Text(ref rest, separator) && Digits(ref rest) && Text(ref rest, separator) && Digits(ref rest);

    private static bool SkipTime(ref ReadOnlySpan<char> rest, string separator, string point)
    {
        if (!Skip(ref rest, separator))
            return false;
        return !Text(ref rest, point) || Digits(ref rest);
    }

    private static bool Digits(ref ReadOnlySpan<char> rest)
    {
        var count = 0;
        while (count < rest.Length && char.IsAsciiDigit(rest[count]))
            count++;
        rest = rest[count..];
        return count > 0;
    }

    private static bool Text(ref ReadOnlySpan<char> rest, string text)
    {
        if (!rest.StartsWith(text, StringComparison.Ordinal))
            return false;
        rest = rest[text.Length..];
        return true;
    }
}
