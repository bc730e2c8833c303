using System.Numerics;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>NCalc's functions over numbers: double unless the argument or the options say decimal.</summary>
internal static class NCalcMath
{
    public static double Double(object? value, ExpressionOptions options) => value switch
    {
        double number => number,
        char c => Convert.ToDouble(c.ToString(), options.Culture),
        _ => Convert.ToDouble(value, options.Culture),
    };

    public static decimal Decimal(object? value, ExpressionOptions options) => value switch
    {
        decimal number => number,
        char c => Convert.ToDecimal(c.ToString(), options.Culture),
        _ => Convert.ToDecimal(value, options.Culture),
    };

    public static bool InDecimal(object? value, ExpressionOptions options) =>
        value is decimal || options.FloatingPointNumberType == FloatingPointNumberType.Decimal;

    public static object Power(object? value, object? exponent, ExpressionOptions options)
    {
        if (!InDecimal(value, options))
            return Math.Pow(Double(value, options), Double(exponent, options));

        var power = new BigInteger(Decimal(exponent, options));
        var result = Power(Decimal(value, options), BigInteger.Abs(power));
        return power.Sign < 0 ? 1m / result : result;
    }

    public static object Round(object? value, object? digits, ExpressionOptions options)
    {
        var places = digits is char c ? Convert.ToInt32(c.ToString(), options.Culture) : Convert.ToInt32(digits, options.Culture);
        return InDecimal(value, options)
            ? Math.Round(Decimal(value, options), places, options.MidpointRounding)
            : Math.Round(Double(value, options), places, options.MidpointRounding);
    }

    /// <summary>The larger (or smaller) of two in their common type; a missing one is ignored.</summary>
    public static object? Extreme(object? left, object? right, bool largest, ExpressionOptions options)
    {
        if (left is null || right is null)
            return left ?? right;

        left = NCalcArithmetic.Adopt(left, options);
        right = NCalcArithmetic.Adopt(right, options);
        NCalcArithmetic.Meet(ref left, ref right, options.Culture);
        return (left, right) switch
        {
            (int a, int b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (double a, double b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (long a, long b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (decimal a, decimal b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (float a, float b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (ulong a, ulong b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (uint a, uint b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (short a, short b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (ushort a, ushort b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (byte a, byte b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            (sbyte a, sbyte b) => largest ? Math.Max(a, b) : Math.Min(a, b),
            _ => null,
        };
    }

    private static decimal Power(decimal value, BigInteger exponent)
    {
        // Squares overflow decimal or vanish after a hundred rounds at most, so the loop is short whatever the exponent.
        var result = 1m;
        while (!exponent.IsZero)
        {
            if (!exponent.IsEven)
                result *= value;
            exponent >>= 1;
            if (!exponent.IsZero)
                value *= value;
            if (value == 1m || value == 0m)
                return value == 0m && !exponent.IsZero ? 0m : result;
        }

        return result;
    }
}
