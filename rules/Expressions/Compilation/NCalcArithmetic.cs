using System.Globalization;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Arithmetic of NCalc: operands of any numeric type meet in the wider of the two; whole numbers divide to a double.</summary>
internal static class NCalcArithmetic
{
    private const string Overflowed = "Arithmetic operation resulted in an overflow";

    public static object? Apply(char op, object? left, object? right, ExpressionOptions options)
    {
        if (left is int whole && right is int other && op != '/' && !options.OverflowProtection)
            return Whole(op, whole, other);
        if (options.ArithmeticNullOrEmptyStringAsZero)
        {
            left = left is null or "" ? 0 : left;
            right = right is null or "" ? 0 : right;
        }

        if (left is null || right is null)
            return null;

        left = Adopt(left, options);
        right = Adopt(right, options);
        if (op == '/' && !IsReal(left) && !IsReal(right))
            left = Convert.ToDouble(left, options.Culture);
        Meet(ref left, ref right, options.Culture);
        var result = options.OverflowProtection && op != '%' ? Checked(op, left, right, options) : Unchecked(op, left, right, options);
        return result;
    }

    /// <summary>Brings two numbers into one type, as wide as the wider; other values are left alone.</summary>
    public static void Meet(ref object left, ref object right, CultureInfo culture)
    {
        var a = Info(left);
        var b = Info(right);
        if (a.Code == b.Code || a.Bits == 0 || b.Bits == 0)
            return;

        if ((a.Real && !b.Real) || a.Bits > b.Bits)
        {
            right = Convert.ChangeType(right, a.Code, culture);
            return;
        }

        if (a.Bits == b.Bits && (a.Unsigned || b.Unsigned))
        {
            left = Convert.ChangeType(left, a.Wider, culture);
            right = Convert.ChangeType(right, a.Wider, culture);
            return;
        }

        left = Convert.ChangeType(left, b.Code, culture);
    }

    public static object Adopt(object value, ExpressionOptions options) => value switch
    {
        char c => (int)c,
        string text => Parse(text, options),
        bool flag when options.AllowBooleanCalculation => flag ? 1 : 0,
        _ => value,
    };

    private static object Parse(string text, ExpressionOptions options)
    {
        if (options.FloatingPointNumberType == FloatingPointNumberType.Decimal)
            return decimal.Parse(text, options.Culture);
        return options.IntegerNumberType == IntegerNumberType.Int64 ? long.Parse(text, options.Culture) : double.Parse(text, options.Culture);
    }

    private static bool IsReal(object value) => value is double or float or decimal;

    private static (TypeCode Code, int Bits, bool Real, bool Unsigned, TypeCode Wider) Info(object value) => value switch
    {
        int => (TypeCode.Int32, 32, false, false, TypeCode.Int64),
        double => (TypeCode.Double, 64, true, false, TypeCode.Double),
        long => (TypeCode.Int64, 64, false, false, TypeCode.UInt64),
        decimal => (TypeCode.Decimal, 128, true, false, TypeCode.Double),
        float => (TypeCode.Single, 32, true, false, TypeCode.Double),
        byte => (TypeCode.Byte, 8, false, true, TypeCode.Int32),
        sbyte => (TypeCode.SByte, 8, false, false, TypeCode.Int32),
        short => (TypeCode.Int16, 16, false, false, TypeCode.Int32),
        ushort => (TypeCode.UInt16, 16, false, true, TypeCode.Int32),
        uint => (TypeCode.UInt32, 32, false, true, TypeCode.Int64),
        ulong => (TypeCode.UInt64, 64, false, true, TypeCode.UInt64),
        _ => (TypeCode.Empty, 0, false, false, TypeCode.Empty),
    };

    private static object Whole(char op, int a, int b) => op switch
    {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        _ => a % b,
    };

    private static object Unchecked(char op, object left, object right, ExpressionOptions options) => (left, right) switch
    {
        (int a, int b) => op == '/' ? a / b : Whole(op, a, b),
        (double a, double b) => op switch { '+' => a + b, '-' => a - b, '*' => a * b, '/' => a / b, _ => a % b },
        (long a, long b) => op switch { '+' => a + b, '-' => a - b, '*' => a * b, '/' => a / b, _ => a % b },
        (decimal a, decimal b) => op switch { '+' => a + b, '-' => a - b, '*' => a * b, '/' => a / b, _ => a % b },
        (float a, float b) => op switch { '+' => a + b, '-' => a - b, '*' => a * b, '/' => a / b, _ => a % b },
        (ulong a, ulong b) => op switch { '+' => a + b, '-' => a - b, '*' => a * b, '/' => a / b, _ => a % b },
        (uint a, uint b) => op switch { '+' => a + b, '-' => a - b, '*' => a * b, '/' => a / b, _ => a % b },
        (short or ushort or byte or sbyte, short or ushort or byte or sbyte) when left.GetType() == right.GetType() =>
            Unchecked(op, Convert.ToInt32(left, options.Culture), Convert.ToInt32(right, options.Culture), options),
        _ => throw Incompatible(op, left, right, options),
    };

    private static object Checked(char op, object left, object right, ExpressionOptions options) => (left, right) switch
    {
        (int a, int b) => op switch { '+' => checked(a + b), '-' => checked(a - b), '*' => checked(a * b), _ => a / b },
        (long a, long b) => op switch { '+' => checked(a + b), '-' => checked(a - b), '*' => checked(a * b), _ => a / b },
        (uint a, uint b) => op switch { '+' => checked(a + b), '-' => checked(a - b), '*' => checked(a * b), _ => a / b },
        (ulong a, ulong b) => op switch { '+' => checked(a + b), '-' => checked(a - b), '*' => checked(a * b), _ => a / b },
        (short or ushort or byte or sbyte, short or ushort or byte or sbyte) when left.GetType() == right.GetType() =>
            Checked(op, Convert.ToInt32(left, options.Culture), Convert.ToInt32(right, options.Culture), options),
        _ => Unchecked(op, left, right, options) switch
        {
            double d when double.IsInfinity(d) => throw new OverflowException(Overflowed),
            float f when float.IsInfinity(f) => throw new OverflowException(Overflowed),
            var result => result,
        },
    };

    private static InvalidOperationException Incompatible(char op, object left, object right, ExpressionOptions options) =>
        new(string.Create(options.Culture, $"{left} {op} {right}: {TypeName(left)}, {TypeName(right)}"));

    private static string TypeName(object value) => value is System.Collections.IEnumerable and not string ? "List" : value.GetType().Name;
}
