using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Engine.Runs;
using Homelab.Workflows.Definitions;
using Xunit;
using static Homelab.Tests.Engine.Runs.Flow;

namespace Homelab.Tests.Workflows.Definitions;

/// <summary>State machines as files: read, written and checked.</summary>
public sealed class StateMachineCheckTests
{
    private const string Drawn = """
        {
          "id": "machine", "type": "Elsa.StateMachine", "version": 1, "name": "Order", "initialState": "New", "currentState": "New", "customProperties": { "x": 1 }, "metadata": {},
          "states": [
            { "name": "New", "entry": { "id": "in", "nodeId": "machine:in", "type": "Elsa.WriteLine", "version": 1, "customProperties": {}, "metadata": {}, "text": { "typeName": "String", "expression": { "type": "Literal", "value": "a" } } }, "color": "red" },
            { "name": "Paid", "exit": { "id": "out", "type": "Acme.Gone", "version": 2, "customProperties": {}, "metadata": {}, "secret": { "deep": [1] } } }
          ],
          "transitions": [
            {
              "name": "Pay", "displayName": "Pay it", "from": "New", "to": "Paid", "bend": 3,
              "trigger": { "id": "pay", "type": "Elsa.Event", "version": 1, "customProperties": { "canStartWorkflow": true }, "metadata": {}, "eventName": { "typeName": "String", "expression": { "type": "Literal", "value": "pay" } } },
              "condition": { "typeName": "Boolean", "expression": { "type": "JavaScript", "value": "true" }, "memoryReference": { "id": "m" } },
              "action": { "id": "act", "type": "UsedWorkflow", "version": 1, "customProperties": {}, "metadata": {}, "workflowDefinitionId": "used" }
            },
            { "from": "Paid", "to": "New" }
          ]
        }
        """;

    private readonly DefinitionValidator _validator = new(Flow.Expressions, new Known());

    [Fact]
    public void Read_ThenWritten_MeansTheSame()
    {
        var drawn = JsonNode.Parse(Drawn)!.AsObject();

        var written = JsonNode.Parse(WorkflowJson.Write(Definition(drawn)))!["root"];

        JsonNode.DeepEquals(written, JsonNode.Parse(Drawn)).Should().BeTrue("it is {0}", written);
    }

    [Theory]
    [InlineData("""{"states": {"a": 1}, "transitions": [1]}""")]
    [InlineData("""{"states": [{"name": "A", "entry": 5, "exit": "text"}], "transitions": [{"from": "A", "to": "A", "trigger": {"no": "type"}, "condition": {"type": "JavaScript", "value": "1"}}]}""")]
    public void Read_WhatIsNoStateMachine_IsKeptAndNamed(string parts)
    {
        var machine = Activity("machine", "Elsa.StateMachine", [.. JsonNode.Parse(parts)!.AsObject().Select(part => (part.Key, part.Value?.DeepClone()))]);
        var definition = Definition(machine);

        var written = JsonNode.Parse(WorkflowJson.Write(definition))!["root"]!.AsObject();

        foreach (var (name, value) in JsonNode.Parse(parts)!.AsObject())
            JsonNode.DeepEquals(written[name], value).Should().BeTrue("it is {0}", written[name]);
        _validator.Validate(definition).Should().Contain(problem => problem.Severity == ProblemSeverity.Error && problem.ActivityId == "machine");
    }

    [Fact]
    public void Activities_OfStatesAndTransitions_AreFoundAndReplaced()
    {
        var root = Definition(JsonNode.Parse(Drawn)!.AsObject()).Root;

        root.DescendantsAndSelf().Select(activity => activity.Id).Should().Equal("machine", "in", "out", "pay", "act");
        root.WithChildren(child => child with { Name = "seen" }).Children().Should().HaveCount(4).And.OnlyContain(child => child.Name == "seen");
    }

    [Fact]
    public void Validate_WhatIsDrawnRight_SaysNothing()
    {
        var machine = Machine("A", ["A", "B"], Way("A", "B", "go"), Way("B", "A", "back"));

        _validator.Validate(Definition(machine)).Should().BeEmpty();
    }

    [Fact]
    public void Validate_ManyProblems_ReportsAllAtOnceWithPlace()
    {
        var machine = Machine("A", ["A", "A", "", "Lonely", "End"], Way("A", "Gone", "to"), Way("Nowhere", "End", "from"), new JsonObject { ["from"] = "End", ["to"] = "A", ["displayName"] = "Leave", ["condition"] = true },
            Way("A", "End", "js", Value("JavaScript", "1 +")), Way("A", "End", "text", Value("Literal", "maybe")), Way("A", "End", "plain", new JsonObject { ["type"] = "JavaScript", ["value"] = "true" }));
        machine["states"]![0]!["entry"] = Activity("acme", "Acme.Nope");
        machine["transitions"]!.AsArray().Add(new JsonObject { ["from"] = "A", ["to"] = "End", ["trigger"] = Line("spin"), ["condition"] = false, ["action"] = 7 });

        var problems = _validator.Validate(Definition(machine));

        problems.Select(problem => $"{problem.Severity} {problem.ActivityId} {problem.Field}").Should().BeEquivalentTo(
            "Error acme type", "Error machine states", "Error machine states[2].name", "Error machine transitions[0].to", "Error machine transitions[1].from", "Warning machine states[4]",
            "Error machine transitions[3].condition", "Error machine transitions[4].condition", "Error machine transitions[5].condition", "Warning machine transitions[6].trigger", "Error machine transitions[6].action",
            "Warning machine states[3]");
        problems.Should().Contain(problem => problem.Message.Contains("no state 'Gone'")).And.Contain(problem => problem.Message.Contains("'maybe' is no Boolean"));
    }

    [Fact]
    public void Validate_ATransitionThatIsAlwaysTaken_NamesThoseThatNeverAre()
    {
        var always = new JsonObject { ["from"] = "A", ["to"] = "B", ["displayName"] = "At once" };
        var machine = Machine("A", ["A", "B", "C"], Way("A", "C", "event"), always, new JsonObject { ["from"] = "A", ["to"] = "C", ["name"] = "Second" });

        _validator.Validate(Definition(machine)).Select(problem => $"{problem.Severity} {problem.Field}").Should().Equal("Warning transitions[0]", "Warning transitions[2]", "Warning states[2]");
        _validator.Validate(Definition(machine.DeepClone().AsObject()))[1].Message.Should().Contain("'Second' is never taken: 'At once' has no trigger");
    }

    [Theory]
    [InlineData("Gone", null, ProblemSeverity.Error, "initialState", "there is no state 'Gone'. Choose one of: A, B.")]
    [InlineData(null, null, ProblemSeverity.Error, "initialState", "no initial state is chosen")]
    [InlineData("A", "Gone", ProblemSeverity.Error, "currentState", "there is no state 'Gone'")]
    [InlineData("A", "B", ProblemSeverity.Warning, "currentState", "starts in its current state 'B', not in its initial state 'A'")]
    public void Validate_StartThatIsNotThereOrNotMeant_NamesIt(string? initial, string? current, ProblemSeverity severity, string field, string message)
    {
        var machine = Machine(initial, ["A", "B"], Way("A", "B", "go"), Way("B", "A", "back"));
        machine["currentState"] = current;

        _validator.Validate(Definition(machine)).Should().ContainSingle().Which.Should().Match<DefinitionProblem>(problem => problem.Severity == severity && problem.Field == field && problem.Message.Contains(message));
    }

    [Fact]
    public void Validate_NoStates_IsDoubtful()
    {
        _validator.Validate(Definition(Activity("machine", "Elsa.StateMachine"))).Should().ContainSingle().Which.Should().Match<DefinitionProblem>(problem => problem.Severity == ProblemSeverity.Warning && problem.Field == "states");
    }

    [Theory]
    [InlineData("Elsa.WriteLine", null, true)]
    [InlineData(null, null, true)]
    [InlineData(null, "Elsa.Delay", false)]
    [InlineData("Elsa.WriteLine", "Elsa.Delay", false)]
    [InlineData("Elsa.WriteLine", "Elsa.Finish", false)]
    [InlineData("Elsa.Timer", null, false)]
    [InlineData("Homelab.Test.Do", null, false)]
    public void Validate_ACircle_MustWaitSomewhere(string? trigger, string? entry, bool isError)
    {
        var machine = Machine("Begin", ["Begin", "A", "B"], Way("Begin", "A", "go"), Way("A", "B", "a"), Way("B", "A", "b"));
        foreach (var at in new[] { 1, 2 })
            machine["transitions"]![at]!["trigger"] = trigger is null ? null : Activity("trigger" + at, trigger, ("text", Value("Literal", "x")));
        if (entry is not null)
            machine["states"]![2]!["entry"] = Activity("entry", entry);

        var circles = _validator.Validate(Definition(machine)).Where(problem => problem.Message.Contains("A -> B -> A"));

        circles.Select(problem => (problem.Severity, problem.Field)).Should().Equal(isError ? [(ProblemSeverity.Error, "transitions")] : []);
    }

    private static JsonObject Machine(string? initial, string[] states, params JsonObject[] transitions) => Activity("machine", "Elsa.StateMachine", ("initialState", initial),
        ("states", new JsonArray([.. states.Select(name => new JsonObject { ["name"] = name })])), ("transitions", new JsonArray([.. transitions])));

    private static JsonObject Way(string from, string to, string @event, JsonNode? condition = null) => new()
    {
        ["from"] = from, ["to"] = to, ["trigger"] = Activity(@event, "Elsa.Event", ("eventName", Value("Literal", @event))), ["condition"] = condition,
    };

    private sealed class Known : IKnownActivities
    {
        public bool IsKnown(ActivityNode activity) => activity.Type.StartsWith("Homelab.", StringComparison.Ordinal);

        public IEnumerable<string> RequiredInputs(ActivityNode activity) => [];

        public IEnumerable<string>? Outcomes(ActivityNode activity) => null;
    }
}
