using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using Homelab.Rules.RuleSets;
using Homelab.Rules.Values;
using Xunit;

namespace Homelab.Tests.Conformance;

/// <summary>What Microsoft RulesEngine 6.0.1 answered, rule by rule.</summary>
[Trait("Category", "Conformance")]
public sealed partial class RulesEngineConformanceTests
{
    private const string Folder = "rulesengine";
    private const string File = "rulesengine/cases.json";

    private static readonly Lazy<Dictionary<string, JsonElement>> All = new(() =>
        JsonDocument.Parse(System.IO.File.ReadAllText(ConformanceFolder.Path(File))).RootElement.EnumerateArray()
            .ToDictionary(item => item.GetProperty("id").GetString()!));

    public static TheoryData<string> Cases()
    {
        var cases = new TheoryData<string>();
        foreach (var id in All.Value.Keys)
            cases.Add(id);
        return cases;
    }

    [ConformanceTheory(File)]
    [MemberData(nameof(Cases))]
    public void Execute_RecordedCase_GivesRecordedResults(string id)
    {
        var item = All.Value[id];
        var expected = item.GetProperty("expected");
        RuleActionResult Run() => Execute(item);

        if (expected.TryGetProperty("throws", out var throws))
        {
            var thrown = ((Func<RuleActionResult>)Run).Should().Throw<Exception>().Which;
            SameThrow(thrown, throws.GetString()!, expected.GetProperty("message").GetString() ?? "");
            return;
        }

        var run = Run();
        Describe(run.Results).Should().Be(string.Join('\n', expected.GetProperty("results").EnumerateArray().Select(Describe)));
        if (!expected.TryGetProperty("actionOutput", out var output))
            return;
        Number(FactJson.Write(run.Output)?.ToJsonString() ?? "null").Should().Be(Number(output.GetRawText()));
        (run.Error ?? "").Should().Be(expected.GetProperty("actionException").GetString() ?? "");
    }

    private static void SameThrow(Exception thrown, string type, string message)
    {
        // RulesEngine throws a bare Exception for a missing injected workflow, which nobody can catch by kind.
        (type == "Exception" && thrown is RuleException ? "Exception" : thrown.GetType().Name).Should().Be(type);
        if (message.Contains("The specified condition was not met", StringComparison.Ordinal))
        {
            // It only says that something in there is wrong; we say what.
            var path = message[(message.IndexOf(" -- ", StringComparison.Ordinal) + 4)..].Split(':')[0];
            ((RuleValidationException)thrown).Problems.Should().Contain(problem => problem.Path.StartsWith(path, StringComparison.Ordinal));
        }
        else if (message.Length > 0)
        {
            Index().Replace(Normal(thrown.Message), "-- ").Should().Be(Normal(message));
        }
    }

    private static RuleActionResult Execute(JsonElement item)
    {
        List<string> texts = item.TryGetProperty("workflows", out var inline)
            ? [inline.GetRawText()]
            : [.. item.GetProperty("files").EnumerateArray().Select(file => System.IO.File.ReadAllText(ConformanceFolder.Path(Path.Combine(Folder, file.GetString()!))))];
        var runner = new RuleSetRunner(RuleSet.Parse(texts.Select(Unwrapped).ToList()), Settings(item));
        var inputs = JsonNode.Parse(item.GetProperty("inputs").GetRawText())!.AsObject();
        var name = item.GetProperty("run").GetString()!;
        if (item.TryGetProperty("action", out var rule))
            return runner.ExecuteRule(name, rule.GetString()!, (IReadOnlyDictionary<string, object?>)FactJson.Read(inputs, rules: true)!);
        return new RuleActionResult(null, null, runner.Execute(name, inputs));
    }

    /// <summary>A list of one is recorded where there was one workflow: paths of problems then have no index.</summary>
    private static string Unwrapped(string text) =>
        JsonNode.Parse(text) is JsonArray { Count: 1 } list ? list[0]!.ToJsonString() : text;

    private static RuleSettings Settings(JsonElement item)
    {
        var settings = new RuleSettings();
        if (!item.TryGetProperty("settings", out var given))
            return settings;
        foreach (var setting in given.EnumerateObject())
        {
            settings = setting.Name switch
            {
                "NestedRuleExecutionMode" => settings with { StopAtFirstDecisiveRule = setting.Value.ToString() is "1" or "Performance" },
                "EnableExceptionAsErrorMessage" => settings with { EnableExceptionAsErrorMessage = setting.Value.GetBoolean() },
                "IgnoreException" => settings with { IgnoreException = setting.Value.GetBoolean() },
                "EnableFormattedErrorMessage" => settings with { EnableFormattedErrorMessage = setting.Value.GetBoolean() },
                "EnableScopedParams" => settings with { EnableScopedParams = setting.Value.GetBoolean() },
                "IsExpressionCaseSensitive" => settings with { IsExpressionCaseSensitive = setting.Value.GetBoolean() },
                "AutoExecuteActions" => settings with { AutoExecuteActions = setting.Value.GetBoolean() },
                "EnableExceptionAsErrorMessageForRuleExpressionParsing" => settings with { EnableExceptionAsErrorMessageForRuleExpressionParsing = setting.Value.GetBoolean() },
                "AutoRegisterInputType" or "CacheConfig" or "UseFastExpressionCompiler" or "EnableParallelRuleCompilation" => settings,
                _ => throw new InvalidOperationException($"The setting {setting.Name} is not known."),
            };
        }

        return settings;
    }

    private static string Describe(IReadOnlyList<RuleResult> results) => string.Join('\n', results.Select(result => Describe(result)));

    private static string Describe(RuleResult result)
    {
        var children = result.Children is { Count: > 0 } nested ? $" [{Describe(nested)}]" : "";
        return Line(result.Rule.Name, result.IsSuccess, result.Message, FactJson.Write(result.ActionOutput)?.ToJsonString() ?? "null", result.ActionError) + children;
    }

    private static string Describe(JsonElement result)
    {
        var nested = result.GetProperty("children");
        var children = nested.ValueKind == JsonValueKind.Array && nested.GetArrayLength() > 0 ? $" [{string.Join('\n', nested.EnumerateArray().Select(Describe))}]" : "";
        return Line(
            result.GetProperty("rule").GetString()!, result.GetProperty("isSuccess").GetBoolean(), result.GetProperty("exceptionMessage").GetString() ?? "",
            result.GetProperty("actionOutput").GetRawText(), result.GetProperty("actionException").GetString()) + children;
    }

    private static string Line(string rule, bool success, string message, string output, string? error) =>
        $"{rule} {success} '{Normal(message)}' {Number(output)} '{Normal(error ?? "")}'";

    private static string Number(string json) => double.TryParse(json, CultureInfo.InvariantCulture, out var number)
        ? number.ToString(CultureInfo.InvariantCulture)
        : JsonNode.Parse(json)?.ToJsonString() ?? "null";

    /// <summary>Without what is of one run: names of generated classes, stack traces, and hints in other words.</summary>
    private static string Normal(string message)
    {
        var text = message.Replace("\r", "", StringComparison.Ordinal);
        var hint = text.IndexOf(" (Hint:", StringComparison.Ordinal);
        text = hint < 0 ? text : text[..hint];
        text = Trace().Replace(text, "");
        text = ExceptionName().Replace(text, " - ");
        return GeneratedClass().Replace(text, "'T'").Trim();
    }

    [GeneratedRegex(@"'(<>f__AnonymousType\d+`\d+|Object\([^)]*\))'")]
    private static partial Regex GeneratedClass();

    [GeneratedRegex(@"-- \[\d+\]\.")]
    private static partial Regex Index();

    [GeneratedRegex(@"\n\s+at .*", RegexOptions.Singleline)]
    private static partial Regex Trace();

    [GeneratedRegex(@" - System\.\w+Exception: ")]
    private static partial Regex ExceptionName();
}
