using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Rules.RuleSets;
using Xunit;

namespace Homelab.Tests.Rules.RuleSets;

public sealed class RuleSetRunnerTests
{
    private static readonly JsonObject Inputs = JsonNode.Parse("""{ "host": { "cpu": 91.5, "name": "nas-01", "tags": [ "a" ] }, "limit": 90 }""")!.AsObject();

    [Fact]
    public void Execute_ParamsMessagesAndActions_GiveTheTree()
    {
        var runner = Runner("""
            { "WorkflowName": "W", "GlobalParams": [ { "Name": "hot", "Expression": "host.cpu > limit" }, { "Name": "doubled", "Expression": "limit * 2" } ],
              "Rules": [
                { "RuleName": "P", "Operator": "And", "LocalParams": [ { "Name": "n", "Expression": "host.name.ToUpper()" } ], "ErrorMessage": "never",
                  "Rules": [ { "RuleName": "A", "Expression": "hot" }, { "RuleName": "B", "Expression": "n == \"NAS-01\" && doubled == 180" } ] },
                { "RuleName": "F", "Expression": "host.cpu > 99", "ErrorMessage": "$(host.name) at $(host.cpu), limit $(limit), tags $(host.tags), $(none)",
                  "Actions": { "OnFailure": { "Name": "OutputExpression", "Context": { "Expression": "new (host.name as Target, doubled as Twice)" } } } },
                { "RuleName": "Off", "Expression": "true", "Enabled": false }
              ] }
            """);

        var results = runner.Execute("W", Inputs);

        results.Select(result => (result.Rule.Name, result.IsSuccess)).Should().Equal(("P", true), ("F", false));
        results[0].Children!.Select(child => child.IsSuccess).Should().Equal(true, true);
        results[1].Message.Should().Be("nas-01 at 91.5, limit 90, tags [\n  \"a\"\n], $(none)");
        results[1].ActionOutput.Should().BeAssignableTo<IReadOnlyDictionary<string, object?>>().Which["Twice"].Should().Be(180L);
    }

    [Theory]
    [InlineData("And", "Or")]
    [InlineData("AndAlso", "OrElse")]
    public void Execute_StopAtFirstDecisiveRule_EvaluatesNoMore(string and, string or)
    {
        var text = $$"""
            { "WorkflowName": "W", "Rules": [
              { "RuleName": "X", "Operator": "{{and}}", "Rules": [ { "RuleName": "A", "Expression": "false" }, { "RuleName": "B", "Expression": "true" } ] },
              { "RuleName": "Y", "Operator": "{{or}}", "Rules": [ { "RuleName": "A", "Expression": "true" }, { "RuleName": "B", "Expression": "false" } ] } ] }
            """;

        Runner(text).Execute("W", Inputs).Select(result => result.Children!.Count).Should().Equal(2, 2);
        var stopped = new RuleSetRunner(RuleSet.Parse(text), new RuleSettings { StopAtFirstDecisiveRule = true }).Execute("W", Inputs);
        stopped.Select(result => result.Children!.Count).Should().Equal(1, 1);
        stopped.Select(result => result.IsSuccess).Should().Equal(false, true);
    }

    [Fact]
    public void ExecuteRule_EvaluateRule_PassesInputsAndGivesAllResults()
    {
        var runner = Runner(
            """
            { "WorkflowName": "W", "Rules": [ { "RuleName": "A", "Expression": "host.cpu > 90", "Actions": { "OnSuccess": { "Name": "EvaluateRule",
              "Context": { "WorkflowName": "V", "ruleName": "B", "inputFilter": [ "host" ], "additionalInputs": [ { "Name": "k", "Expression": "limit + 1" } ] } } } } ] }
            """,
            """
            { "WorkflowName": "V", "Rules": [ { "RuleName": "B", "Expression": "k == 91 && host.cpu > 1",
              "Actions": { "OnSuccess": { "Name": "OutputExpression", "Context": { "Expression": "k * 2" } } } } ] }
            """);

        var result = runner.ExecuteRule("W", "A", RuleSetRunner.Read(Inputs));

        result.Output.Should().Be(182L);
        result.Results.Select(item => (item.Rule.Name, item.IsSuccess)).Should().Equal(("B", true), ("A", true));
    }

    [Fact]
    public void ExecuteRule_EvaluateRuleInACircle_EndsWithAnError()
    {
        var runner = Runner("""
            { "WorkflowName": "W", "Rules": [ { "RuleName": "A", "Expression": "true", "Actions": { "OnSuccess": { "Name": "EvaluateRule",
              "Context": { "workflowName": "W", "ruleName": "A" } } } } ] }
            """);

        runner.ExecuteRule("W", "A", RuleSetRunner.Read(Inputs)).Results.Count.Should().BeLessThan(20);
    }

    [Theory]
    [InlineData("host.cpu > ")]
    [InlineData("host.nope > 1")]
    [InlineData("1 / (limit - limit) > 0")]
    [InlineData("host.tags[9] == \"a\"")]
    [InlineData("host.GetType() != null")]
    public void Execute_BrokenRule_NeverSucceedsAndSaysWhy(string expression)
    {
        var json = new JsonObject { ["RuleName"] = "R", ["Expression"] = expression, ["ErrorMessage"] = "own" };
        var text = new JsonObject { ["WorkflowName"] = "W", ["Rules"] = new JsonArray(json) }.ToJsonString();

        var result = Runner(text).Execute("W", Inputs)[0];
        result.IsSuccess.Should().BeFalse();
        result.Message.Should().NotBeEmpty().And.NotBe("own");

        new RuleSetRunner(RuleSet.Parse(text), new RuleSettings { IgnoreException = true }).Execute("W", Inputs)[0].Message.Should().Be("own");
        var strict = () => new RuleSetRunner(RuleSet.Parse(text), new RuleSettings { EnableExceptionAsErrorMessage = false }).Execute("W", Inputs);
        strict.Should().Throw<RuleException>();
    }

    [Fact]
    public void Execute_InputsOfOtherTypes_CompilesAnew()
    {
        var runner = Runner("""{ "WorkflowName": "W", "Rules": [ { "RuleName": "R", "Expression": "x == 5" } ] }""");

        runner.Execute("W", new JsonObject { ["x"] = 5 })[0].IsSuccess.Should().BeTrue();
        runner.Execute("W", new JsonObject { ["x"] = 5.0 })[0].IsSuccess.Should().BeTrue();
        runner.Execute("W", new JsonObject { ["x"] = "5" })[0].Message.Should().Contain("Operator '==' incompatible with operand types 'String' and 'Int32'");
        runner.Execute("W", new JsonObject { ["x"] = 6 })[0].IsSuccess.Should().BeFalse();
    }

    [Fact]
    public void Execute_ListElementsOfDifferentShape_HaveAllFields()
    {
        var runner = Runner("""{ "WorkflowName": "W", "Rules": [ { "RuleName": "R", "Expression": "list.Any(i => i.b == \"x\") && list.Count(i => i.b == null) == 1" } ] }""");

        runner.Execute("W", JsonNode.Parse("""{ "list": [ { "a": 1 }, { "a": 2.5, "b": "x" } ] }""")!.AsObject())[0].IsSuccess.Should().BeTrue();
    }

    private static RuleSetRunner Runner(params string[] texts) => new(RuleSet.Parse(texts));
}
