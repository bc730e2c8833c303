using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Cli;
using Homelab.Engine.Playbooks;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Playbooks;

public sealed class PlaybookReaderTests
{
    private const string Good =
        """
        id: start-container
        name: Start container
        owner: me
        docs: It starts it.
        cooldown: 90s
        prior: { successes: 3, failures: 1 }
        match:
          kind: [container_down, unknown]
          labels: { job: "cad*" }
          expression: incident.severity <> 'info'
        preconditions:
          - as: container
            activity: docker.inspect_container
            input: { container: "${ target.name }" }
            expression: not container.running
        steps:
          - activity: docker.start_container
            input: { container: "${ target.name }" }
        verify:
          activity: docker.get_health
          input: { container: "${ target.name }" }
          expression: healthy and before = 1
          given: { before: "${ container.restarts + 1 }" }
          withinSeconds: 30
        """;

    [Fact]
    public void Read_GoodFile_HasEverything()
    {
        var (playbook, problems) = Read(Good);
        problems.Should().BeEmpty();
        playbook!.Cooldown.Should().Be(TimeSpan.FromSeconds(90));
        playbook.Prior.Should().Be(new PlaybookPrior(3, 1));
        playbook.Match.Kinds.Should().Equal("container_down", "unknown");
        playbook.Match.Labels["job"].Should().Be("cad*");
        playbook.Preconditions.Should().ContainSingle().Which.As.Should().Be("container");
        playbook.Verify.WithinSeconds.Should().Be(30);
    }

    [Fact]
    public void Read_ManyMistakes_ReportsAllAtTheirLines()
    {
        var (playbook, problems) = Read(Good
            .Replace("id: start-container", "id: Start Container")
            .Replace("owner: me", "onwer: me")
            .Replace("cooldown: 90s", "cooldown: soon")
            .Replace("activity: docker.start_container", "activity: docker.get_stats")
            .Replace("expression: not container.running", "expression: not container.running and contaner.x = 1")
            .Replace("{ container: \"${ target.name }\" }\n    expression: not", "{ container: \"${ target.name }\", contaner: 1 }\n    expression: not")
            .Replace("withinSeconds: 30", "withinSeconds: 0"));
        playbook.Should().BeNull();
        problems.Select(problem => (problem.Line, problem.Path)).Should().BeEquivalentTo(new (long, string)[]
        {
            (1, "id"), (3, "onwer"), (1, "owner"), (5, "cooldown"), (15, "preconditions[0].expression"), (14, "preconditions[0].input.contaner"), (17, "steps[0].activity"), (24, "verify.withinSeconds"),
        });
        problems.Should().Contain(problem => problem.Message.Contains("only reads"));
        problems.Should().BeInAscendingOrder(problem => problem.Line);
    }

    [Theory]
    [InlineData("a: [1", "no YAML")]
    [InlineData("- a", "must be a map")]
    [InlineData("a: 1\n---\nb: 2", "2 documents")]
    public void Read_NoPlaybook_SaysWhatItIs(string text, string message) => Read(text).Problems.Should().ContainSingle().Which.Message.Should().Contain(message);

    [Fact]
    public void Read_AliasesThatGrowWithoutEnd_AreRefused()
    {
        var bomb = string.Concat(Enumerable.Range(1, 12).Select(i => $"  a{i}: &a{i} [{string.Join(",", Enumerable.Repeat(i == 1 ? "x" : $"*a{i - 1}", 8))}]\n"));
        Read(Good.Replace("          given: { before: \"${ container.restarts + 1 }\" }", "")
            .Replace("steps:", $"rollback:\n  - activity: docker.start_container\n    input:\n{bomb.Replace("  a", "      a")}steps:"))
            .Problems.Should().Contain(problem => problem.Message.Contains("20000 values"));
    }

    [Theory]
    [InlineData("\"plain\"", "plain")]
    [InlineData("\"${ n }\"", "7")]
    [InlineData("\"a ${ n } b ${ t.x } \\u0027q\\u0027\"", "a 7 b it's 'q'")]
    [InlineData("\"$${ n }\"", "${ n }")]
    [InlineData("\"${ t.x + '}' }\"", "it's}")]
    public void Template_Text_IsFilledIn(string template, string expected)
    {
        var names = new JsonObject { ["n"] = 7, ["t"] = new JsonObject { ["x"] = "it's" } };
        Template.Resolve(JsonNode.Parse(template), names)!.ToString().Should().Be(expected);
        Template.Evaluate(Template.ToExpression(JsonNode.Parse(template)), names)!.ToString().Should().Be(expected, "it means the same as one expression");
    }

    [Fact]
    public void Template_ListsAndObjects_KeepTheirTypes()
    {
        var names = new JsonObject { ["n"] = 7, ["list"] = new JsonArray("a", "b") };
        var template = JsonNode.Parse("""{ "numbers": ["${ n }", 1, true, null], "deep": { "text": "n=${ n }" }, "whole": "${ list }" }""");
        const string expected = """{"numbers":[7,1,true,null],"deep":{"text":"n=7"},"whole":["a","b"]}""";
        Template.Resolve(template, names)!.ToJsonString().Should().Be(expected);
        Template.Evaluate(Template.ToExpression(template), names)!.ToJsonString().Should().Be(expected);
    }

    [Fact]
    public void Template_NotClosed_IsAProblemAtItsPlace() =>
        Read(Good.Replace("input: { container: \"${ target.name }\" }\n    expression: not", "input: { container: \"${ target.name\" }\n    expression: not")).Problems.Should()
            .ContainSingle(problem => problem.Message.Contains("not closed")).Which.Line.Should().Be(14);

    private static (Playbook? Playbook, IReadOnlyList<PlaybookProblem> Problems) Read(string text)
    {
        using var activities = DefinitionFiles.Activities();
        return new PlaybookReader(activities.GetRequiredService<ActivityCatalog>()).Read("test.yaml", text);
    }
}
