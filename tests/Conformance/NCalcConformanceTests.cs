using System.Collections;
using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using Homelab.Rules.Expressions;
using Xunit;

namespace Homelab.Tests.Conformance;

/// <summary>What NCalc 7.1 answered to its own tests' expressions, case by case.</summary>
[Trait("Category", "Conformance")]
public sealed class NCalcConformanceTests
{
    private const string File = "ncalc/cases.json";

    public static TheoryData<string> Cases()
    {
        var cases = new TheoryData<string>();
        foreach (var id in All.Value.Keys)
            cases.Add(id);
        return cases;
    }

    private static readonly Lazy<Dictionary<string, JsonElement>> All = new(() =>
        JsonDocument.Parse(System.IO.File.ReadAllText(ConformanceFolder.Path(File))).RootElement.EnumerateArray()
            .Where(item => item.GetProperty("portable").GetBoolean())
            .ToDictionary(item => item.GetProperty("id").GetString()!));

    [ConformanceTheory(File)]
    [MemberData(nameof(Cases))]
    public void Evaluate_RecordedCase_GivesRecordedResult(string id)
    {
        var item = All.Value[id];
        var text = item.GetProperty("expression").GetString()!;
        var options = Options(item);
        var parameters = Parameters(item);

        object? Evaluate() => ExpressionCompiler.Compile(text, options).Evaluate(parameters);

        if (item.TryGetProperty("throws", out var throws))
        {
            var thrown = ((Func<object?>)Evaluate).Should().Throw<ExpressionException>(text).Which;
            Kind(thrown).Should().Be(Kind(throws.GetString()!), $"{text} gives {thrown.Message}");
            if (thrown is ExpressionEvaluationException && throws.GetString() != "NCalcEvaluationException")
                thrown.Message.Should().StartWith(item.GetProperty("message").GetString()!.TrimEnd('.'));
            return;
        }

        var expected = Value(item.GetProperty("expected"));
        var actual = Evaluate();
        if (expected is double number && actual is double result)
            Close(result, number).Should().BeTrue($"{text} gives {result:R}, recorded {number:R}");
        else
            Describe(actual).Should().Be(Describe(expected), text);
    }

    /// <summary>The last digits of sines and powers are the platform's mathematical library's.</summary>
    private static bool Close(double actual, double expected) => actual.Equals(expected)
        || Math.Abs(actual - expected) <= Math.Abs(expected) * 4e-15;

    private static string Kind(Exception exception) => exception switch
    {
        ExpressionSyntaxException => "syntax",
        ExpressionEvaluationException { Failure: ExpressionFailure.InvalidArgument } => "evaluation",
        ExpressionEvaluationException failed => failed.Failure.ToString(),
        _ => "?",
    };

    private static string Kind(string recorded) => recorded switch
    {
        "NCalcParserException" or "NCalcException" => "syntax",
        "NCalcEvaluationException" or "ArgumentException" => "evaluation",
        "NCalcParameterNotDefinedException" => nameof(ExpressionFailure.UnknownName),
        "NCalcFunctionNotFoundException" => nameof(ExpressionFailure.UnknownFunction),
        "InvalidOperationException" => nameof(ExpressionFailure.InvalidOperation),
        "FormatException" => nameof(ExpressionFailure.Format),
        "OverflowException" => nameof(ExpressionFailure.Overflow),
        "ArgumentOutOfRangeException" => nameof(ExpressionFailure.OutOfRange),
        "DivideByZeroException" => nameof(ExpressionFailure.DivideByZero),
        _ => recorded,
    };

    private static ExpressionOptions Options(JsonElement item)
    {
        var options = new ExpressionOptions { Culture = Culture(item) };
        foreach (var option in item.GetProperty("options").EnumerateObject())
        {
            options = option.Name switch
            {
                "AllowBooleanCalculation" => options with { AllowBooleanCalculation = true },
                "AllowCharValues" => options with { AllowCharValues = true },
                "AllowNullOrEmptyExpressions" => options with { AllowNullOrEmptyExpressions = true },
                "AllowNullParameter" => options with { AllowNullParameter = true },
                "ArithmeticNullOrEmptyStringAsZero" => options with { ArithmeticNullOrEmptyStringAsZero = true },
                "CaseInsensitiveStringComparer" => options with { CaseInsensitiveStringComparer = true },
                "FloatingPointNumberType" => options with { FloatingPointNumberType = Enum.Parse<FloatingPointNumberType>(option.Value.GetString()!) },
                "IgnoreCaseAtBuiltInFunctions" => options with { IgnoreCaseAtBuiltInFunctions = true },
                "IntegerNumberType" => options with { IntegerNumberType = Enum.Parse<IntegerNumberType>(option.Value.GetString()!) },
                "IterateParameters" => options with { IterateParameters = true },
                "MidpointRounding" => options with { MidpointRounding = Enum.Parse<MidpointRounding>(option.Value.GetString()!) },
                "NoStringTypeCoercion" => options with { NoStringTypeCoercion = true },
                "OrdinalStringComparer" => options with { OrdinalStringComparer = true },
                "OverflowProtection" => options with { OverflowProtection = true },
                "StrictTypeMatching" => options with { StrictTypeMatching = true },
                "StringConcat" => options with { StringConcat = true },
                _ => throw new InvalidOperationException($"The option {option.Name} is not known."),
            };
        }

        return options;
    }

    /// <summary>NCalc's tests of cultures make their own, without a name to record: spaces between thousands, comma or point.</summary>
    private static CultureInfo Culture(JsonElement item)
    {
        var name = item.GetProperty("culture").GetString()!;
        if (name.Length > 0 || !item.GetProperty("test").GetString()!.StartsWith("CustomCultureTests", StringComparison.Ordinal))
            return CultureInfo.GetCultureInfo(name);

        var failed = item.TryGetProperty("message", out var message) ? message.GetString()! : "";
        var comma = item.GetProperty("parameters").ToString().Contains("\"2,0\"", StringComparison.Ordinal) || failed.Contains("'1.7'", StringComparison.Ordinal);
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberGroupSeparator = " ";
        if (comma && !failed.Contains("'2,0'", StringComparison.Ordinal))
            culture.NumberFormat.NumberDecimalSeparator = ",";
        return culture;
    }

    private static Dictionary<string, object?> Parameters(JsonElement item)
    {
        // A dictionary that ignores letter case is the caller's choice in NCalc; the recording does not name it.
        var comparer = item.GetProperty("test").GetString()!.StartsWith("ParametersAndF", StringComparison.Ordinal)
            ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var parameters = new Dictionary<string, object?>(comparer);
        foreach (var parameter in item.GetProperty("parameters").EnumerateObject())
            parameters[parameter.Name] = Value(parameter.Value);
        return parameters;
    }

    private static object? Value(JsonElement typed)
    {
        var invariant = CultureInfo.InvariantCulture;
        var value = typed.TryGetProperty("v", out var given) ? given : default;
        var text = value.ValueKind is JsonValueKind.String ? value.GetString()! : value.ValueKind is JsonValueKind.Undefined ? "" : value.ToString();
        return typed.GetProperty("t").GetString() switch
        {
            "null" => null,
            "bool" => value.GetBoolean(),
            "string" => text,
            "char" => text[0],
            "Int16" => short.Parse(text, invariant),
            "Int32" => int.Parse(text, invariant),
            "Int64" => long.Parse(text, invariant),
            "UInt16" => ushort.Parse(text, invariant),
            "UInt32" => uint.Parse(text, invariant),
            "UInt64" => ulong.Parse(text, invariant),
            "Byte" => byte.Parse(text, invariant),
            "SByte" => sbyte.Parse(text, invariant),
            "Single" => float.Parse(text, invariant),
            "Double" => double.Parse(text, invariant),
            "Decimal" => decimal.Parse(text, NumberStyles.Float, invariant),
            "DateTime" => DateTime.Parse(text, invariant, DateTimeStyles.RoundtripKind | DateTimeStyles.AllowWhiteSpaces),
            "TimeSpan" => TimeSpan.Parse(text, invariant),
            "Guid" => Guid.Parse(text),
            "list" => value.EnumerateArray().Select(Value).ToList(),
            var other => throw new InvalidOperationException($"The recorded type {other} is not known."),
        };
    }

    private static string Describe(object? value) => value switch
    {
        null => "null",
        decimal number => $"Decimal {number / 1.0000000000000000000000000000m}",
        DateTime time => $"DateTime {time:yyyy-MM-ddTHH:mm:ss.fffffff}",
        string text => $"string {text}",
        IEnumerable items => $"list [{string.Join(", ", items.Cast<object?>().Select(Describe))}]",
        float number => $"Single {number:R}",
        IFormattable formattable => $"{value.GetType().Name} {formattable.ToString(null, CultureInfo.InvariantCulture)}",
        _ => $"{value.GetType().Name} {value}",
    };
}
