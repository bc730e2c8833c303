using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

public sealed class DecisionPolicyReaderTests
{
    [Fact]
    public void Read_ShippedFiles_HoldsTheDocumentedNumbers()
    {
        var policy = ShippedPolicy.Policy;
        policy.Weights.Should().Be(new ConfidenceWeights(0.30, 0.30, 0.20, 0.20));
        policy.Autonomy.Should().BeEquivalentTo(new Dictionary<AutonomyLevel, AutonomyLimits>
        {
            [AutonomyLevel.Conservative] = new(0.95, new HashSet<Risk> { Risk.Low }),
            [AutonomyLevel.Moderate] = new(0.85, new HashSet<Risk> { Risk.Low, Risk.Medium }),
            [AutonomyLevel.Aggressive] = new(0.75, new HashSet<Risk> { Risk.Low, Risk.Medium }),
        });
        policy.Rules.Select(rule => rule.Name).Should().OnlyHaveUniqueItems().And.HaveCount(7);
        policy.Version.Should().HaveLength(64);
    }

    [Fact]
    public void Read_SeveralMistakesInSeveralFiles_ReportsAllWithFilePathAndLine()
    {
        var files = new Dictionary<string, string>(ShippedPolicy.Files)
        {
            [DecisionPolicyReader.PolicyFile] = ShippedPolicy.Files[DecisionPolicyReader.PolicyFile]
                .Replace("\"prediction\": 0.30", "\"prediction\": 1.30", StringComparison.Ordinal)
                .Replace("\"risk\": \"medium\", \"above\": 0.80", "\"risk\": \"middling\", \"above\": 0.80", StringComparison.Ordinal)
                .Replace("\"paused\": \"alertOnly\"", "\"paused\": \"execute\"", StringComparison.Ordinal)
                .Replace("\"cooldown\"", "\"cooldwon\"", StringComparison.Ordinal),
            ["own.json"] = """
            {
              "WorkflowName": "own",
              "Rules": [
                { "RuleName": "one", "Expression": "target.critical ==", "SuccessEvent": "risk +1" },
                { "RuleName": "two", "Expression": "target.crtical == true", "SuccessEvent": "risk -1" },
                { "RuleName": "busy_hours", "Expression": "true", "SuccessEvent": "class hard" },
                { "RuleName": "three", "LocalParams": [ { "Name": "x", "Expression": "1" } ], "Expression": "true", "SuccessEvent": "class hard" }
              ]
            }
            """,
        };
        var (policy, problems) = DecisionPolicyReader.Read(files);
        policy.Should().BeNull();
        problems.Should().Contain(problem => problem.File == "policy.json" && problem.Path == "$.confidence.weights.prediction" && problem.Line == 3 && problem.Message.Contains("1.30"));
        problems.Should().Contain(problem => problem.Path == "$.matrix[2].risk" && problem.Message.Contains("low, medium, high") && problem.Message.Contains("middling"));
        problems.Should().Contain(problem => problem.Path == "$.limits.paused" && problem.Message.Contains("at most ask"));
        problems.Should().Contain(problem => problem.Path == "$.limits.cooldwon" && problem.Message.Contains("not known"));
        problems.Should().Contain(problem => problem.Path == "$.limits.cooldown" && problem.Message.Contains("missing"));
        problems.Should().Contain(problem => problem.File == "own.json" && problem.Line == 4 && problem.Path == "$.Rules[0].Expression");
        problems.Should().Contain(problem => problem.File == "own.json" && problem.Line == 5 && problem.Path == "$.Rules[1].Expression" && problem.Message.Contains("crtical"));
        problems.Should().Contain(problem => problem.File == "own.json" && problem.Path == "$.Rules[1].SuccessEvent" && problem.Message.Contains("risk -1"));
        problems.Should().Contain(problem => problem.Path == "$.Rules[3].LocalParams");
        problems.Should().Contain(problem => problem.Message.Contains("'busy_hours' is there 2 times"));
    }

    [Theory]
    [InlineData("{ \"confidence\": ", 1)]
    [InlineData("{\n\n  \"a\": 1,,\n}", 3)]
    public void Read_NotJson_SaysTheLine(string text, int line)
    {
        var (policy, problems) = DecisionPolicyReader.Read(new Dictionary<string, string> { [DecisionPolicyReader.PolicyFile] = text });
        policy.Should().BeNull();
        problems.Should().ContainSingle().Which.Line.Should().Be(line);
    }

    [Fact]
    public void Read_NoPolicyFile_IsAProblem() =>
        DecisionPolicyReader.Read(new Dictionary<string, string>()).Problems.Should().ContainSingle().Which.Message.Should().Contain("missing");

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("null")]
    public void Read_PolicyOfAnotherShape_ReportsAndDoesNotThrow(string text)
    {
        var (policy, problems) = DecisionPolicyReader.Read(new Dictionary<string, string> { [DecisionPolicyReader.PolicyFile] = text });
        policy.Should().BeNull();
        problems.Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("\"verdict\": \"ask\" }\n  ]", "\"verdict\": \"execute\" }\n  ]", "High risk always needs a person")]
    [InlineData("\"above\": 0.70, \"verdict\": \"ask\" },\n    { \"risk\": \"medium\", \"above\": 0.80", "\"above\": 0.95, \"verdict\": \"ask\" },\n    { \"risk\": \"medium\", \"above\": 0.80", "An earlier row")]
    [InlineData("\"above\": 0.90, \"verdict\": \"execute\"", "\"above\": 0.90, \"verdict\": \"alertOnly\"", "Less confidence must not permit more")]
    [InlineData("\"moderate\": { \"confidence\": 0.85", "\"moderate\": { \"confidence\": 0.99", "must not be above that of conservative")]
    [InlineData("\"confidence\": 0.85, \"risks\": [\"low\", \"medium\"]", "\"confidence\": 0.85, \"risks\": [\"medium\"]", "must hold all risks of conservative")]
    [InlineData("\"confidence\": 0.75, \"risks\": [\"low\", \"medium\"]", "\"confidence\": 0.75, \"risks\": [\"low\", \"medium\", \"high\"]", "no level acts alone on it")]
    [InlineData("\"soft\": \"hard\"", "\"hard\": \"none\"", "must not lower a class")]
    [InlineData("\"high\": { \"none\": \"high\"", "\"high\": { \"none\": \"low\"", "less than for a smaller hazard")]
    [InlineData("\"byAction\": {}", "\"byAction\": { \"a*b\": \"none\" }", "only at the end")]
    [InlineData("\"prediction\": 0.30", "\"prediction\": 0.40", "sum to 1")]
    public void Read_PolicyThatWouldLoosenSafety_IsRefused(string from, string to, string expected)
    {
        var text = ShippedPolicy.Files[DecisionPolicyReader.PolicyFile];
        text.Should().Contain(from);
        var (policy, problems) = DecisionPolicyReader.Read(new Dictionary<string, string> { [DecisionPolicyReader.PolicyFile] = text.Replace(from, to, StringComparison.Ordinal) });
        policy.Should().BeNull();
        problems.Should().Contain(problem => problem.Message.Contains(expected));
    }

    [Theory]
    [InlineData("And", "true", "false", false)]
    [InlineData("And", "true", "true", true)]
    [InlineData("Or", "true", "false", true)]
    [InlineData("OrElse", "false", "false", false)]
    public void Read_NestedRules_MakeOneCondition(string combine, string first, string second, bool hits)
    {
        var (policy, problems) = Own(
            $$"""
            [ { "workflowName": "own", "rules": [ { "ruleName": "both", "operator": "{{combine}}", "successEvent": "class hard", "rules": [
              { "ruleName": "a", "expression": "target.critical == {{first}}" }, { "ruleName": "b", "expression": "target.critical == {{second}}" },
              { "ruleName": "off", "enabled": false, "expression": "target.critical == false" } ] } ] } ]
            """);
        problems.Should().BeEmpty();
        var facts = ShippedPolicy.Facts(ShippedPolicy.Candidate with { Target = ShippedPolicy.Candidate.Target with { Critical = true } });
        (Deciding.Decide(facts, policy!).Chosen!.Hits.Count == 1).Should().Be(hits);
    }

    [Fact]
    public void Read_RuleThatIsSwitchedOff_IsCheckedAndNotUsed()
    {
        Own("""{ "WorkflowName": "own", "Rules": [ { "RuleName": "a", "Enabled": false, "Expression": "target.critical ==", "SuccessEvent": "class hard" } ] }""").Problems.Should().NotBeEmpty();
        Own("""{ "WorkflowName": "own", "Rules": [ { "RuleName": "a", "Enabled": false, "Expression": "true", "SuccessEvent": "class hard" } ] }""").Policy!.Rules.Should().BeEmpty();
    }

    [Fact]
    public void Lines_NestedLists_AreThoseOfTheText() => JsonLines.Of("{\n \"a\": [\n  1,\n  { \"b\": [ [ 2 ],\n 3 ] }\n ],\n \"c\": 1\n}").Should().Contain(
        new Dictionary<string, int> { ["$.a[0]"] = 3, ["$.a[1].b[0][0]"] = 4, ["$.a[1].b[1]"] = 5, ["$.c"] = 7 });

    private static (DecisionPolicy? Policy, IReadOnlyList<FileProblem> Problems) Own(string rules) => DecisionPolicyReader.Read(
        new Dictionary<string, string> { [DecisionPolicyReader.PolicyFile] = ShippedPolicy.Files[DecisionPolicyReader.PolicyFile], ["own.json"] = rules });
}
