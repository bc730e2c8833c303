using System.Text.Json.Nodes;
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
    [InlineData("\"verdict\": \"ask\" }\n  ]", "\"verdict\": \"execute\" }\n  ]", "High risk always needs a person", "$.matrix[4].verdict")]
    [InlineData("\"above\": 0.70, \"verdict\": \"ask\" },\n    { \"risk\": \"medium\", \"above\": 0.80", "\"above\": 0.95, \"verdict\": \"ask\" },\n    { \"risk\": \"medium\", \"above\": 0.80", "An earlier row", "$.matrix[1]")]
    [InlineData("\"above\": 0.90, \"verdict\": \"execute\"", "\"above\": 0.90, \"verdict\": \"alertOnly\"", "Less confidence must not permit more", "$.matrix[1].verdict")]
    [InlineData("\"moderate\": { \"confidence\": 0.85", "\"moderate\": { \"confidence\": 0.99", "must not be above that of conservative", "$.autonomy.moderate.confidence")]
    [InlineData("\"confidence\": 0.85, \"risks\": [\"low\", \"medium\"]", "\"confidence\": 0.85, \"risks\": [\"medium\"]", "must hold all risks of conservative", "$.autonomy.moderate.risks")]
    [InlineData("\"confidence\": 0.75, \"risks\": [\"low\", \"medium\"]", "\"confidence\": 0.75, \"risks\": [\"low\", \"medium\", \"high\"]", "no level acts alone on it", "$.autonomy.aggressive.risks")]
    [InlineData("\"soft\": \"hard\"", "\"hard\": \"none\"", "must not lower a class", "$.approval.onCriticalTarget.hard")]
    [InlineData("\"high\": { \"none\": \"high\"", "\"high\": { \"none\": \"low\"", "less than for a smaller hazard", "$.risk.base.high.none")]
    [InlineData("\"none\": { \"none\": \"low\", \"low\": \"low\"", "\"none\": { \"none\": \"medium\", \"low\": \"low\"", "less than for a smaller hazard", "$.risk.base.none.low")]
    [InlineData("\"byAction\": {}", "\"byAction\": { \"a*b\": \"none\" }", "only at the end", "$.approval.byAction.a*b")]
    [InlineData("\"prediction\": 0.30", "\"prediction\": 0.40", "sum to 1", "$.confidence.weights")]
    public void Read_PolicyThatWouldLoosenSafety_IsRefused(string from, string to, string expected, string path)
    {
        var text = ShippedPolicy.Files[DecisionPolicyReader.PolicyFile];
        text.Should().Contain(from);
        var (policy, problems) = DecisionPolicyReader.Read(new Dictionary<string, string> { [DecisionPolicyReader.PolicyFile] = text.Replace(from, to, StringComparison.Ordinal) });
        policy.Should().BeNull();
        problems.Should().Contain(problem => problem.Message.Contains(expected) && problem.Path == path);
    }

    [Theory]
    [InlineData("\"low\", \"above\": 0.90, \"verdict\": \"execute\"", "\"low\", \"above\": 0.90, \"verdict\": \"ask\"")]
    [InlineData("\"moderate\": { \"confidence\": 0.85", "\"moderate\": { \"confidence\": 0.95")]
    [InlineData("\"soft\": \"hard\"", "\"soft\": \"soft\"")]
    [InlineData("\"low\": { \"none\": \"low\"", "\"low\": { \"none\": \"medium\"")]
    public void Read_PolicyAsStrictAsItsNeighbour_IsTaken(string from, string to)
    {
        var text = ShippedPolicy.Files[DecisionPolicyReader.PolicyFile];
        text.Should().Contain(from);
        var (policy, problems) = DecisionPolicyReader.Read(new Dictionary<string, string> { [DecisionPolicyReader.PolicyFile] = text.Replace(from, to, StringComparison.Ordinal).Replace("\"low\": \"low\", \"medium\": \"medium\"", "\"low\": \"medium\", \"medium\": \"medium\"", StringComparison.Ordinal) });
        problems.Should().BeEmpty();
        policy.Should().NotBeNull();
    }

    /// <summary>Every value of the shipped policy, made wrong, left out and accompanied by one that is not known: each is told at its own place.</summary>
    [Fact]
    public void Read_AnyValueWrongMissingOrUnknown_IsToldAtItsPlace()
    {
        var text = ShippedPolicy.Files[DecisionPolicyReader.PolicyFile];
        var places = Places(JsonNode.Parse(text)!).ToList();
        places.Should().HaveCountGreaterThan(90);
        foreach (var place in places)
        {
            ProblemsOf(place, at => at.ReplaceWith(JsonValue.Create("nonsense"))).Should().Contain(problem => problem.Path.StartsWith(place, StringComparison.Ordinal), $"{place} is nonsense");
            if (!place.EndsWith(']') && place is not ("$.approval.onCriticalTarget.soft") && !place.EndsWith(".above", StringComparison.Ordinal))
                ProblemsOf(place, at => at.Parent!.AsObject().Remove(at.GetPropertyName())).Should().Contain(problem => problem.Path == place && problem.Message.Contains("missing"), $"{place} is missing");
            if (JsonNode.Parse(text)!.Find(place) is JsonObject)
                ProblemsOf(place, at => at.AsObject()["extra"] = 1).Should().Contain(problem => problem.Path == $"{place}.extra", $"{place} has another field");
        }

        IReadOnlyList<FileProblem> ProblemsOf(string place, Action<JsonNode> change)
        {
            var root = JsonNode.Parse(text)!;
            change(root.Find(place)!);
            return DecisionPolicyReader.Read(new Dictionary<string, string> { [DecisionPolicyReader.PolicyFile] = root.ToJsonString() }).Problems;
        }

        static IEnumerable<string> Places(JsonNode node) => (node switch
        {
            JsonObject map => map.SelectMany(pair => Places(pair.Value!)),
            JsonArray list => list.SelectMany(item => Places(item!)),
            _ => [],
        }).Concat(node.Parent is null ? [] : [node.GetPath()]);
    }

    [Fact]
    public void Read_SameFiles_HaveOneVersionInAnyOrderAndAnotherOneOnceAnyChanges()
    {
        var files = ShippedPolicy.Files.Where(file => file.Key != DecisionPolicyReader.IncidentsFile).ToDictionary();
        var renamed = files.ToDictionary(file => file.Key == DecisionPolicyReader.PolicyFile ? file.Key : $"z{file.Key}", file => file.Value);
        var edited = files.ToDictionary(file => file.Key, file => file.Key == DecisionPolicyReader.PolicyFile ? file.Value.Replace("0.95, \"risks\"", "0.96, \"risks\"", StringComparison.Ordinal) : file.Value);
        string[] versions = [.. new[] { files, files.Reverse().ToDictionary(), renamed, edited }.Select(one => DecisionPolicyReader.Read(one).Policy!.Version)];
        versions[1].Should().Be(versions[0]);
        versions.Distinct().Should().HaveCount(3);
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

file static class JsonPlaces
{
    /// <param name="path">As <see cref="JsonNode.GetPath"/> says it: "$.matrix[0].risk".</param>
    public static JsonNode? Find(this JsonNode root, string path) => path[1..].Split(['.', '['], StringSplitOptions.RemoveEmptyEntries)
        .Aggregate((JsonNode?)root, (at, part) => part.EndsWith(']') ? at?[int.Parse(part[..^1], System.Globalization.CultureInfo.InvariantCulture)] : at?[part]);
}
