using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Engine.Runs;
using Homelab.Workflows.Definitions;
using Xunit;
using static Homelab.Tests.Engine.Runs.Flow;

namespace Homelab.Tests.Workflows.Definitions;

public sealed class DefinitionValidatorTests
{
    private readonly DefinitionValidator _validator = new(Flow.Expressions, new Known());

    [Fact]
    public void Validate_ManyProblems_ReportsAllAtOnceWithPlace()
    {
        var definition = Definition(Chart(
            [
                Line("a"),
                Line("a"),
                Activity("cron", "Elsa.Cron", ("cronExpression", Value("Literal", "99 * * * * *"))),
                Activity("event", "Elsa.Event"),
                Activity("nope", "Acme.Nope"),
                Activity("cs", "Elsa.WriteLine", ("text", Value("CSharp", "1"))),
                Activity("js", "Elsa.WriteLine", ("text", Value("JavaScript", "x => x"))),
                Activity("nc", "Elsa.WriteLine", ("text", Value("NCalc", "1 +"))),
                Activity("num", "Elsa.For", ("end", Value("Literal", "many"))),
                Activity("list", "Elsa.ForEach", ("items", Value("Object", "[1,"))),
            ],
            "a->cron", "a->gone", "cron:Nowhere->event"), ("V", "String", null), ("V", "String", null));

        var problems = _validator.Validate(definition);

        problems.Should().Contain(p => p.Severity == ProblemSeverity.Error && p.ActivityId == "a" && p.Field == "id");
        problems.Should().Contain(p => p.ActivityId == "cron" && p.Message.Contains("'99'", StringComparison.Ordinal));
        problems.Should().Contain(p => p.ActivityId == "event" && p.Field == "eventName" && p.Message.Contains("required", StringComparison.Ordinal));
        problems.Should().Contain(p => p.ActivityId == "nope" && p.Field == "type");
        problems.Should().Contain(p => p.ActivityId == "cs" && p.Message.Contains("NCalc", StringComparison.Ordinal));
        problems.Should().Contain(p => p.ActivityId == "js" && p.Message.Contains("Arrow", StringComparison.Ordinal));
        problems.Should().Contain(p => p.ActivityId == "nc");
        problems.Should().Contain(p => p.ActivityId == "num" && p.Message.Contains("'many'", StringComparison.Ordinal));
        problems.Should().Contain(p => p.ActivityId == "list" && p.Message.Contains("JSON", StringComparison.Ordinal));
        problems.Should().Contain(p => p.Message.Contains("'gone'", StringComparison.Ordinal));
        problems.Should().Contain(p => p.ActivityId == "cron" && p.Field == "Nowhere");
        problems.Should().Contain(p => p.ActivityId == "nope" && p.Message.Contains("Nothing leads", StringComparison.Ordinal));
        problems.Should().Contain(p => p.ActivityId == null && p.Field == "variables");
    }

    [Theory]
    [InlineData("JavaScript", "x =>", "The log persistence expression")]
    [InlineData("Liquid", "{{ 1 }}", "uses Liquid")]
    [InlineData("Literal", "Sometimes", "'Sometimes' is no mode of the journal")]
    [InlineData("Literal", "Exclude", null)]
    [InlineData("JavaScript", "LogPersistenceMode.Exclude", null)]
    [InlineData("Default", "x =>", null)]
    public void Validate_ExpressionOfLogPersistence_IsCheckedWhereItIs(string type, string text, string? message)
    {
        var line = Line("line");
        line["customProperties"] = new JsonObject { ["logPersistenceConfig"] = new JsonObject { ["inputs"] = new JsonObject { ["text"] = new JsonObject { ["evaluationMode"] = "Expression", ["expression"] = new JsonObject { ["type"] = type, ["value"] = text } } } } };

        var problems = _validator.Validate(Definition(Sequence(line)));

        if (message is null)
            problems.Should().BeEmpty();
        else
            problems.Should().ContainSingle(p => p.Severity == ProblemSeverity.Error && p.ActivityId == "line" && p.Field == "logPersistenceConfig.inputs.text").Which.Message.Should().Contain(message);
    }

    [Fact]
    public void Validate_ExpressionOfResilienceThatIsNone_IsAnError()
    {
        var line = Line("line");
        line["customProperties"] = new JsonObject { ["resilienceStrategy"] = new JsonObject { ["mode"] = "Expression", ["expression"] = new JsonObject { ["type"] = "NCalc", ["value"] = "1 +" } } };

        _validator.Validate(Definition(Sequence(line))).Should().ContainSingle(p => p.ActivityId == "line" && p.Field == "resilienceStrategy");
    }

    [Fact]
    public void Validate_InvalidBackwardConnection_IsAnError()
    {
        var fork = Activity("fork", "Elsa.FlowDecision");
        var definition = Definition(Chart([fork, Line("x"), Line("y"), Activity("z", "Elsa.FlowDecision")], "fork:True->x", "fork:False->y", "x->z", "y->z", "z:False->x"));

        _validator.Validate(definition).Should().ContainSingle(p => p.Severity == ProblemSeverity.Error).Which.Message.Should().Contain("'z' back to 'x'");
    }

    [Fact]
    public void Validate_CircleWithoutWait_IsAnError()
    {
        var definition = Definition(Chart([Line("a"), Line("b")], "a->b", "b->a"));

        _validator.Validate(definition).Should().ContainSingle(p => p.Message.Contains("never end", StringComparison.Ordinal));
    }

    [Fact]
    public void Validate_SoundWorkflow_HasNoProblems()
    {
        var decide = Activity("decide", "Elsa.FlowDecision", ("condition", Value("NCalc", "N > 1")));
        var definition = Definition(Chart([decide, Line("a"), Activity("wait", "Elsa.Delay", ("timeSpan", Value("Literal", "00:00:10")))], "decide:True->a", "decide:False->wait", "wait->decide"), ("N", "Int32", "1"));

        _validator.Validate(definition).Should().BeEmpty();
    }

    [Theory]
    [InlineData("{ \"root\": ", "line 1")]
    [InlineData("[]", "workflow definition")]
    [InlineData("{ \"id\": \"a\" }", "'root'")]
    [InlineData("{ \"id\": \"a\", \"root\": { \"id\": \"x\" } }", "'type'")]
    [InlineData("{ \"id\": \"a\", \"version\": \"x\", \"root\": { \"type\": \"Elsa.Start\" } }", "$.version")]
    public void Read_BrokenFile_SaysWhereAndWhatToDo(string json, string place)
    {
        var read = () => WorkflowJson.Read(json);

        read.Should().Throw<WorkflowJsonException>().WithMessage($"*{place}*");
    }

    [Theory]
    [InlineData("0 0 * * * *", "2026-01-02T04:00:00Z")]
    [InlineData("*/15 * * * *", "2026-01-02T03:15:00Z")]
    [InlineData("0 30 8 * * MON-FRI", "2026-01-02T08:30:00Z")]
    [InlineData("0 0 0 L * *", "2026-01-31T00:00:00Z")]
    [InlineData("0 0 0 * * SUN#2", "2026-01-11T00:00:00Z")]
    [InlineData("0 0 0 29 2 *", "2028-02-29T00:00:00Z")]
    [InlineData("@daily", "2026-01-03T00:00:00Z")]
    public void NextAfter_CronExpression_IsElsasNextOccurrence(string cron, string expected)
    {
        CronSchedule.TryParse(cron, out var schedule, out _).Should().BeTrue();

        schedule!.NextAfter(Now).Should().Be(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    private sealed class Known : IKnownActivities
    {
        public bool IsKnown(ActivityNode activity) => activity.Type.StartsWith("Homelab.", StringComparison.Ordinal);

        public IEnumerable<string> RequiredInputs(ActivityNode activity) => [];

        public IEnumerable<string>? Outcomes(ActivityNode activity) => null;
    }
}
