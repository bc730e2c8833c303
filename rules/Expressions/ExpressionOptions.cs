using System.Globalization;

namespace Homelab.Rules.Expressions;

/// <summary>Which of the two languages decides where they disagree (integer division, text to number, letter case).</summary>
public enum ExpressionDialect
{
    /// <summary>NCalc: dynamically typed, <c>7 / 2</c> is 3.5, <c>'4' + '2'</c> is 6. Everything but rules.</summary>
    NCalc,

    /// <summary>RulesEngine's (System.Linq.Dynamic.Core): statically typed, <c>7 / 2</c> is 3, names in any letter case. Rules.</summary>
    RulesEngine,
}

/// <summary>Which type a whole-number literal or text read as a number gets.</summary>
public enum IntegerNumberType
{
    Int32,
    Int64,
}

/// <summary>Which type a literal with a point or an exponent gets.</summary>
public enum FloatingPointNumberType
{
    Double,
    Decimal,
}

/// <summary>How an expression is read and evaluated. Immutable and usable as a cache key.</summary>
public sealed record ExpressionOptions
{
    public static ExpressionOptions NCalc { get; } = new();

    public static ExpressionOptions Rules { get; } = new() { Dialect = ExpressionDialect.RulesEngine };

    public ExpressionDialect Dialect { get; init; }

    /// <summary>Reads numbers in text, dates between <c>#</c>, and compares text (NCalc).</summary>
    public CultureInfo Culture { get; init; } = CultureInfo.InvariantCulture;

    /// <summary>Where <c>DateTime.UtcNow</c> and <c>Now</c> come from.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ExpressionLimits Limits { get; init; } = ExpressionLimits.Default;

    /// <summary>Rules only: names of inputs and members must match in letter case. Methods never do.</summary>
    public bool CaseSensitive { get; init; }

    /// <summary>The name <c>null</c> is the missing value instead of a parameter (NCalc; always so in rules).</summary>
    public bool AllowNullParameter { get; init; }

    public bool AllowBooleanCalculation { get; init; }

    public bool AllowCharValues { get; init; }

    public bool AllowNullOrEmptyExpressions { get; init; }

    public bool ArithmeticNullOrEmptyStringAsZero { get; init; }

    public bool CaseInsensitiveStringComparer { get; init; }

    public bool OrdinalStringComparer { get; init; }

    public bool IgnoreCaseAtBuiltInFunctions { get; init; }

    public bool IterateParameters { get; init; }

    public bool NoStringTypeCoercion { get; init; }

    public bool OverflowProtection { get; init; }

    public bool StrictTypeMatching { get; init; }

    public bool StringConcat { get; init; }

    public FloatingPointNumberType FloatingPointNumberType { get; init; }

    public IntegerNumberType IntegerNumberType { get; init; }

    public MidpointRounding MidpointRounding { get; init; }

    internal bool IsRules => Dialect == ExpressionDialect.RulesEngine;

    /// <summary>The comparer NCalc semantics use for text.</summary>
    internal StringComparer TextComparer => (OrdinalStringComparer, CaseInsensitiveStringComparer) switch
    {
        (true, true) => StringComparer.OrdinalIgnoreCase,
        (true, false) => StringComparer.Ordinal,
        (false, var ignoreCase) => StringComparer.Create(Culture, ignoreCase),
    };
}

/// <summary>What an expression may cost. Exceeding one is an error that names it, never a hang.</summary>
public sealed record ExpressionLimits
{
    public static ExpressionLimits Default { get; } = new();

    /// <summary>Characters of source text.</summary>
    public int MaxLength { get; init; } = 32_768;

    /// <summary>Nesting of brackets, operators and lambdas.</summary>
    public int MaxDepth { get; init; } = 128;

    /// <summary>Nodes of the tree.</summary>
    public int MaxNodes { get; init; } = 8_192;

    /// <summary>Elements visited and lambda calls of one evaluation; about 20 ms at most.</summary>
    public int MaxSteps { get; init; } = 200_000;

    /// <summary>Characters of any text an evaluation produces.</summary>
    public int MaxTextLength { get; init; } = 1_048_576;
}
