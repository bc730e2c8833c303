using System.Diagnostics;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Rules.Expressions;
using Xunit;

namespace Homelab.Tests.Rules.Expressions;

public sealed class NCalcDialectTests
{
    private static readonly JsonObject Facts = JsonNode.Parse("""
        { "alerts": [ { "severity": "critical", "labels": { "host": "nas-01" }, "value": 97.5 }, { "severity": "info", "labels": { "host": "pi" }, "value": 3 } ],
          "name": "nas-01", "cpu": 91, "odd name!": 4, "nothing": null }
        """)!.AsObject();

    [Theory]
    [InlineData("alerts.Any(a => a.severity == 'critical')", true)]
    [InlineData("alerts.Count(a => a.value > 50)", 1)]
    [InlineData("alerts[0].labels.host", "nas-01")]
    [InlineData("alerts[0]['severity']", "critical")]
    [InlineData("alerts.Where(a => a.value < 50).Select(a => a.labels.host).First()", "pi")]
    [InlineData("alerts.OrderBy(a => a.value).First().severity", "info")]
    [InlineData("alerts.Any(a => alerts.Any(b => b.value < a.value and a.severity = 'critical'))", true)]
    [InlineData("name.ToUpper().StartsWith('NAS')", true)]
    [InlineData("name.Length + 1", 7)]
    [InlineData("[odd name!] * 2 + {cpu}", 99)]
    [InlineData("cpu > 90 and name like 'nas%'", true)]
    [InlineData("7 / 2", 3.5)]
    [InlineData("'4' + '2'", 6.0)]
    [InlineData("nothing ?? 'x'", "x")]
    [InlineData("cpu in (1, 91) ? 'yes' : 'no'", "yes")]
    [InlineData("nothing?.x ?? 5", 5)]
    [InlineData("Math.Max(3, 4) + string.Join('-', ('a', 'b')).Length", 7)]
    public void Evaluate_OverJson_GivesValue(string text, object expected) =>
        ExpressionCompiler.Compile(text).Evaluate(Facts).Should().Be(expected);

    [Theory]
    [InlineData("x + 1", ExpressionFailure.UnknownName)]
    [InlineData("Foo(1)", ExpressionFailure.UnknownFunction)]
    [InlineData("alerts.Where(a => a.valu > 5)", ExpressionFailure.UnknownMember)]
    [InlineData("cpu.Foo", ExpressionFailure.UnknownMember)]
    [InlineData("nothing.x", ExpressionFailure.MissingValue)]
    [InlineData("alerts[7]", ExpressionFailure.OutOfRange)]
    [InlineData("alerts.First(a => a.value > 1000)", ExpressionFailure.InvalidOperation)]
    [InlineData("alerts + 1", ExpressionFailure.InvalidOperation)]
    [InlineData("name > 5", ExpressionFailure.Format)]
    [InlineData("name.Substring(99)", ExpressionFailure.OutOfRange)]
    [InlineData("int.Parse('x')", ExpressionFailure.Format)]
    [InlineData("cpu.ToString('D999999999')", ExpressionFailure.Limit)]
    public void Evaluate_Impossible_ThrowsItsKind(string text, ExpressionFailure failure)
    {
        var evaluate = () => ExpressionCompiler.Compile(text).Evaluate(Facts);
        evaluate.Should().Throw<ExpressionEvaluationException>().Which.Failure.Should().Be(failure);
    }

    [Theory]
    [InlineData("name.GetType()")]
    [InlineData("alerts.GetType().Assembly")]
    [InlineData("name.GetHashCode()")]
    [InlineData("System.Environment.Exit(1)")]
    [InlineData("typeof(string)")]
    [InlineData("File.ReadAllText('/etc/passwd')")]
    [InlineData("alerts.GetEnumerator()")]
    public void Evaluate_AttemptToReachDotNet_Throws(string text)
    {
        var evaluate = () => ExpressionCompiler.Compile(text).Evaluate(Facts);
        evaluate.Should().Throw<ExpressionException>();
    }

    [Fact]
    public void Evaluate_DotNetObjectAsParameter_IsOnlyText()
    {
        var parameters = new Dictionary<string, object?> { ["uri"] = new Uri("http://nas-01/"), ["when"] = DateTimeOffset.UnixEpoch, ["kind"] = DayOfWeek.Friday };

        ExpressionCompiler.Compile("uri + ''").Evaluate(parameters).Should().Be("http://nas-01/");
        ExpressionCompiler.Compile("when.Year").Evaluate(parameters).Should().Be(1970);
        ExpressionCompiler.Compile("kind").Evaluate(parameters).Should().Be("Friday");
        ((Func<object?>)(() => ExpressionCompiler.Compile("uri.Host").Evaluate(parameters))).Should().Throw<ExpressionEvaluationException>();
    }

    [Theory]
    [InlineData("n.Any(a => n.Any(b => n.Any(c => n.Any(d => a + b + c + d < 0))))")]
    [InlineData("n.SelectMany(a => n).SelectMany(a => n).SelectMany(a => n).Count")]
    [InlineData("n.OrderBy(a => n.Sum(b => n.Sum()))")]
    [InlineData("s.Replace('x', s).Replace('x', s).Replace('x', s).Length")]
    [InlineData("s.PadLeft(2000000000).Length")]
    [InlineData("s like '%x%x%x%x%x%x%x%y' or (s + s) like '%x%x%x%x%y' or n.Any(a => s like '%xx%xxx%y')")]
    [InlineData("10000000!")]
    [InlineData("n.Select(a => s).Select(t => t.Replace('x', s)).Any(t => false)")]
    public void Evaluate_EndlessWork_EndsQuicklyWithAnError(string text)
    {
        var parameters = new Dictionary<string, object?> { ["n"] = Enumerable.Range(0, 1000).Cast<object?>().ToList(), ["s"] = new string('x', 5000) };
        var expression = ExpressionCompiler.Compile(text);
        var watch = Stopwatch.StartNew();

        var evaluate = () => expression.Evaluate(parameters);

        evaluate.Should().Throw<ExpressionEvaluationException>().Which.Failure.Should().BeOneOf(ExpressionFailure.Limit, ExpressionFailure.OutOfRange);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Evaluate_ExponentOfDecimals_EndsQuickly()
    {
        var options = new ExpressionOptions { FloatingPointNumberType = FloatingPointNumberType.Decimal };
        ((Func<object?>)(() => ExpressionCompiler.Compile("1.5 ** 79228162514264337593543950335", options).Evaluate())).Should().Throw<ExpressionEvaluationException>();
        ExpressionCompiler.Compile("0.5 ** 79228162514264337593543950335", options).Evaluate().Should().Be(0m);
    }

    [Fact]
    public void Evaluate_Options_ChangeLiteralsToo()
    {
        ExpressionCompiler.Compile("1 + 2", new ExpressionOptions { StringConcat = true }).Evaluate().Should().Be("12");
        ExpressionCompiler.Compile("2 ** 3", new ExpressionOptions { FloatingPointNumberType = FloatingPointNumberType.Decimal }).Evaluate().Should().Be(8m);
        ExpressionCompiler.Compile("1 = 1.0", new ExpressionOptions { StrictTypeMatching = true }).Evaluate().Should().Be(false);
        ((Func<object?>)(() => ExpressionCompiler.Compile("2147483647 + 1", new ExpressionOptions { OverflowProtection = true }).Evaluate()))
            .Should().Throw<ExpressionEvaluationException>().Which.Failure.Should().Be(ExpressionFailure.Overflow);
        ExpressionCompiler.Compile("2147483647 + 1").Evaluate().Should().Be(int.MinValue);
    }

    [Fact]
    public void Get_SameTextAndOptions_CompilesOnce()
    {
        var cache = new ExpressionCache(capacity: 2);
        var first = cache.Get("1 + 1", ExpressionOptions.NCalc);

        cache.Get("1 + 1", new ExpressionOptions()).Should().BeSameAs(first);
        cache.Get("1 + 1", ExpressionOptions.Rules).Should().NotBeSameAs(first);
        cache.Get("1 + 2", ExpressionOptions.NCalc).Evaluate().Should().Be(3);
        ((Func<object?>)(() => cache.Get("1 +", ExpressionOptions.NCalc))).Should().Throw<ExpressionSyntaxException>();
    }

    [Fact]
    public void Evaluate_IterateParameters_WalksListsInStep()
    {
        var options = new ExpressionOptions { IterateParameters = true };
        var parameters = new Dictionary<string, object?> { ["a"] = new List<object?> { 1, 2 }, ["b"] = new List<object?> { 10, 20 }, ["c"] = 1 };

        ExpressionCompiler.Compile("a + b + c", options).Evaluate(parameters).Should().BeEquivalentTo(new List<object?> { 12, 23 });

        parameters["b"] = new List<object?> { 1 };
        ((Func<object?>)(() => ExpressionCompiler.Compile("a + b", options).Evaluate(parameters))).Should().Throw<ExpressionEvaluationException>();
    }
}
