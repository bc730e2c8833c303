using System.Globalization;

namespace Homelab.Rules.Expressions.Syntax;

/// <summary>Reads number literals: their shape is shared, their type depends on the dialect and the options.</summary>
internal sealed class NumberReader(string text, ExpressionOptions options)
{
    private const NumberStyles Real = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign;

    public object? Read(ref int at, out string? problem)
    {
        problem = null;
        if (text[at] == '0' && at + 1 < text.Length && RadixOf(text[at + 1]) is { } radix)
            return ReadRadix(ref at, radix, out problem);

        var start = at;
        if (text[at] == '+')
            at++;
        SkipDigits(ref at);
        var real = ReadFraction(ref at);
        real |= ReadExponent(ref at);
        var digits = text.AsSpan(start, at - start);
        return options.IsRules ? ReadSuffixed(digits, real, ref at, out problem) : real ? RealValue(digits) : IntegerValue(digits);
    }

    private int? RadixOf(char c) => c switch
    {
        'x' or 'X' => 16,
        'o' when !options.IsRules => 8,
        'b' or 'B' => 2,
        _ => null,
    };

    private object? ReadRadix(ref int at, int radix, out string? problem)
    {
        var start = at;
        at += 2;
        var digits = at;
        while (at < text.Length && IsDigit(text[at], radix))
            at++;
        problem = null;
        try
        {
            var value = Convert.ToInt64(text[digits..at], radix);
            return value is >= int.MinValue and <= int.MaxValue ? (object)(int)value : value;
        }
        catch (Exception exception) when (exception is OverflowException or ArgumentException or FormatException)
        {
            problem = $"'{text[start..at]}' is not a whole number of 64 bits";
            return null;
        }
    }

    private static bool IsDigit(char c, int radix) => radix switch
    {
        16 => char.IsAsciiHexDigit(c),
        8 => c is >= '0' and <= '7',
        _ => c is '0' or '1',
    };

    private void SkipDigits(ref int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
    }

    private bool ReadFraction(ref int at)
    {
        if (at >= text.Length || text[at] != '.')
            return false;

        // A method may follow a whole number in rules (3.ToString()); NCalc reads "3." as a number.
        var followedByDigit = at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]);
        if (!followedByDigit && (options.IsRules || (at + 1 < text.Length && char.IsLetter(text[at + 1]) && text[at + 1] is not ('e' or 'E'))))
            return false;
        at++;
        SkipDigits(ref at);
        return true;
    }

    private bool ReadExponent(ref int at)
    {
        if (at >= text.Length || text[at] is not ('e' or 'E'))
            return false;

        var probe = at + 1;
        if (probe < text.Length && text[probe] is '+' or '-')
            probe++;
        if (probe >= text.Length || !char.IsAsciiDigit(text[probe]))
            return false;
        at = probe;
        SkipDigits(ref at);
        return true;
    }

    private object IntegerValue(ReadOnlySpan<char> digits)
    {
        if (options.IntegerNumberType == IntegerNumberType.Int32 && int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var small))
            return small;
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large) ? large : RealValue(digits);
    }

    private object RealValue(ReadOnlySpan<char> digits)
    {
        if (options.FloatingPointNumberType == FloatingPointNumberType.Double)
            return double.Parse(digits, Real, CultureInfo.InvariantCulture);
        if (decimal.TryParse(digits, Real, CultureInfo.InvariantCulture, out var exact))
            return exact;
        return double.Parse(digits, Real, CultureInfo.InvariantCulture) > 0 ? double.PositiveInfinity : double.NegativeInfinity;
    }

    private object? ReadSuffixed(ReadOnlySpan<char> digits, bool real, ref int at, out string? problem)
    {
        problem = null;
        var start = at;
        while (at < text.Length && char.IsAsciiLetter(text[at]) && at - start < 2)
            at++;
        var suffix = text[start..at].ToUpperInvariant();
        if (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_'))
            suffix = "?";

        object? value = suffix switch
        {
            "" => real ? double.Parse(digits, Real, CultureInfo.InvariantCulture) : Smallest(digits),
            "D" => double.Parse(digits, Real, CultureInfo.InvariantCulture),
            "F" => float.Parse(digits, Real, CultureInfo.InvariantCulture),
            "M" => decimal.TryParse(digits, Real, CultureInfo.InvariantCulture, out var exact) ? exact : null,
            "L" when !real => long.TryParse(digits, out var large) ? large : null,
            "U" when !real => uint.TryParse(digits, out var unsigned) ? unsigned : null,
            "UL" or "LU" when !real => ulong.TryParse(digits, out var largest) ? largest : null,
            _ => null,
        };
        if (value is not null)
            return value;

        // What follows is not a suffix: let the parser complain about it as a word of its own.
        if (suffix is not ("M" or "L" or "U" or "UL" or "LU"))
        {
            at = start;
            return real ? double.Parse(digits, Real, CultureInfo.InvariantCulture) : Smallest(digits);
        }

        problem = $"Invalid {(real ? "real" : "integer")} literal '{digits}{suffix}'";
        return null;
    }

    private static object Smallest(ReadOnlySpan<char> digits)
    {
        if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return double.Parse(digits, Real, CultureInfo.InvariantCulture);
        return value switch
        {
            <= int.MaxValue => (int)value,
            <= uint.MaxValue => (uint)value,
            <= long.MaxValue => (long)value,
            _ => value,
        };
    }
}
