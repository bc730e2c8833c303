using FluentAssertions;
using Homelab.Rules.RuleSets;
using Xunit;

namespace Homelab.Tests.Rules.RuleSets;

public sealed class RuleSetLoaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rules-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void LoadFolder_GoodFiles_GivesOneSet()
    {
        Write("a.json", """{ "WorkflowName": "A", "Rules": [ { "RuleName": "R", "Expression": "x > 1" } ] }""");
        Write("b.json", """
            // several in one file, comments and trailing commas allowed
            [ { "workflowname": "B", "WorkflowsToInject": [ "A" ], "rules": [ { "rulename": "S", "expression": "x > 2", } ] } ]
            """);

        var load = RuleSetLoader.LoadFolder(_folder.FullName);

        load.Problems.Should().BeEmpty();
        load.Rules!.Workflows.Select(workflow => workflow.Name).Should().Equal("A", "B");
        load.Rules.RulesOf(load.Rules.Find("B")!).Select(rule => rule.Name).Should().Equal("S", "R");
    }

    [Fact]
    public void LoadFolder_ManyMistakes_ReportsAllWithFileLineAndPath()
    {
        Write("a.json", """
            {
              "WorkflowName": "A",
              "WorkflowsToInject": [ "Nope" ],
              "GlobalParams": [ { "Name": "g", "Expression": "1 +" } ],
              "Rules": [
                { "RuleName": "R", "Expression": "x >" },
                { "RuleName": "", "Operator": "Xor", "Rules": [ { "RuleName": "C", "Expression": "Rond(x, 1) > 1" } ] },
                { "RuleName": "S", "Expression": "true", "Actions": { "OnSuccess": { "Name": "Explode" } } },
                { "RuleName": "T" },
                { "RuleName": "U", "Expression": "true", "Enabled": "no" }
              ]
            }
            """);
        Write("b.json", "{ \"WorkflowName\": \"A\", \"Rules\": [] ");
        Write("c.json", """{ "WorkflowName": "A", "Rules": [ { "RuleName": "R", "Expression": "true" } ] }""");

        var load = RuleSetLoader.LoadFolder(_folder.FullName);

        load.Rules.Should().BeNull();
        var seen = load.Problems.Select(problem => $"{Path.GetFileName(problem.File)}:{problem.Line} {problem.Path}").ToList();
        seen.Should().Contain(
        [
            "a.json:3 WorkflowsToInject",
            "a.json:4 GlobalParams[0].Expression",
            "a.json:6 Rules[0].Expression",
            "a.json:7 Rules[1].RuleName",
            "a.json:7 Rules[1].Operator",
            "a.json:7 Rules[1].Rules[0].Expression",
            "a.json:8 Rules[2].Actions.OnSuccess.Name",
            "a.json:9 Rules[3].Expression",
            "a.json:10 Rules[4].Enabled",
        ]);
        load.Problems.Should().Contain(problem => problem.File!.EndsWith("b.json") && problem.Message.StartsWith("Not valid JSON"));
        load.Problems.Should().Contain(problem => problem.File!.EndsWith("c.json") && problem.Message.Contains("already defined in"));
        load.Problems.Should().Contain(problem => problem.Path == "Rules[1].Rules[0].Expression" && problem.Message.Contains("near: Round"));
    }

    [Fact]
    public void LoadFolder_Circle_IsReported()
    {
        Write("a.json", """{ "WorkflowName": "A", "WorkflowsToInject": [ "B" ] }""");
        Write("b.json", """{ "WorkflowName": "B", "WorkflowsToInject": [ "A" ] }""");

        RuleSetLoader.LoadFolder(_folder.FullName).Problems.Should().Contain(problem => problem.Message.Contains("injects itself: A -> B -> A"));
    }

    [Fact]
    public void LoadFolder_RuleNameTwice_IsReported()
    {
        Write("a.json", """{ "WorkflowName": "A", "Rules": [ { "RuleName": "R", "Expression": "true" }, { "RuleName": "R", "Expression": "true" } ] }""");

        RuleSetLoader.LoadFolder(_folder.FullName).Problems.Should().ContainSingle().Which.Message.Should().Contain("'R' is used more than once");
    }

    [Fact]
    public void LoadFolder_MissingFolder_SaysSo() =>
        RuleSetLoader.LoadFolder("/does/not/exist").Problems.Should().ContainSingle().Which.Message.Should().Contain("does not exist");

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("3")]
    [InlineData("[1]")]
    [InlineData("{\"WorkflowName\":1,\"Rules\":{}}")]
    [InlineData("{\"WorkflowName\":\"A\",\"Rules\":[null,{\"RuleName\":\"R\",\"LocalParams\":{\"a\":1},\"Expression\":\"true\"}]}")]
    public void Parse_OddShapes_AreProblemsNotExceptions(string text)
    {
        var load = RuleSetLoader.Parse([KeyValuePair.Create("f.json", text)]);
        load.Rules.Should().BeNull();
        load.Problems.Should().NotBeEmpty();
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
