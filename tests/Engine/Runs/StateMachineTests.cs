using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Compiling;
using Xunit;
using static Homelab.Tests.Engine.Runs.Flow;

namespace Homelab.Tests.Engine.Runs;

/// <summary>Elsa.StateMachine, decided without a server; between two events the state goes through its JSON, as over a restart.</summary>
public sealed class StateMachineTests
{
    [Fact]
    public void Transition_Taken_DoesExitActionAndEntryInElsasOrder()
    {
        var run = new Machine("New",
            [State("New", "enter new", "exit new"), State("Paid", "enter paid"), State("Closed", "enter closed", "never left")],
            [Way("New", "Paid", On("pay"), action: Line("action")), Way("Paid", "Closed", On("close"))]);

        run.Lines.Should().Equal("enter new");
        run.Waiting.Should().Equal("pay");
        run.Current.Should().Be("New");
        run.Send("pay");
        run.Lines.Should().Equal("enter new", "exit new", "action", "enter paid");
        run.Waiting.Should().Equal("close");
        run.Current.Should().Be("Paid");
        run.Send("close");

        run.Lines.Should().Equal("enter new", "exit new", "action", "enter paid", "enter closed");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished, "nothing leads out of the last state");
        run.Journal.Where(entry => entry.ActivityId == "machine").Select(entry => entry.EventName).Should().Equal("Started", "Completed");
    }

    [Fact]
    public void Transition_Taken_TakesTheBookmarksOfTheOthers()
    {
        var run = new Machine("New", [State("New"), State("Paid", "paid"), State("Closed", "closed")],
            [Way("New", "Paid", On("pay")), Way("New", "Closed", On("cancel")), Way("New", "Closed", Sequence(On("late"))), Way("Paid", "Closed", On("cancel2"))]);
        var cancel = run.State.Bookmarks.Single(bookmark => bookmark.ActivityId == "cancel").Id;

        run.Send("pay");

        run.Waiting.Should().Equal("cancel2");
        run.Journal.Where(entry => entry.EventName == "Canceled").Select(entry => entry.ActivityId).Should().BeEquivalentTo("cancel", "late", "sequence");
        run.Send(new RunEvent.Resume(cancel));
        run.Lines.Should().Equal("paid");
        run.Current.Should().Be("Paid");
    }

    [Fact]
    public void Triggers_ThatWaitForNothing_TheFirstWinsAndTheOthersAreNotInvoked()
    {
        var run = new Machine("A", [State("A"), State("B", "b"), State("C", "c")], [Way("A", "B", Line("first")), Way("A", "C", Line("second"))]);

        run.Lines.Should().Equal("first", "b");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Triggers_OneInTheMiddleOfItsWork_LeavesNothingInTheQueue()
    {
        var run = new Machine("A", [State("A"), State("B", "b")],
            [Way("A", "B", Sequence(Line("slow 1"), Line("slow 2"), On("never"))), Way("A", "B", Activity("fast", "Elsa.Sequence", ("activities", new JsonArray(Line("fast 1")))))]);

        run.Lines.Should().Equal("slow 1", "fast 1", "b");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Condition_False_ArmsTheTriggerAgainAndLeavesTheOthers()
    {
        var run = new Machine("A", [State("A", "a", "exit a"), State("B", "b"), State("C", "c")],
            [Way("A", "B", On("go"), Value("JavaScript", "getResultFromGo() == 'yes'"), Line("action")), Way("A", "C", On("other"))]);

        run.Send("go", "no");
        run.Lines.Should().Equal("a");
        run.Waiting.Should().BeEquivalentTo("go", "other");
        run.Send("go", "no");
        run.Send("go", "yes");

        run.Lines.Should().Equal("a", "exit a", "action", "b");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Condition_FalseThenAnotherTransition_TakesTheTriggerThatWasArmedAgain()
    {
        var run = new Machine("A", [State("A"), State("B", "b"), State("C", "c")], [Way("A", "B", On("go"), false), Way("A", "C", On("other")), Way("C", "B", On("end"))]);

        run.Send("go");
        run.Send("other");

        run.Waiting.Should().Equal("end");
        run.Lines.Should().Equal("c");
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("\"False\"", false)]
    [InlineData("null", true)]
    [InlineData("""{"typeName":"Boolean"}""", true)]
    [InlineData("""{"typeName":"Boolean","expression":{"type":"Literal","value":"false"}}""", false)]
    [InlineData("""{"typeName":"Boolean","expression":{"type":"Literal","value":true}}""", true)]
    [InlineData("""{"typeName":"Boolean","expression":{"type":"JavaScript","value":"variables.N > 4"}}""", true)]
    [InlineData("""{"typeName":"Boolean","expression":{"type":"NCalc","value":"N > 5"}}""", false)]
    [InlineData("""{"typeName":"Boolean","expression":{"type":"Variable","value":{"id":"id-Yes","name":"Yes","typeName":"Boolean"}}}""", true)]
    [InlineData("""{"typeName":"Boolean","expression":{"type":"Handlebars","value":"tr{{! nothing }}ue"},"memoryReference":{"id":"old"}}""", true)]
    public void Condition_OfEveryKind_IsAsked(string condition, bool taken)
    {
        var run = new Machine("A", [State("A"), State("B", "b")], [Way("A", "B", On("go"), JsonNode.Parse(condition))], ("N", "Int32", "5"), ("Yes", "Boolean", "true"));

        run.Send("go");

        run.State.SubStatus.Should().Be(taken ? RunSubStatus.Finished : RunSubStatus.Suspended);
        run.Waiting.Should().Equal(taken ? [] : ["go"]);
    }

    [Fact]
    public void Condition_ThatNeverHoldsOfATriggerThatNeverWaits_IsAClearFaultWhereElsaHangs()
    {
        var run = new Machine("A", [State("A"), State("B")], [Way("A", "B", Activity("pass", "Elsa.Start"), false)]);

        run.State.SubStatus.Should().Be(RunSubStatus.Faulted);
        run.State.Incidents.Single().Message.Should().Contain("circle without a wait");
    }

    [Fact]
    public void Condition_Failing_FaultsTheTriggerWhichCanBeRetried()
    {
        var run = new Machine("A", [State("A"), State("B", "b"), State("C")], [Way("A", "B", On("go"), Value("JavaScript", "getResultFromGo().deep.er")), Way("A", "C", On("other"))]);

        run.Send("go", "text");
        run.State.Incidents.Single().Should().Match<Incident>(incident => incident.ActivityId == "go" && incident.Message.Contains("condition of the transition 'A -> B' of 'machine'"));
        run.Send(new RunEvent.Retry([]));
        run.Waiting.Should().BeEquivalentTo("go", "other");
        run.Send("go", new JsonObject { ["deep"] = new JsonObject { ["er"] = true } });

        run.Lines.Should().Equal("b");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Gone")]
    public void Start_WithoutAStateThatIsThere_CompletesAtOnce(string? initial)
    {
        var run = new Machine(initial, [State("A", "a")], []);

        run.Lines.Should().BeEmpty();
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Start_CurrentStateInTheFile_GoesBeforeTheInitialOne()
    {
        var run = new Machine("A", [State("A", "a"), State("B", "b")], []);
        var drawn = Drawn("machine", "A", [State("A", "a"), State("B", "b")], []);
        drawn["currentState"] = "B";
        var there = new Machine(drawn);

        run.Lines.Should().Equal("a");
        there.Lines.Should().Equal("b");
    }

    [Fact]
    public void Transitions_ToNowhere_AreNotArmed()
    {
        var run = new Machine("A", [State("A", "a"), State("B", "b")], [Way("A", "Gone", On("gone")), Way("A", "Gone", null), Way("Gone", "B", On("from"))]);

        run.Lines.Should().Equal("a");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Transitions_WithoutATrigger_AreTakenAtOnceBeforeAnyTriggerIsArmed()
    {
        var run = new Machine("A", [State("A", "a", "exit a"), State("B", "b"), State("C", "c")],
            [Way("A", "C", Line("never")), Way("A", "C", null, false), Way("A", "B", null, action: Line("action")), Way("B", "C", null, Value("JavaScript", "1 > 2")), Way("B", "C", On("go"))]);

        run.Lines.Should().Equal("a", "exit a", "action", "b");
        run.Waiting.Should().Equal("go");
        run.Send("go");

        run.Lines[^1].Should().Be("c");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Transitions_WithoutATriggerAndNoConditionHolding_AreAClearFaultWhereElsaHangs()
    {
        var run = new Machine("A", [State("A"), State("B", "b")], [Way("A", "B", null, Value("JavaScript", "variables.Ready == true"))], ("Ready", "Boolean", null));
        run.State.SubStatus.Should().Be(RunSubStatus.Faulted);
        run.State.Incidents.Single().Message.Should().Contain("no trigger and no condition that holds").And.Contain("machine");

        run.State.Frames.Single(frame => frame.ParentId is null).Variables = new() { ["id-Ready"] = true };
        run.Send(new RunEvent.Retry([]));

        run.Lines.Should().Equal("b");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Theory]
    [InlineData(20_000, RunSubStatus.Finished)]
    [InlineData(1_000_000, RunSubStatus.Faulted)]
    public void Transitions_WithoutATriggerInACircle_GoRoundUntilAConditionEndsIt(int rounds, RunSubStatus end)
    {
        var count = Activity("count", "Elsa.SetVariable", ("variable", new JsonObject { ["id"] = "id-N", ["name"] = "N", ["typeName"] = "Int32" }), ("value", Value("NCalc", "N + 1")));
        var run = new Machine("A", [State("A"), State("B"), State("C")], [Way("A", "C", null, Value("NCalc", $"N >= {rounds}")), Way("A", "B", null, action: count), Way("B", "A", null)], ("N", "Int32", "0"));

        run.State.SubStatus.Should().Be(end);
        run.State.Incidents.Should().HaveCount(end == RunSubStatus.Faulted ? 1 : 0);
    }

    [Fact]
    public void Transitions_OfTheSameNameAndEnds_AreToldApart()
    {
        var run = new Machine("A", [State("A"), State("B"), State("C", "c")],
            [Way("A", "B", On("one"), action: Line("first")), Way("A", "B", On("two"), action: Line("second")), Way("B", "C", On("end")), Way("A", "C", On("cancel"), name: "Cancel"), Way("B", "C", On("cancel2"), name: "Cancel")]);

        run.Send("two");
        run.Waiting.Should().Equal("end", "cancel2");
        run.Send("cancel2");

        run.Lines.Should().Equal("second", "c");
    }

    [Fact]
    public void Transition_BackToItsOwnState_LeavesAndEntersIt()
    {
        var run = new Machine("A", [State("A", "in", "out"), State("B")], [Way("A", "A", On("again")), Way("A", "B", On("end"))]);

        run.Send("again");
        run.Send("again");
        run.Send("end");

        run.Lines.Should().Equal("in", "out", "in", "out", "in", "out");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Machine_InsideAStateOfAnother_EndsBeforeTheOuterGoesOn()
    {
        var inner = Drawn("inner", "X", [State("X", "x"), State("Y", "y")], [Way("X", "Y", On("step"))]);
        var run = new Machine("A", [new JsonObject { ["name"] = "A", ["entry"] = inner }, State("B", "b")], [Way("A", "B", On("go"))]);

        run.Waiting.Should().Equal("step");
        run.Send("step");
        run.Waiting.Should().Equal("go");
        run.Send("go");

        run.Lines.Should().Equal("x", "y", "b");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Machine_InAFlowchart_GoesOnWhenItIsOver()
    {
        var machine = Drawn("machine", "A", [State("A"), State("B", "b")], [Way("A", "B", On("go")), Way("A", "B", On("other"))]);
        var run = new Machine(Chart([machine, Line("after")], "machine->after"));

        run.Send("go");

        run.Lines.Should().Equal("b", "after");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Complete_InsideAState_EndsTheWorkflow()
    {
        var run = new Machine("A", [new JsonObject { ["name"] = "A", ["entry"] = Activity("end", "Elsa.Complete") }, State("B", "b")], [Way("A", "B", On("go"))]);

        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
        run.Lines.Should().BeEmpty();
    }

    [Fact]
    public void Fault_InAnEntry_FaultsTheRunAndGoesOnWhenRetried()
    {
        var entry = Activity("entry", "Elsa.WriteLine", ("text", Value("JavaScript", "variables.Ready ? 'entered' : missing.value")));
        var run = new Machine("A", [new JsonObject { ["name"] = "A", ["entry"] = entry }, State("B", "b")], [Way("A", "B", On("go"))], ("Ready", "Boolean", null));

        run.State.SubStatus.Should().Be(RunSubStatus.Faulted);
        run.Current.Should().Be("A");
        run.State.Incidents.Single().ActivityId.Should().Be("entry");
        run.State.Frames.Single(frame => frame.ParentId is null).Variables = new() { ["id-Ready"] = true };
        run.Send(new RunEvent.Retry([]));
        run.Send("go");

        run.Lines.Should().Equal("entered", "b");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Cancel_WhileItWaits_CancelsItsTriggers()
    {
        var run = new Machine("A", [State("A", "a", "never"), State("B")], [Way("A", "B", On("go")), Way("A", "B", On("other"))]);

        run.Send(new RunEvent.Cancel("enough"));

        run.State.SubStatus.Should().Be(RunSubStatus.Cancelled);
        run.State.Bookmarks.Should().BeEmpty();
        run.Journal.Where(entry => entry.EventName == "Canceled").Select(entry => entry.ActivityId).Should().Contain(["go", "other", "machine"]);
        run.Lines.Should().Equal("a");
    }

    [Fact]
    public void Trigger_ThatStartedTheRun_IsTakenOnceAndWaitsWhenItIsArmedAgain()
    {
        var run = new Machine(Drawn("machine", "Idle", [State("Idle"), State("Busy", "busy")], [Way("Idle", "Busy", On("ring")), Way("Busy", "Idle", On("done"))]), new RunEvent.Start([], "ring", "hello"));

        run.Lines.Should().Equal("busy");
        run.Send("done");
        run.Waiting.Should().Equal("ring");
        run.Send("ring");

        run.Lines.Should().Equal("busy", "busy");
    }

    [Fact]
    public void Trigger_ThatPerformsAStep_DecidesWhenItsAnswerIsThere()
    {
        var machine = Drawn("machine", "A", [State("A"), State("B", "b"), State("C", "c")], [Way("A", "B", Activity("step", "Homelab.Test.Do")), Way("A", "C", On("other"))]);
        var run = new Machine(machine, catalogue: Flow.Tool);

        var step = run.Commands.OfType<RunCommand.Perform>().Single();
        run.Send(new RunEvent.StepReported(step.StepId, step.Attempt, new StepOutcome.Succeeded(new JsonObject())));

        run.Lines.Should().Equal("b");
        run.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    private static JsonObject On(string id) => Activity(id, "Elsa.Event", ("eventName", Value("Literal", id)));

    private static JsonObject State(string name, string? entry = null, string? exit = null)
    {
        var state = new JsonObject { ["name"] = name };
        if (entry is not null)
            state["entry"] = Line(entry);
        if (exit is not null)
            state["exit"] = Line(exit);
        return state;
    }

    private static JsonObject Way(string from, string to, JsonObject? trigger, JsonNode? condition = null, JsonObject? action = null, string? name = null) => new()
    {
        ["name"] = name, ["from"] = from, ["to"] = to, ["trigger"] = trigger, ["condition"] = condition, ["action"] = action,
    };

    private static JsonObject Drawn(string id, string? initial, JsonObject[] states, JsonObject[] transitions) => Activity(id, "Elsa.StateMachine",
        ("initialState", initial), ("states", new JsonArray([.. states])), ("transitions", new JsonArray([.. transitions])));

    /// <summary>One run.</summary>
    private sealed class Machine
    {
        public Machine(string? initial, JsonObject[] states, JsonObject[] transitions, params (string Name, string Type, string? Value)[] variables)
            : this(Drawn("machine", initial, states, transitions), variables: variables)
        {
        }

        public Machine(JsonObject root, RunEvent.Start? start = null, Func<string, Homelab.Activities.ActivityDescriptor?>? catalogue = null, params (string Name, string Type, string? Value)[] variables)
        {
            (Definition, var decision) = Start(Flow.Definition(root, variables), start, catalogue);
            State = decision.State;
            Add(decision);
        }

        private CompiledDefinition Definition { get; }

        public RunState State { get; private set; }

        public List<string> Lines { get; } = [];

        public List<JournalEntry> Journal { get; } = [];

        public List<RunCommand> Commands { get; } = [];

        public IEnumerable<string> Waiting => State.Bookmarks.Select(bookmark => bookmark.ActivityId);

        /// <summary>As the API shows it.</summary>
        public string? Current => State.Frames.Find(frame => frame.NodeId.EndsWith(":machine", StringComparison.Ordinal))?.Data?.ToString();

        public void Send(string @event, JsonNode? payload = null) => Send(new RunEvent.Resume(State.Bookmarks.Single(bookmark => bookmark.ActivityId == @event).Id, payload));

        public void Send(RunEvent @event) => Add(Decider.Decide(Definition, RunStateJson.Read(RunStateJson.Write(State)), @event, Now));

        private void Add(Decision decision)
        {
            State = decision.State;
            Lines.AddRange(decision.Lines);
            Journal.AddRange(decision.Journal);
            Commands.AddRange(decision.Commands);
        }
    }
}
