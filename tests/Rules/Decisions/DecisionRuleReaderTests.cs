using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

public sealed class DecisionRuleReaderTests
{
    private const string Forms = "'SuccessEvent' must say what a hit does: 'risk +1', 'risk high', 'confidence -0.10', 'class hard' or 'at most ask'; it is ";

    [Theory]
    [InlineData("[ 1 ]", "$[0]", "A rule set must be an object with WorkflowName and Rules.")]
    [InlineData("{ \"WorkflowName\": \"w\" }", "$", "A rule set needs a list 'Rules'.")]
    [InlineData("[ {\"Rules\": []}, {\"Rules\": 1} ]", "$[1]", "A rule set needs a list 'Rules'.")]
    [InlineData("{ \"GlobalParams\": [ 1 ], \"Rules\": [] }", "$.GlobalParams", "Decision rules do not use 'GlobalParams'; write it into the expression.")]
    [InlineData("{ \"workflowsToInject\": [ 1 ], \"Rules\": [] }", "$.workflowsToInject", "Decision rules do not use 'WorkflowsToInject'; write it into the expression.")]
    [InlineData("{ \"Rules\": [ { \"Expression\": \"true\", \"SuccessEvent\": \"risk +1\" } ] }", "$.Rules[0]", "A rule needs a 'RuleName'.")]
    [InlineData("{ \"Rules\": [ { \"RuleName\": \" \", \"Expression\": \"true\", \"SuccessEvent\": \"risk +1\" } ] }", "$.Rules[0]", "A rule needs a 'RuleName'.")]
    [InlineData("{ \"Rules\": [ { \"RuleName\": \"a\", \"Expression\": \"true\" } ] }", "$.Rules[0]", Forms + "missing.")]
    [InlineData("{ \"Rules\": [ { \"RuleName\": \"a\", \"Expression\": \"true\", \"successEvent\": \"go\" } ] }", "$.Rules[0].successEvent", Forms + "'go'.")]
    [InlineData("{ \"Rules\": [ { \"RuleName\": \"a\", \"SuccessEvent\": \"risk +1\" } ] }", "$.Rules[0]", "A rule needs an 'Expression' or inner 'Rules'.")]
    [InlineData("{ \"Rules\": [ { \"RuleName\": \"a\", \"Rules\": [], \"Expression\": \" \", \"SuccessEvent\": \"risk +1\" } ] }", "$.Rules[0]", "A rule needs an 'Expression' or inner 'Rules'.")]
    [InlineData("{ \"Rules\": [ { \"RuleName\": \"a\", \"Actions\": { \"OnSuccess\": 1 }, \"Expression\": \"true\", \"SuccessEvent\": \"risk +1\" } ] }", "$.Rules[0].Actions", "Decision rules do not use 'Actions'; write it into the expression.")]
    [InlineData("{ \"Rules\": [ { \"RuleName\": \"a\", \"WorkflowsToInject\": [ 1 ], \"Expression\": \"true\", \"SuccessEvent\": \"risk +1\" } ] }", "$.Rules[0].WorkflowsToInject", "Decision rules do not use 'WorkflowsToInject'; write it into the expression.")]
    [InlineData(
        "{ \"Rules\": [ { \"RuleName\": \"a\", \"Rules\": [ { \"Expression\": \"true\" } ], \"SuccessEvent\": \"risk +1\" } ] }", "$.Rules[0]",
        "A rule with inner rules needs an 'Operator': And, AndAlso, Or or OrElse.")]
    [InlineData(
        "{ \"Rules\": [ { \"RuleName\": \"a\", \"Operator\": \"Or\", \"Rules\": [ { \"Enabled\": false, \"Expression\": \"true\" } ], \"SuccessEvent\": \"at most ask\" } ] }", "$.Rules[0].Rules",
        "All inner rules are switched off, so nothing is left to compare. Set 'Enabled' of the rule itself to false instead.")]
    [InlineData(
        "{ \"Rules\": [ { \"RuleName\": \"a\", \"Operator\": \"And\", \"Rules\": [ { \"Enabled\": false, \"Expression\": \"true\" }, { \"Enabled\": false, \"Expression\": \"true\" } ], \"SuccessEvent\": \"risk +1\" } ] }",
        "$.Rules[0].Rules", "All inner rules are switched off, so nothing is left to compare. Set 'Enabled' of the rule itself to false instead.")]
    [InlineData("{ \"Rules\": [ { \"RuleName\": \"a\", \"Operator\": \"And\", \"rules\": [ 3 ], \"SuccessEvent\": \"risk +1\" } ] }", "$.Rules[0].rules[0]", "A rule must be an object.")]
    public void Read_OneMistake_IsToldOnceAtItsPlace(string json, string path, string message) =>
        Read(json).Problems.Should().Equal(new FileProblem("own.json", path, 1, message));

    [Fact]
    public void Read_EmptyParams_AreNone() => Read(
        """{ "GlobalParams": [], "WorkflowsToInject": null, "Rules": [ { "RuleName": "a", "LocalParams": [], "Actions": {}, "Expression": "true", "SuccessEvent": "risk +1" } ] }""").Problems.Should().BeEmpty();

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void Read_NestedDeeply_OnlyToALimit(int depth, bool good)
    {
        var rule = "\"Expression\": \"true\"";
        for (var i = 0; i < depth; i++)
            rule = $"\"Operator\": \"AndAlso\", \"Rules\": [ {{ {rule} }} ]";
        var problems = Read($$"""{ "Rules": [ { "RuleName": "deep", "SuccessEvent": "risk +1", {{rule}} } ] }""").Problems;
        if (good)
            problems.Should().BeEmpty();
        else
            problems.Should().ContainSingle().Which.Message.Should().Be("Rules are nested deeper than 16.");
    }

    [Fact]
    public void Read_Rule_KeepsWhatItSays()
    {
        var rules = Read(
            """
            [ { "Rules": [ { "RuleName": "no_message", "Expression": "target.critical", "SuccessEvent": "risk high" } ] },
              { "WorkflowName": "w", "Rules": [ { "RuleName": "b", "Expression": "true", "SuccessEvent": "class hard", "Properties": { "Message": "because" } } ] } ]
            """).Policy!.Rules;
        rules.Select(rule => (rule.Set, rule.Name, rule.Message, rule.Expression, rule.Consequence.ToString())).Should().Equal(
            ("own", "no_message", "no message", "target.critical", "risk high"), ("w", "b", "because", "true", "class hard"));
    }

    [Theory]
    [InlineData("Or", "false", "true", true)]
    [InlineData("AndAlso", "true", "false", false)]
    [InlineData("orelse", "true", "true", true)]
    public void Read_InnerRuleThatIsOff_HasNoSay(string combine, string first, string second, bool hits)
    {
        var rule = Read(
            $$"""
            { "Rules": [ { "RuleName": "a", "Operator": "{{combine}}", "SuccessEvent": "risk +1", "Rules": [
              { "Expression": "{{first}}" }, { "Expression": "{{second}}" }, { "Enabled": false, "Expression": "{{(hits ? "false" : "true")}}" } ] } ] }
            """).Policy!.Rules[0];
        rule.Condition(DecisionFacts.Of(ShippedPolicy.Facts(ShippedPolicy.Candidate), ShippedPolicy.Candidate)).Should().Be(hits);
    }

    [Fact]
    public void Read_InnerRuleWithAMistake_IsToldEvenWhenOff() => Read(
        """{ "Rules": [ { "RuleName": "a", "Operator": "Or", "SuccessEvent": "risk +1", "Rules": [ { "Enabled": false, "Expression": "1 +" }, { "Expression": "true" } ] } ] }""")
        .Problems.Should().Contain(problem => problem.Path == "$.Rules[0].Rules[0].Expression" && problem.Message.StartsWith("'1 +' "));

    /// <summary>Every name that rules may use has the candidate's value.</summary>
    [Theory]
    [InlineData("action == \"docker.x\"")]
    [InlineData("effect == \"destructive\"")]
    [InlineData("dataRisk == \"low\" && availabilityRisk == \"medium\"")]
    [InlineData("prediction == 0.5 && impactCertainty == 0.25 && rollbackFeasibility == 0.75")]
    [InlineData("canWait && requested && time.quiet && target.critical && target.down")]
    [InlineData("history.successes == 3 && history.failures == 4")]
    [InlineData("target.id == \"t\" && target.kind == \"container\" && target.name == \"n\" && target.blastRadius == 5")]
    [InlineData("incident.type == \"container_down\" && incident.severity == \"critical\"")]
    [InlineData("time.hour == 6 && time.day == \"Sunday\"")]
    [InlineData("actionsToday == 7 && targetActions == 8 && causeActions == 9")]
    public void Condition_EachName_HasItsValue(string expression)
    {
        var candidate = new CandidateFacts
        {
            Action = "docker.x", Effect = EffectKind.Destructive, DataRisk = Hazard.Low, AvailabilityRisk = Hazard.Medium, Prediction = 0.5, ImpactCertainty = 0.25,
            RollbackFeasibility = 0.75, CanWait = true, History = new HistoryFacts(3, 4), TargetActions = 8, CauseActions = 9,
            Target = new TargetFacts { Id = "t", Kind = "container", Name = "n", Critical = true, Down = true, BlastRadius = 5 },
        };
        var facts = ShippedPolicy.Facts(candidate) with
        {
            Incident = new IncidentFacts { Type = "container_down", Severity = "critical", RequestedBy = "anna" },
            Time = new TimeFacts { Hour = 6, Day = DayOfWeek.Sunday, QuietHours = true },
            Controls = new ControlFacts { ActionsToday = 7 },
        };
        var rule = Read($$"""{ "Rules": [ { "RuleName": "a", "SuccessEvent": "risk +1", "Expression": {{System.Text.Json.JsonSerializer.Serialize(expression)}} } ] }""").Policy!.Rules[0];
        rule.Condition(DecisionFacts.Of(facts, candidate)).Should().BeTrue();
        rule.Condition(DecisionFacts.Of(ShippedPolicy.Facts(ShippedPolicy.Candidate), ShippedPolicy.Candidate)).Should().BeFalse();
    }

    private static (DecisionPolicy? Policy, IReadOnlyList<FileProblem> Problems) Read(string rules) => DecisionPolicyReader.Read(
        new Dictionary<string, string> { [DecisionPolicyReader.PolicyFile] = ShippedPolicy.Files[DecisionPolicyReader.PolicyFile], ["own.json"] = rules });
}
