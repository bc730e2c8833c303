using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Rules.Commands;
using Xunit;

namespace Homelab.Tests.Rules.Commands;

public sealed class CommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rules-");
    private readonly StringWriter _output = new();

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _output.Dispose();
    }

    [Theory]
    [InlineData("7 / 2", null, false, 0, "3.5")]
    [InlineData("7 / 2", null, true, 0, "3")]
    [InlineData("name + '!'", """{"name":"nas"}""", false, 0, "nas!")]
    [InlineData("list.Where(x => x > 1)", """{"list":[1,2,3]}""", false, 0, "[2,3]")]
    [InlineData("list.Where(used > 1).Count()", """{"list":[{"used":1},{"used":2}]}""", true, 0, "1")]
    [InlineData("null", null, false, 0, "null")]
    [InlineData("nme", """{"name":1}""", false, 1, "Parameter nme not defined. Near: name.")]
    [InlineData("1 +", null, false, 2, "The expression is not valid.\n  line 1, column 4: Expression expected; expected a value, a name, '(' or a unary operator, found the end")]
    public void Expr_Text_WritesValueOrError(string expression, string? parameters, bool rules, int code, string expected)
    {
        ExprCommand.Run(expression, parameters, json: false, rules, _output).Should().Be(code);
        _output.ToString().ReplaceLineEndings("\n").TrimEnd().Should().Be(expected);
    }

    [Fact]
    public void Expr_Json_IsReadable()
    {
        ExprCommand.Run("cpu > 90", """{"cpu": 91}""", json: true, rules: false, _output).Should().Be(0);
        JsonNode.Parse(_output.ToString())!["value"]!.GetValue<bool>().Should().BeTrue();

        using var failed = new StringWriter();
        ExprCommand.Run("(1 + ) * 2", null, json: true, rules: false, failed).Should().Be(2);
        JsonNode.Parse(failed.ToString())!["errors"]![0]!["column"]!.GetValue<int>().Should().Be(6);

        using var parameters = new StringWriter();
        ExprCommand.Run("1", "[1]", json: true, rules: false, parameters).Should().Be(2);
    }

    [Fact]
    public void RulesEval_GoodFile_WritesTheTree()
    {
        var rules = Write("r.json", """
            { "WorkflowName": "W", "Rules": [ { "RuleName": "P", "Operator": "Or", "ErrorMessage": "cold: $(host.cpu)", "Rules": [ { "RuleName": "A", "Expression": "host.cpu > 99" } ] },
              { "RuleName": "B", "SuccessEvent": "warm", "Expression": "host.cpu > 50", "Actions": { "OnSuccess": { "Name": "OutputExpression", "Context": { "Expression": "host.cpu * 2" } } } } ] }
            """);
        var input = Write("i.json", """{ "host": { "cpu": 60 } }""");

        RulesCommand.Eval(rules, input, null, json: false, _output).Should().Be(0);
        _output.ToString().ReplaceLineEndings("\n").Should().Be("no  P: cold: 60\n  no  A\nyes B -> 120\n");

        using var json = new StringWriter();
        RulesCommand.Eval(rules, input, "W", json: true, json).Should().Be(0);
        var results = JsonNode.Parse(json.ToString())!["results"]!;
        results[0]!["children"]![0]!["success"]!.GetValue<bool>().Should().BeFalse();
        results[1]!["event"]!.GetValue<string>().Should().Be("warm");
    }

    [Fact]
    public void RulesValidate_DirectoryOfDecisions_IsReadAsDecisionsReadIt()
    {
        RulesCommand.Validate(Homelab.Tests.Rules.Decisions.ShippedPolicy.Directory, json: false, _output).Should().Be(0, _output.ToString());
        _output.ToString().Should().Contain("decision rules: all valid");
        var directory = Directory.CreateTempSubdirectory("homelab-decisions-").FullName;
        foreach (var (name, text) in Homelab.Tests.Rules.Decisions.ShippedPolicy.Files)
            File.WriteAllText(Path.Combine(directory, name), text);
        File.WriteAllText(Path.Combine(directory, "own.json"), """{ "Rules": [ { "RuleName": "a", "Expression": "nothing > 1", "SuccessEvent": "risk +1" } ] }""");
        RulesCommand.Validate(directory, json: false, _output).Should().Be(2);
        _output.ToString().Should().Contain("own.json(1,1): $.Rules[0].Expression: ").And.Contain("nothing");
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void RulesEvalAndValidate_Broken_ListEveryProblem()
    {
        var rules = Write("r.json", """{ "WorkflowName": "W", "Rules": [ { "RuleName": "A", "Expression": "1 +" }, { "RuleName": "B" } ] }""");

        RulesCommand.Validate(rules, json: false, _output).Should().Be(2);
        _output.ToString().Should().Contain("r.json(1,").And.Contain("Rules[0].Expression").And.Contain("Rules[1].Expression");
        RulesCommand.Eval(rules, "nowhere.json", null, json: true, _output).Should().Be(2);

        var good = Write("g.json", """{ "WorkflowName": "G", "Rules": [ { "RuleName": "A", "Expression": "true" } ] }""");
        RulesCommand.Validate(good, json: false, _output).Should().Be(0);
        RulesCommand.Eval(good, "nowhere.json", null, json: false, _output).Should().Be(2);
        RulesCommand.Eval(good, Write("i.json", "[]"), null, json: false, _output).Should().Be(2);
        RulesCommand.Eval(good, Write("j.json", "{}"), "Other", json: false, _output).Should().Be(2);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
