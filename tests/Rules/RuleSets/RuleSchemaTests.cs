using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Rules.RuleSets;
using Xunit;

namespace Homelab.Tests.Rules.RuleSets;

public sealed class RuleSchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository(), "rules", "schema", "rules.schema.json")))!.AsObject();

    /// <summary>Every field the schema offers is one the reader reads: a wrong kind of value in it is reported.</summary>
    [Theory]
    [InlineData("rule", "RuleName", "3")]
    [InlineData("rule", "Enabled", "3")]
    [InlineData("rule", "Expression", "3")]
    [InlineData("rule", "RuleExpressionType", "3")]
    [InlineData("rule", "Operator", "3")]
    [InlineData("rule", "Rules", "3")]
    [InlineData("rule", "LocalParams", "3")]
    [InlineData("rule", "ErrorMessage", "3")]
    [InlineData("rule", "SuccessEvent", "3")]
    [InlineData("rule", "WorkflowsToInject", "3")]
    [InlineData("workflow", "WorkflowName", "3")]
    [InlineData("workflow", "GlobalParams", "3")]
    [InlineData("workflow", "Rules", "3")]
    [InlineData("workflow", "WorkflowsToInject", "3")]
    public void Schema_Field_IsReadByTheReader(string definition, string name, string wrong)
    {
        Schema["definitions"]![definition]!["properties"]!.AsObject().ContainsKey(name).Should().BeTrue();
        var rule = new JsonObject { ["RuleName"] = "R", ["Expression"] = "true" };
        var workflow = new JsonObject { ["WorkflowName"] = "W", ["Rules"] = new JsonArray(rule) };
        (definition == "rule" ? rule : workflow)[name] = JsonNode.Parse(wrong);

        var parse = () => RuleSet.Parse(workflow.ToJsonString());
        parse.Should().Throw<RuleValidationException>().Which.Problems.Should().Contain(problem => problem.Path.EndsWith(name));
    }

    [Fact]
    public void Schema_Fields_AreAllCovered() =>
        Schema["definitions"]!["rule"]!["properties"]!.AsObject().Select(entry => entry.Key).Should().BeEquivalentTo(
            "RuleName", "Enabled", "Expression", "RuleExpressionType", "Operator", "Rules", "LocalParams", "ErrorMessage", "SuccessEvent", "Properties", "WorkflowsToInject", "Actions");

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Homelab.Workflows.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
