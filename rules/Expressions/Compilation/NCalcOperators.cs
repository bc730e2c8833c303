using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Homelab.Rules.Expressions.Syntax;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>NCalc's operators over boxed values.</summary>
internal static class NCalcOperators
{
    private const int LargestFactorial = 170;

    private enum Order
    {
        Less,
        Equal,
        Greater,
        Unordered,
    }

    public static object? Apply(BinaryOperator op, object? left, object? right, ref Frame frame)
    {
        var options = frame.Options;
        switch (op)
        {
            case BinaryOperator.Add:
                return Add(left, right, ref frame);
            case BinaryOperator.Subtract:
                return NCalcArithmetic.Apply('-', left, right, options);
            case BinaryOperator.Multiply:
                return NCalcArithmetic.Apply('*', left, right, options);
            case BinaryOperator.Divide:
                return NCalcArithmetic.Apply('/', left, right, options);
            case BinaryOperator.Modulo:
                return NCalcArithmetic.Apply('%', left, right, options);
            case BinaryOperator.Power:
                return NCalcMath.Power(left, right, options);
            case BinaryOperator.BitwiseAnd:
                return Bits(left, options) & Bits(right, options);
            case BinaryOperator.BitwiseOr:
                return Bits(left, options) | Bits(right, options);
            case BinaryOperator.BitwiseXor:
                return Bits(left, options) ^ Bits(right, options);
            case BinaryOperator.ShiftLeft:
                return Bits(left, options) << Convert.ToInt32(right, options.Culture);
            case BinaryOperator.ShiftRight:
                return Bits(left, options) >> Convert.ToInt32(right, options.Culture);
            default:
                return Test(op, left, right, ref frame);
        }
    }

    public static bool Test(BinaryOperator op, object? left, object? right, ref Frame frame) => op switch
    {
        BinaryOperator.In => In(left, right, ref frame),
        BinaryOperator.NotIn => !In(left, right, ref frame),
        BinaryOperator.Like => LikePattern.Matches(left, right, ref frame),
        BinaryOperator.NotLike => !LikePattern.Matches(left, right, ref frame),
        _ => Compare(op, left, right, frame.Options),
    };

    public static object? Negate(object? value, ExpressionOptions options) => value switch
    {
        double number => -number,
        float number => -number,
        _ => NCalcArithmetic.Apply('-', 0, value, options),
    };

    public static object BitwiseNot(object? value, ExpressionOptions options) => ~Bits(value, options);

    public static object Factorial(object? value) => value switch
    {
        int n => Product(n),
        long n => Product(n),
        float n => Product(n),
        double n => Product(n),
        decimal n => Product(n),
        _ => throw new ArgumentException("Unsupported numeric type. (Parameter 'result')"),
    };

    public static bool AreEqual(object? left, object? right, ExpressionOptions options) => Precise(left, right, options) == Order.Equal;

    private static T Product<T>(T n)
        where T : INumber<T>
    {
        if (T.IsNaN(n) || T.IsInfinity(n) || n < T.Zero)
            throw new ArgumentOutOfRangeException(nameof(n));
        if (n > T.CreateChecked(LargestFactorial))
            throw new ArgumentOutOfRangeException(nameof(n), $"Factorial input must be less than or equal to {LargestFactorial}.");

        var product = T.One;
        for (var i = T.One + T.One; i <= n; i++)
            product *= i;
        return product;
    }

    private static ulong Bits(object? value, ExpressionOptions options) => Convert.ToUInt64(value, options.Culture);

    private static object? Add(object? left, object? right, ref Frame frame)
    {
        var options = frame.Options;
        if (options.StringConcat)
            return Concat(left, right, ref frame);
        if (options.ArithmeticNullOrEmptyStringAsZero)
        {
            left = left is null or "" ? 0 : left;
            right = right is null or "" ? 0 : right;
        }

        if (options.NoStringTypeCoercion && (left is string || right is string))
            return Concat(left, right, ref frame);
        if (left is string a && right is string b && !(IsNumber(a, options) && IsNumber(b, options)))
            return frame.Bounded(string.Concat(a, b));
        return NCalcArithmetic.Apply('+', left, right, options);
    }

    private static bool IsNumber(string text, ExpressionOptions options)
    {
        if (options.FloatingPointNumberType == FloatingPointNumberType.Decimal)
            return decimal.TryParse(text, options.Culture, out _);
        return options.IntegerNumberType == IntegerNumberType.Int64 ? long.TryParse(text, options.Culture, out _) : double.TryParse(text, options.Culture, out _);
    }

    private static string Concat(object? left, object? right, ref Frame frame) =>
        frame.Bounded(string.Concat(Convert.ToString(left, frame.Options.Culture), Convert.ToString(right, frame.Options.Culture)));

    private static bool Compare(BinaryOperator op, object? left, object? right, ExpressionOptions options)
    {
        if (Conflict(left, right, options.StrictTypeMatching))
            return op == BinaryOperator.NotEqual;

        var order = Precise(left, right, options);
        return op switch
        {
            BinaryOperator.Equal => order == Order.Equal,
            BinaryOperator.NotEqual => order != Order.Equal,
            BinaryOperator.Less => order == Order.Less,
            BinaryOperator.LessOrEqual => order is Order.Less or Order.Equal,
            BinaryOperator.Greater => order == Order.Greater,
            BinaryOperator.GreaterOrEqual => order is Order.Greater or Order.Equal,
            _ => throw new UnreachableException(),
        };
    }

    private static bool Conflict(object? left, object? right, bool strict)
    {
        var noLeft = IsBlank(left);
        var noRight = IsBlank(right);
        return (strict && !noLeft && !noRight && left!.GetType() != right!.GetType()) || noLeft != noRight;
    }

    private static bool IsBlank(object? value) => value switch
    {
        null => true,
        string text => string.IsNullOrWhiteSpace(text),
        char c => char.IsWhiteSpace(c),
        _ => false,
    };

    /// <summary>Compares in the most precise type that either operand has.</summary>
    private static Order Precise(object? a, object? b, ExpressionOptions options)
    {
        var culture = options.Culture;
        if (a is int wholeA && b is int wholeB)
            return From(wholeA.CompareTo(wholeB));
        if (a is decimal || b is decimal)
            return Ordered(To(a, Convert.ToDecimal, culture), To(b, Convert.ToDecimal, culture));
        if (a is double or float || b is double or float)
            return a is double || b is double
                ? Real(Convert.ToDouble(a, culture), Convert.ToDouble(b, culture))
                : Real(Convert.ToSingle(a, culture), Convert.ToSingle(b, culture));
        if (a is long || b is long)
            return Ordered(To(a, Convert.ToInt64, culture), To(b, Convert.ToInt64, culture));
        if (a is ulong || b is ulong)
            return Ordered(To(a, Convert.ToUInt64, culture), To(b, Convert.ToUInt64, culture));
        if (a is int || b is int)
            return Ordered(To(a, Convert.ToInt32, culture), To(b, Convert.ToInt32, culture));
        if (a is uint || b is uint)
            return Ordered(To(a, Convert.ToUInt32, culture), To(b, Convert.ToUInt32, culture));
        if (a is short || b is short)
            return Ordered(To(a, Convert.ToInt16, culture), To(b, Convert.ToInt16, culture));
        if (a is ushort || b is ushort)
            return Ordered(To(a, Convert.ToUInt16, culture), To(b, Convert.ToUInt16, culture));
        if (a is byte || b is byte)
            return Ordered(To(a, Convert.ToByte, culture), To(b, Convert.ToByte, culture));
        if (a is sbyte || b is sbyte)
            return Ordered(To(a, Convert.ToSByte, culture), To(b, Convert.ToSByte, culture));
        if (a is char || b is char)
            return Ordered(To(a, Convert.ToChar, culture), To(b, Convert.ToChar, culture));
        if (a is bool || b is bool)
            return Ordered(To(a, Convert.ToBoolean, culture), To(b, Convert.ToBoolean, culture));
        if (a is string || b is string)
            return From(options.TextComparer.Compare(a is null ? null : Convert.ToString(a, culture), b is null ? null : Convert.ToString(b, culture)));
        return Other(a, b, culture);
    }

    private static Order Other(object? a, object? b, CultureInfo culture)
    {
        if (ReferenceEquals(a, b))
            return Order.Equal;
        var type = (a ?? b)!.GetType();
        return From(Comparer.Default.Compare(
            a is null ? null : Convert.ChangeType(a, type, culture), b is null ? null : Convert.ChangeType(b, type, culture)));
    }

    private static T? To<T>(object? value, Func<object?, IFormatProvider?, T> convert, CultureInfo culture)
        where T : struct => value is null ? null : convert(value, culture);

    private static Order Ordered<T>(T? left, T? right)
        where T : struct => From(Nullable.Compare(left, right));

    private static Order Real<T>(T left, T right)
        where T : INumber<T> => T.IsNaN(left) || T.IsNaN(right) ? Order.Unordered : From(left.CompareTo(right));

    private static Order From(int sign) => sign switch
    {
        < 0 => Order.Less,
        > 0 => Order.Greater,
        _ => Order.Equal,
    };

    private static bool In(object? item, object? whole, ref Frame frame)
    {
        switch (whole)
        {
            case null:
                throw new ExpressionEvaluationException(
                    ExpressionFailure.InvalidArgument, "'in' operator right value must implement IEnumerable, be a string or an object.");
            case string text:
                if (item is not string && frame.Options.NoStringTypeCoercion)
                    return false;
                var part = Convert.ToString(item, frame.Options.Culture);
                return string.IsNullOrEmpty(part) ? text.Length == 0 : text.Contains(part, StringComparison.Ordinal);
            case IEnumerable items:
                foreach (var element in items)
                {
                    frame.Spend();
                    if (SameElement(item, element, frame.Options))
                        return true;
                }

                return false;
            default:
                return SameElement(item, whole, frame.Options);
        }
    }

    private static bool SameElement(object? left, object? right, ExpressionOptions options)
    {
        if (left is null || right is null)
            return left == right;
        if (options.NoStringTypeCoercion)
        {
            if (left is string a && right is string b)
                return options.TextComparer.Equals(a, b);
            return left is string || right is string ? Equals(left, right) : AreEqual(left, right, options);
        }

        if (Conflict(left, right, options.StrictTypeMatching))
            return false;
        return left is string || right is string
            ? options.TextComparer.Equals(Convert.ToString(left, options.Culture) ?? "", Convert.ToString(right, options.Culture) ?? "")
            : AreEqual(left, right, options);
    }
}
