using FluentAssertions;
using Homelab.Rules.Expressions;
using Homelab.Rules.Values;
using Xunit;

namespace Homelab.Tests.Rules.Expressions;

public sealed class LayoutTests
{
    private static readonly FactsLayout Layout = new(
    [
        new FactField("host.cpu", FactType.Number),
        new FactField("host.restarts", FactType.Integer),
        new FactField("host.name", FactType.Text),
        new FactField("maintenance", FactType.Flag),
        new FactField("lastSeen", FactType.Time),
        new FactField("age", FactType.Duration),
        new FactField("load", FactType.Number) { Optional = true },
        new FactField("tags", FactType.ListOf(FactType.Text)),
        new FactField("disks", FactType.ListOf(FactType.ObjectOf(new Dictionary<string, FactType> { ["mount"] = FactType.Text, ["used"] = FactType.Number }))),
    ]);

    private static readonly Facts Facts = Layout.NewFacts().SetAll(new Dictionary<string, object?>
    {
        ["host"] = new Dictionary<string, object?> { ["cpu"] = 87.5, ["restarts"] = 3, ["name"] = "nas-01" },
        ["maintenance"] = false,
        ["lastSeen"] = "2026-01-02T03:04:05Z",
        ["age"] = TimeSpan.FromMinutes(5),
        ["tags"] = new[] { "zfs", "prod" },
        ["disks"] = new List<object?> { new Dictionary<string, object?> { ["mount"] = "/", ["used"] = 91L }, new Dictionary<string, object?> { ["mount"] = "/data", ["used"] = 40.5 } },
    }).Build();

    [Theory]
    [InlineData("host.cpu > 80 && host.cpu <= 87.5", true)]
    [InlineData("HOST.CPU > 80", true)]
    [InlineData("host.restarts / 2 == 1 && host.restarts % 2 == 1", true)]
    [InlineData("host.cpu / 2 == 43.75", true)]
    [InlineData("!maintenance && host.name == \"nas-01\"", true)]
    [InlineData("host.name.StartsWith(\"pi\") || tags.Contains(\"prod\")", true)]
    [InlineData("disks.Any(used > 90)", true)]
    [InlineData("disks.Where(d => d.mount == \"/data\").First().used == 40.5", true)]
    [InlineData("lastSeen >= \"2026-01-01\" && lastSeen.Year == 2026", true)]
    [InlineData("age > TimeSpan.FromMinutes(4)", true)]
    [InlineData("load > 1", false)]
    [InlineData("load <= 1", false)]
    [InlineData("load == null && (load ?? 0.5) == 0.5", true)]
    [InlineData("tags.Count == 2 && tags[1] == \"prod\"", true)]
    [InlineData("iif(host.cpu > 90, host.restarts > 5, host.restarts > 2)", true)]
    [InlineData("host.name in (\"pi\", \"nas-01\")", true)]
    [InlineData("Max(host.cpu, 90.5) == 90.5 and Abs(0 - host.cpu) == 87.5", true)]
    public void Compile_Rules_Evaluates(string text, bool expected) =>
        ExpressionCompiler.Compile<bool>(text, Layout)(Facts).Should().Be(expected);

    [Theory]
    [InlineData("host.cpu > 80 and [host.name] = 'nas-01'", true)]
    [InlineData("[host.restarts] / 2 = 1.5", true)]
    [InlineData("host.restarts + 1 = 4 and not maintenance", true)]
    [InlineData("host.cpu in (1, 87.5)", true)]
    [InlineData("host.name like 'nas%'", true)]
    [InlineData("disks.Any(d => d.used > 90)", true)]
    public void Compile_NCalc_Evaluates(string text, bool expected) =>
        ExpressionCompiler.Compile<bool>(text, Layout, ExpressionOptions.NCalc)(Facts).Should().Be(expected);

    [Theory]
    [InlineData("host.cpuu > 5", "Unknown identifier 'host.cpuu'", "host.cpu")]
    [InlineData("maintenanc", "Unknown identifier 'maintenanc'", "maintenance")]
    [InlineData("host.cpu + 1", "Expression of type 'Boolean' expected", null)]
    [InlineData("host.name > 5", "Operator '>' incompatible with operand types 'String' and 'Int32'", null)]
    [InlineData("disks.Any(usd > 5)", "The binary operator GreaterThan is not defined for the types 'System.Object' and 'System.Int32'.", "used")]
    [InlineData("host.name.Foo()", "No applicable method 'Foo' exists in type 'String'", null)]
    public void Compile_WrongTypesAndNames_SaysAllBeforeRunning(string text, string message, string? near)
    {
        var compile = () => ExpressionCompiler.Compile<bool>(text, Layout);
        var error = compile.Should().Throw<ExpressionSyntaxException>().Which.Errors[0];
        error.Message.Should().Be(message);
        if (near is not null)
            error.Near.Should().Contain(near);
    }

    [Fact]
    public void Compile_SeveralUnknownNames_ReportsAll()
    {
        var compile = () => ExpressionCompiler.Compile<bool>("foo > 1 || bar > 2", Layout);
        compile.Should().Throw<ExpressionSyntaxException>().Which.Errors.Select(error => error.Column).Should().Equal(1, 12);
    }

    [Theory]
    [InlineData("host.cpu > 80")]
    [InlineData("not (host.cpu > 80)")]
    [InlineData("host.name == \"x\"")]
    [InlineData("!maintenance")]
    [InlineData("host.cpu == null")]
    [InlineData("tags.Any()")]
    public void Evaluate_MissingRequiredFact_ThrowsInsteadOfGuessing(string text)
    {
        var evaluate = () => ExpressionCompiler.Compile<bool>(text, Layout)(Layout.NewFacts().Build());
        evaluate.Should().Throw<ExpressionEvaluationException>().Which.Failure.Should().Be(ExpressionFailure.MissingValue);
    }

    [Fact]
    public void Evaluate_TypedCondition_AllocatesNothing()
    {
        var condition = ExpressionCompiler.Compile<bool>("host.name == \"nas-01\" && host.cpu > 85 && (host.cpu + 10) / 2 < 60 && !maintenance && host.restarts * 2 <= 6 && lastSeen.Year > 0 || age > age", Layout);
        var plain = ExpressionCompiler.Compile<bool>("host.name == \"nas-01\" && host.cpu > 85 && (host.cpu + 10) / 2 < 60 && !maintenance && host.restarts * 2 <= 6", Layout);
        var score = ExpressionCompiler.Compile<double>("0.3 * [host.cpu] + Max([host.cpu], 5.0) / 2", Layout, ExpressionOptions.NCalc);
        condition(Facts).Should().BeTrue();
        for (var i = 0; i < 100; i++)
            _ = plain(Facts) && score(Facts) > 0;

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            _ = plain(Facts) && score(Facts) > 0;
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    [Fact]
    public void Set_ValueOfAnotherType_NamesFactAndValue()
    {
        var set = () => Layout.NewFacts().Set("host.cpu", "warm");
        set.Should().Throw<ArgumentException>().WithMessage("The fact 'host.cpu' is a Double; the value 'warm' is not.*");
        ((Action)(() => Layout.NewFacts().Set("nope", 1))).Should().Throw<ArgumentException>().WithMessage("*no field 'nope'*");
    }

    [Fact]
    public void Evaluate_FactsOfAnotherLayout_Throws()
    {
        var evaluate = () => ExpressionCompiler.Compile<bool>("maintenance", Layout)(new FactsLayout([new FactField("maintenance", FactType.Flag)]).NewFacts().Build());
        evaluate.Should().Throw<ExpressionEvaluationException>();
    }
}
