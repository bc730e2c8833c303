using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Workflows.Definitions;
using Xunit;
using static Homelab.Tests.Engine.Runs.Flow;

namespace Homelab.Tests.Engine.Runs;

/// <summary>Corners of Elsa's semantics, read from its sources, that no recorded case shows.</summary>
public sealed class ElsaSemanticsTests
{
    [Theory]
    [InlineData("Elsa.ForEach", "Literal", "abc", "0a,1b,2c")]
    [InlineData("Elsa.ForEach", "Object", "[1, {\"n\": 2}]", "01,1{\"n\":2}")]
    [InlineData("Elsa.ForEach", "Literal", "[\"x\",\"y\"]", "0x,1y")]
    [InlineData("Elsa.ParallelForEach", "Literal", "abc", "")]
    [InlineData("Elsa.ParallelForEach", "Object", "[1,2]", "")]
    [InlineData("Elsa.ParallelForEach", "JavaScript", "[1,2]", "01,12")]
    [InlineData("Elsa.ParallelForEach", "JavaScript", "({a: 1})", "")]
    public void ForEach_WhateverIsGiven_IteratesOverWhatElsaDoes(string type, string expression, string items, string expected)
    {
        var loop = Activity("loop", type, ("items", Value(expression, items)), ("body", Say("say", "'' + getVariable('CurrentIndex') + (typeof getCurrentValue() == 'object' ? toJson(getCurrentValue()) : getCurrentValue())")));

        var (_, decision) = Start(Definition(Sequence(loop)));

        decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
        string.Join(',', decision.Lines).Should().Be(expected);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("true")]
    [InlineData("({a: 1})")]
    public void ForEach_NoList_Faults(string items)
    {
        var (_, decision) = Start(Definition(Sequence(Activity("loop", "Elsa.ForEach", ("items", Value("JavaScript", items)), ("body", Line("never"))))));

        decision.State.Incidents.Should().ContainSingle().Which.Message.Should().Contain("'Items'");
        decision.Lines.Should().BeEmpty();
    }

    [Theory]
    [InlineData("None", "s,a,b1,c,b2,c", RunSubStatus.Finished)]
    [InlineData("Stream", "s,a,b1,c,b2,c", RunSubStatus.Finished)]
    [InlineData("Merge", "s,a,b1,b2,c", RunSubStatus.Finished)]
    [InlineData("Converge", "s,a,b1,b2,c", RunSubStatus.Finished)]
    [InlineData("Cascade", "s,a,b1,c,b2", RunSubStatus.Faulted)] // the late token is never taken: Elsa hangs
    [InlineData("Race", "s,a,b1,c,b2", RunSubStatus.Faulted)]
    public void TokenMode_BranchesOfUnevenLength_MergeAsTheTargetSays(string mode, string lines, RunSubStatus status)
    {
        var target = Line("c");
        target["customProperties"] = new JsonObject { ["mergeMode"] = mode };
        var compiled = Compile(Definition(Chart([Line("s"), Line("a"), Line("b1"), Line("b2"), target], "s->a", "s->b1", "b1->b2", "a->c", "b2->c")));

        var token = Decider.Decide(compiled, Decider.Create(compiled, new RunId("0193a"), Now, FlowchartMode.Token), new RunEvent.Start([]), Now);
        var counter = Decider.Decide(compiled, Decider.Create(compiled, new RunId("0193b"), Now, FlowchartMode.Counter), new RunEvent.Start([]), Now);

        string.Join(',', token.Lines).Should().Be(lines);
        token.State.SubStatus.Should().Be(status);
        string.Join(',', counter.Lines).Should().Be("s,a,b1,b2,c", "counters wait for every path, whatever the merge mode");
        counter.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void For_WithoutABody_IsAClearFaultWhereElsaHangs()
    {
        var (_, decision) = Start(Definition(Sequence(Activity("loop", "Elsa.For", ("end", Value("Literal", "3"))), Line("never"))));

        decision.State.SubStatus.Should().Be(RunSubStatus.Faulted);
        decision.State.Incidents.Single().Message.Should().Contain("nothing left to do").And.Contain("loop");
    }

    [Theory]
    [InlineData("{ \"a\": 1 }", "{ \"a\": 1 }")]
    [InlineData("\"quoted\"", "\"quoted\"")]
    [InlineData("plain", "plain")]
    public void Object_IntoText_IsTheTextAsWritten(string value, string expected)
    {
        var (_, decision) = Start(Definition(Sequence(Activity("line", "Elsa.WriteLine", ("text", Value("Object", value))))));

        decision.Lines.Should().Equal(expected);
    }

    [Theory]
    [InlineData("Object", "string:{\"a\": 1}")]
    [InlineData("JSON", "object:1")]
    [InlineData("ObjectDictionary", "object:1")]
    public void Object_IntoAVariable_IsWhatTheVariableIsDeclaredAs(string type, string expected)
    {
        var set = Activity("set", "Elsa.SetVariable", ("variable", Reference("V")), ("value", Value("Object", "{\"a\": 1}")));

        var (_, decision) = Start(Definition(Sequence(set, Say("say", "typeof getV() + ':' + (getV().a || getV())")), ("V", type, null)));

        decision.Lines.Should().Equal(expected);
    }

    [Fact]
    public void Literal_ObjectIntoAnOutput_IsItsText()
    {
        var (_, decision) = Start(Definition(Sequence(Activity("out", "Elsa.SetOutput", ("outputName", Value("Literal", "Out")), ("outputValue", Value("Literal", new JsonObject { ["a"] = 1 }))))));

        decision.State.Output["Out"]!.GetValue<string>().Should().Be("{\"a\":1}");
    }

    [Fact]
    public void FlowJoin_OutsideAFlowchart_Faults()
    {
        var (_, decision) = Start(Definition(Sequence(Activity("join", "Elsa.FlowJoin"), Line("never"))));

        decision.State.Incidents.Should().ContainSingle().Which.Message.Should().StartWith("Activity context is not a flowchart.");
        decision.Lines.Should().BeEmpty();
    }

    [Fact]
    public void Object_IntoAnOutput_IsTheText()
    {
        var (_, decision) = Start(Definition(Sequence(Activity("out", "Elsa.SetOutput", ("outputName", Value("Literal", "Out")), ("outputValue", Value("Object", "[1, 2]"))))));

        decision.State.Output["Out"]!.GetValue<string>().Should().Be("[1, 2]");
    }

    [Theory]
    [InlineData("00:00:05", "00:00:05")]
    [InlineData("\"00:00:05\"", "00:00:05")]
    public void Object_IntoASpan_IsConvertedAsALiteralIs(string value, string expected)
    {
        var (_, decision) = Start(Definition(Sequence(Activity("wait", "Elsa.Delay", ("timeSpan", Value("Object", value))))));

        (decision.Commands.OfType<RunCommand.ScheduleResume>().Single().DueAt - Now).ToString().Should().Be(expected);
    }

    [Theory]
    [InlineData("JSON", "{\"a\":[1]}")]
    [InlineData("JsonObject", "{\n  \"a\": [\n    1\n  ]\n}")]
    public void Variable_OfJson_IsIndentedOnlyWhereItIsADocument(string type, string expected)
    {
        var (_, decision) = Start(Definition(Sequence(Activity("line", "Elsa.WriteLine", ("text", Value("Variable", Reference("V"))))), ("V", type, "{\"a\":[1]}")));

        decision.Lines.Single().ReplaceLineEndings("\n").Should().Be(expected);
    }

    [Theory]
    [InlineData("getName() === null ? 'left away' : 'there'", "left away")]
    [InlineData("getlower()", "given")]
    [InlineData("getDisk_1() + getDiskTwo()", "3")]
    [InlineData("getGuid()", "mine")]
    [InlineData("getWhen().getTime()", "1767312000000")]
    [InlineData("getVariable('When').getUTCFullYear() + variables.When.getUTCMonth()", "2026")]
    [InlineData("setVariable('Disk_1', 5); variables.Disk_1", "5")]
    [InlineData("toJson({a: \"it's <b> & +\", b: undefined})", """{"a":"it\u0027s \u003Cb\u003E \u0026 \u002B","b":null}""")]
    [InlineData("({a: 'x\"y'})", """{"a":"x\u0022y"}""")]
    public void JavaScript_Accessor_IsNamedAndGivesAsInElsa(string script, string expected)
    {
        var source = Definition(Sequence(Say("say", script)), ("Disk_1", "Int32", "1"), ("disk two", "Int32", "2"), ("Guid", "String", "mine"), ("When", "DateTime", "2026-01-02T00:00:00Z"))
            with { Inputs = [new InputDefinition { Name = "Name", Type = "String" }, new InputDefinition { Name = "lower", Type = "String" }] };

        var (_, decision) = Start(source, new RunEvent.Start(new JsonObject { ["lower"] = "given" }));

        decision.State.Incidents.Should().BeEmpty();
        decision.Lines.Should().Equal(expected);
    }

    [Theory]
    [InlineData("String")]
    [InlineData("Int32")]
    [InlineData("Boolean")]
    [InlineData("Guid")]
    [InlineData("TimeSpan")]
    [InlineData("String[]")]
    public void Variable_WithEmptyText_HasNoValue(string type)
    {
        var (_, decision) = Start(Definition(Sequence(Say("say", "getV() === null")), ("V", type, "")));

        decision.Lines.Should().Equal("True");
    }

    [Theory]
    [InlineData("Variable", "{\"id\":\"id-V\",\"name\":\"V\"}", "value")]
    [InlineData("Variable", "", "")]
    [InlineData("Input", "{\"name\":\"I\"}", "given")]
    [InlineData("Input", "I", "")]
    public void Reference_WrittenAsText_IsReadAsElsaReadsIt(string type, string value, string expected)
    {
        var (_, decision) = Start(Definition(Sequence(Activity("line", "Elsa.WriteLine", ("text", Value(type, value)))), ("V", "String", "value")), new RunEvent.Start(new JsonObject { ["I"] = "given" }));

        decision.Lines.Should().Equal(expected);
    }

    [Fact]
    public void JavaScript_VariablesObject_IsTakenBackAsElsaDoes()
    {
        var script = Activity("script", "Elsa.RunJavaScript", ("script", Value("Literal", "variables.Kept = null; variables.Set = 1; setVariable('Set', 2); variables.Made = 'new';")));

        var (_, decision) = Start(Definition(Sequence(script, Say("say", "getKept() + getSet() + getVariable('Made')")), ("Kept", "String", "old"), ("Set", "Int32", "0")));

        decision.Lines.Should().Equal("old2new");
    }

    [Fact]
    public void RunJavaScript_ThatGivesNothing_LeavesTheVariable()
    {
        var script = Activity("script", "Elsa.RunJavaScript", ("script", Value("Literal", "var x = 1; null")), ("result", new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "id-V" } }));

        var (_, decision) = Start(Definition(Sequence(script, Say("say", "getV()")), ("V", "String", "old")));

        decision.Lines.Should().Equal("old");
    }

    [Theory]
    [InlineData("Elsa.DispatchWorkflow", false, "x")]
    [InlineData("Elsa.DispatchWorkflow", true, "x")]
    [InlineData("Elsa.ExecuteWorkflow", true, "x")]
    [InlineData("Elsa.ExecuteWorkflow", false, "Finished x")]
    public async Task ChildWorkflow_ThatWasWaitedFor_GivesItsOutputs(string type, bool suspends, string expected)
    {
        var call = Activity("call", type, ("workflowDefinitionId", Value("Literal", "child")), ("waitForCompletion", Value("Literal", true)),
            ("result", new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "id-R" } }));
        var put = Activity("put", "Elsa.SetOutput", ("outputName", Value("Literal", "Out")), ("outputValue", Value("Literal", "x")));
        var child = suspends ? Sequence(Activity("wait", "Elsa.Event", ("eventName", Value("Literal", "go"))), put) : Sequence(put);
        var runner = new InMemoryRunner(Compiler, [Named("child", child), Named("publisher", Sequence(Activity("go", "Elsa.PublishEvent", ("eventName", Value("Literal", "go"))))), Named("parent", Sequence(call, Say("say", "getR().subStatus ? getR().subStatus + ' ' + getR().output.Out : getR().Out")), ("R", "Object", null))],
            TimeProvider.System, (_, _) => Task.FromResult<StepOutcome>(new StepOutcome.Succeeded(null)));

        var result = await runner.StartAsync("parent", new RunEvent.Start([]), default);
        if (suspends)
            result = await runner.StartAsync("publisher", new RunEvent.Start([]), default);

        result.Lines.Should().Equal(expected);
    }

    private static WorkflowDefinition Named(string id, JsonObject root, params (string Name, string Type, string? Value)[] variables) => Definition(root, variables) with { Id = id + "-1", DefinitionId = id, Name = id };

    private static JsonObject Say(string id, string script) => Activity(id, "Elsa.WriteLine", ("text", Value("JavaScript", script)));

    private static JsonObject Reference(string name) => new() { ["id"] = "id-" + name, ["name"] = name };
}
