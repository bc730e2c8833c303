using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Compiling;
using Homelab.Workflows.Definitions;
using Xunit;
using static Homelab.Tests.Engine.Runs.Flow;

namespace Homelab.Tests.Engine.Runs;

/// <summary>What single activities and events do to a run, decided without a server.</summary>
public sealed class BehaviorTests
{
    private const string Tool = "Homelab.Test.Do";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BulkDispatch_OneRunAnItem_WaitsForAllWhereItIsTold(bool waits)
    {
        var bulk = Activity("bulk", "Elsa.BulkDispatchWorkflows", ("workflowDefinitionId", Value("Literal", "child")), ("items", Value("JavaScript", "['web', 'db', 'bad']")),
            ("input", Value("JavaScript", "({ why: 'test' })")), ("waitForCompletion", Value("Literal", waits)),
            ("childCompleted", Line("completed")), ("childFaulted", Line("faulted")));
        var child = Named("child", Sequence(
            Activity("say", "Elsa.WriteLine", ("text", Value("JavaScript", "getInput('why') + ' ' + getInput('Item')"))),
            Activity("if", "Elsa.If", ("condition", Value("JavaScript", "getInput('Item') == 'bad'")), ("then", Activity("fault", "Elsa.Fault", ("message", Value("Literal", "bad one")))))));

        var result = await RunAsync([Named("parent", Chart([bulk, Line("after")], waits ? "bulk:Completed->after" : "bulk:Done->after")), child], "parent");

        result.State.SubStatus.Should().Be(RunSubStatus.Finished);
        result.Lines.Where(line => line.StartsWith("test ", StringComparison.Ordinal)).Should().BeEquivalentTo("test web", "test db", "test bad");
        result.Lines.Count(line => line == "after").Should().Be(1);
        result.Lines.Where(line => line is "completed" or "faulted").Should().BeEquivalentTo(waits ? ["completed", "completed", "faulted"] : Array.Empty<string>());
        if (waits)
            result.Lines[^1].Should().Be("after", "it goes on when the last of them is over");
    }

    [Fact]
    public async Task BulkDispatch_NothingToDo_GoesOn()
    {
        var bulk = Activity("bulk", "Elsa.BulkDispatchWorkflows", ("workflowDefinitionId", Value("Literal", "child")), ("items", Value("JavaScript", "[]")));

        var result = await RunAsync([Named("parent", Sequence(bulk, Line("after"))), Named("child", Line("never"))], "parent");

        result.Lines.Should().Equal("after");
        result.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Theory]
    [InlineData("Timeout", "timeout")]
    [InlineData("System.Net.Http.HttpRequestException", "failed")]
    public void FlowSendHttpRequest_NoAnswer_GoesThroughItsPort(string error, string expected)
    {
        var (definition, decision) = Start(Definition(Chart([FlowCall(), Line("done"), Line("timeout"), Line("failed")], "call->done", "call:Timeout->timeout", "call:Failed to connect->failed")));

        decision = Report(definition, decision, new StepOutcome.Failed(error, "nobody there", Retryable: false));

        decision.Lines.Should().Equal(expected);
        decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Theory]
    [InlineData(404, "missing", "done")]
    [InlineData(500, "other", "done")]
    public void FlowSendHttpRequest_Answer_GoesThroughTheCodeAndDone(int status, params string[] expected)
    {
        var (definition, decision) = Start(Definition(Chart([FlowCall(), Line("done"), Line("missing"), Line("other")], "call:404->missing", "call:Unmatched status code->other", "call->done")));

        decision = Report(definition, decision, new StepOutcome.Succeeded(new JsonObject { ["statusCode"] = status }));

        decision.Lines.Should().BeEquivalentTo(expected);
    }

    [Theory]
    [InlineData(null, 200, "ok")]
    [InlineData(null, 503, "unmatched")]
    [InlineData("Timeout", 0, "slow")]
    [InlineData("System.Net.Http.HttpRequestException", 0, "away")]
    public void SendHttpRequest_WhateverComes_RunsTheActivityOfItsPort(string? error, int status, string expected)
    {
        var call = Activity("call", "Elsa.SendHttpRequest", ("url", Value("Literal", "http://127.0.0.1/")),
            ("expectedStatusCodes", new JsonArray(new JsonObject { ["statusCode"] = 200, ["activity"] = Line("ok") })),
            ("unmatchedStatusCode", Line("unmatched")), ("timeout", Line("slow")), ("failedToConnect", Line("away")));
        var (definition, decision) = Start(Definition(Sequence(call, Line("after"))));

        decision = Report(definition, decision, error is null ? new StepOutcome.Succeeded(new JsonObject { ["statusCode"] = status }) : new StepOutcome.Failed(error, "no", Retryable: false));

        decision.Lines.Should().Equal(expected, "after");
        decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Theory]
    [InlineData("""{"happened":true,"output":{"ok":1}}""", "after", null)]
    [InlineData("""{"approved":false,"reason":"I looked: it did not"}""", "sorry", null)]
    [InlineData("""{"approved":true}""", null, 2)]
    public void InDoubt_APersonDecides(string answer, string? line, int? attempt)
    {
        var (definition, decision) = Start(Definition(Chart([Activity("step", Tool), Line("after"), Line("sorry")], "step->after", "step:Failed->sorry")), catalogue: Flow.Tool);

        decision = Report(definition, decision, new StepOutcome.InDoubt("Nobody knows whether it happened."));
        decision.State.SubStatus.Should().Be(RunSubStatus.Suspended);
        decision.Commands.Should().BeEmpty("nothing with an effect is repeated by itself");
        decision.Journal.Should().Contain(entry => entry.EventName == "InDoubt" && entry.Message == "Nobody knows whether it happened.");
        decision = Decider.Decide(definition, decision.State, new RunEvent.Resume(decision.State.Bookmarks.Single().Id, JsonNode.Parse(answer)), Now);

        decision.Lines.Should().Equal(line is null ? [] : [line]);
        decision.Commands.OfType<RunCommand.Perform>().Select(perform => (int?)perform.Attempt).Should().Equal(attempt is null ? [] : [attempt]);
    }

    [Fact]
    public void CancelActivity_ThatWaits_TakesItsBookmarkAndLeavesTheOther()
    {
        var (definition, decision) = Start(Definition(Chart([Line("fork"), Wait("one"), Wait("two"), Line("after")], "fork->one", "fork->two", "two->after")));
        var one = decision.State.Bookmarks.Single(bookmark => bookmark.ActivityId == "one");

        decision = Decider.Decide(definition, decision.State, new RunEvent.CancelActivity(one.ActivityInstanceId), Now);

        decision.State.Bookmarks.Should().ContainSingle().Which.ActivityId.Should().Be("two");
        decision.Journal.Should().Contain(entry => entry.EventName == "Canceled" && entry.ActivityId == "one");
        decision.State.SubStatus.Should().Be(RunSubStatus.Suspended);
        decision = Decider.Decide(definition, decision.State, new RunEvent.Resume(decision.State.Bookmarks[0].Id), Now);
        decision.Lines.Should().Equal("after");
        decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void ScheduleActivity_OfAFaultedRun_GoesOnFromThere()
    {
        var fault = Activity("fault", "Elsa.Fault", ("message", Value("Literal", "no")));
        var (definition, decision) = Start(Definition(Chart([Line("a"), fault, Line("b")], "a->fault", "fault->b")));
        decision.State.SubStatus.Should().Be(RunSubStatus.Faulted);

        decision = Decider.Decide(definition, decision.State, new RunEvent.ScheduleActivity("b"), Now);

        decision.Lines.Should().Equal("b");
        decision = Decider.Decide(definition, decision.State, new RunEvent.ScheduleActivity("nobody"), Now);
        decision.Lines.Should().BeEmpty("there is no such activity");
    }

    [Fact]
    public void ScheduleActivity_ThatIsUnderWay_IsNotDoneTwice()
    {
        var (definition, decision) = Start(Definition(Sequence(Activity("step", Tool), Line("after"))), catalogue: Flow.Tool);
        var step = decision.Commands.OfType<RunCommand.Perform>().Single();

        decision = Decider.Decide(definition, decision.State, new RunEvent.ScheduleActivity("step"), Now);

        decision.Commands.Should().BeEmpty("it is being performed");
        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(step.StepId, step.Attempt, new StepOutcome.Succeeded(null)), Now);
        decision.Lines.Should().Equal("after");
        decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Theory]
    [InlineData("{{Variables.N}} of {{Input.what}}", "7 of disks")]
    [InlineData("{{#if Variables.N}}yes{{else}}no{{/if}}", "yes")]
    [InlineData("{{#each Input.hosts}}{{this.name}};{{/each}}", "web;db;")]
    [InlineData("<{{Input.missing}}>", "<>")]
    [InlineData("a & <b>", "a & <b>")]
    public void Handlebars_Template_IsFilledWithWhatTheRunHas(string template, string expected)
    {
        var input = new JsonObject { ["what"] = "disks", ["hosts"] = new JsonArray(new JsonObject { ["name"] = "web" }, new JsonObject { ["name"] = "db" }) };

        var (_, decision) = Start(Definition(Sequence(Activity("line", "Elsa.WriteLine", ("text", Value("Handlebars", template)))), ("N", "Int32", "7")), new RunEvent.Start(input));

        decision.Lines.Should().Equal(expected);
    }

    [Fact]
    public void Handlebars_ThatIsNone_FaultsWithTheReason()
    {
        var (_, decision) = Start(Definition(Sequence(Activity("line", "Elsa.WriteLine", ("text", Value("Handlebars", "{{#if Variables.N}}never closed"))))));

        decision.State.SubStatus.Should().Be(RunSubStatus.Faulted);
        decision.State.Incidents.Single().Message.Should().Contain("Handlebars");
    }

    [Theory]
    [InlineData(null, null, true, true)]
    [InlineData("""{"default":"Exclude"}""", null, false, false)]
    [InlineData("""{"default":{"evaluationMode":"Strategy","strategyType":"Elsa.Workflows.LogPersistence.Strategies.Exclude, Elsa.Workflows.Core"}}""", null, false, false)]
    [InlineData("""{"default":"Exclude","inputs":{"host":"Include"}}""", null, true, false)]
    [InlineData("""{"default":"Inherit","inputs":{"host":{"strategyType":"Elsa.Workflows.LogPersistence.Strategies.Exclude, Elsa.Workflows.Core"}}}""", null, false, true)]
    [InlineData(null, """{"default":"Exclude"}""", false, false)]
    [InlineData("""{"default":"Inherit"}""", """{"default":"Exclude"}""", false, false)]
    [InlineData("""{"default":"Include"}""", """{"default":"Exclude"}""", true, true)]
    [InlineData("""{"inputs":{"host":{"evaluationMode":"Expression","expression":{"type":"JavaScript","value":"getKeep() ? 'Include' : 'Exclude'"}}}}""", null, false, true)]
    [InlineData("""{"inputs":{"host":{"evaluationMode":"Expression","expression":{"type":"NCalc","value":"if(Keep = 'yes', 'Include', 'Exclude')"}}}}""", null, false, true)]
    [InlineData("""{"default":{"evaluationMode":"Expression","expression":{"type":"JavaScript","value":"LogPersistenceMode.Exclude"}},"inputs":{"other":"Include"}}""", null, false, true)]
    [InlineData("""{"inputs":{"host":{"evaluationMode":1,"expression":{"type":"JavaScript","value":"1"}}}}""", """{"default":"Exclude"}""", true, false)]
    [InlineData("""{"inputs":{"host":{"evaluationMode":"Expression","expression":{"type":"JavaScript","value":"'Inherit'"}}}}""", """{"default":{"evaluationMode":"Expression","strategyType":"Include","expression":{"type":"Literal","value":"Exclude"}}}""", false, false)]
    [InlineData("""{"default":{"evaluationMode":"Expression","strategyType":"Exclude","expression":{"type":"Default","value":""}}}""", null, false, false)]
    public void LogPersistence_OfTheWorkflowTheActivityAndTheInput_TheNearestHolds(string? activity, string? workflow, bool host, bool other)
    {
        var step = Activity("step", Tool, ("host", Value("Literal", "written-host")), ("other", Value("Literal", "written-other")));
        if (activity is not null)
            step["customProperties"] = new JsonObject { ["logPersistenceConfig"] = JsonNode.Parse(activity) };
        var source = Definition(Sequence(step), ("Keep", "String", null));
        if (workflow is not null)
            source = source with { CustomProperties = source.CustomProperties.Add("logPersistenceConfig", System.Text.Json.JsonSerializer.SerializeToElement(JsonNode.Parse(workflow))) };

        var (_, decision) = Start(source, catalogue: Flow.Tool);

        decision.Commands.OfType<RunCommand.Perform>().Single().Input["host"]!.ToString().Should().Be("written-host", "what is not written down is used all the same");
        var journal = string.Join('\n', decision.Journal.Select(entry => entry.Payload?.ToJsonString()));
        journal.Contains("written-host", StringComparison.Ordinal).Should().Be(host);
        journal.Contains("written-other", StringComparison.Ordinal).Should().Be(other);
    }

    [Theory]
    [InlineData("'Sometimes'", "it gave 'Sometimes', which is none of Include, Exclude and Inherit")]
    [InlineData("nobody.knows", "nobody")]
    public void LogPersistence_ExpressionThatGivesNoMode_KeepsNothingAndSaysWhyAndTheStepRuns(string script, string why)
    {
        var step = Activity("step", Tool, ("host", Value("Literal", "written-host")));
        step["customProperties"] = new JsonObject { ["logPersistenceConfig"] = new JsonObject { ["default"] = Mode(script) } };

        var (definition, decision) = Start(Definition(Sequence(step)), catalogue: Flow.Tool);

        decision.Commands.OfType<RunCommand.Perform>().Single().Input["host"]!.ToString().Should().Be("written-host");
        Journal(decision).Should().NotContain("written-host").And.Contain("not kept: the log persistence expression of 'step'").And.Contain(why);
        Journal(Report(definition, decision, new StepOutcome.Succeeded(JsonValue.Create("written-result")))).Should().Contain("Completed").And.NotContain("written-result");
    }

    [Theory]
    [InlineData("""{"outputs":{"result":{"evaluationMode":"Expression","expression":{"type":"JavaScript","value":"getKeep() === 'yes' ? 'Include' : 'Exclude'"}}}}""", "yes", true)]
    [InlineData("""{"outputs":{"result":{"evaluationMode":"Expression","expression":{"type":"JavaScript","value":"getKeep() === 'yes' ? 'Include' : 'Exclude'"}}}}""", "no", false)]
    [InlineData("""{"default":"Exclude"}""", "yes", false)]
    public void LogPersistence_OfAnOutputThatNothingIsBoundTo_Holds(string config, string keep, bool kept)
    {
        var step = Activity("step", Tool);
        step["customProperties"] = new JsonObject { ["logPersistenceConfig"] = JsonNode.Parse(config) };
        var (definition, decision) = Start(Definition(Sequence(step), ("Keep", "String", keep)), catalogue: Flow.Tool);

        Journal(Report(definition, decision, new StepOutcome.Succeeded(JsonValue.Create("written-result")))).Contains("written-result", StringComparison.Ordinal).Should().Be(kept);
    }

    private static JsonObject Mode(string script) => new() { ["evaluationMode"] = "Expression", ["expression"] = new JsonObject { ["type"] = "JavaScript", ["value"] = script } };

    private static string Journal(Decision decision) => string.Join('\n', decision.Journal.Select(entry => entry.EventName + entry.Message + entry.Payload?.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })));

    [Fact]
    public void MemoryVariable_RunSuspends_HasItsDefaultAgainAndTheOtherKeepsItsValue()
    {
        static JsonObject Set(string name) => Activity("set" + name, "Elsa.SetVariable", ("variable", new JsonObject { ["id"] = name, ["name"] = name }), ("value", Value("Literal", "new")));
        static JsonObject Say(string id) => Activity(id, "Elsa.WriteLine", ("text", Value("JavaScript", "getVariable('Kept') + ' ' + getVariable('Lost')")));
        var source = WorkflowJson.Read(new JsonObject
        {
            ["id"] = "v1", ["definitionId"] = "memory", ["root"] = Sequence(Set("Kept"), Set("Lost"), Activity("step", Tool), Say("before"), Wait("wait"), Say("after")),
            ["variables"] = new JsonArray(
                new JsonObject { ["id"] = "Kept", ["name"] = "Kept", ["typeName"] = "String", ["value"] = "old" },
                new JsonObject { ["id"] = "Lost", ["name"] = "Lost", ["typeName"] = "String", ["value"] = "old", ["storageDriverTypeName"] = "Elsa.Workflows.MemoryStorageDriver, Elsa.Workflows.Core" }),
        }.ToJsonString());

        var (definition, decision) = Start(source, catalogue: Flow.Tool);
        decision = Report(definition, decision, new StepOutcome.Succeeded(null));
        decision.Lines.Should().Equal("new new");
        decision = Decider.Decide(definition, decision.State, new RunEvent.Resume(decision.State.Bookmarks.Single().Id), Now);

        decision.Lines.Should().Equal("new old");
    }

    [Theory]
    [InlineData("0 30 3 * * *", null, "2026-01-02T03:30:00Z")]
    [InlineData("0 30 3 * * *", "Europe/Berlin", "2026-01-03T02:30:00Z")]
    [InlineData("0 0 5 * * *", "Europe/Berlin", "2026-01-02T04:00:00Z")]
    [InlineData("0 30 2 29 3 *", "Europe/Berlin", "2026-03-29T01:30:00Z")] // the clock skips it that night: half past three
    public void Cron_InTheMiddleOfARun_WaitsByTheClockOfItsZone(string cron, string? zone, string due)
    {
        var wait = Activity("wait", "Elsa.Cron", ("cronExpression", Value("Literal", cron)));
        if (zone is not null)
            wait["timeZone"] = Value("Literal", zone);

        var (definition, decision) = Start(Definition(Sequence(wait, Line("after"))));

        var resume = decision.Commands.OfType<RunCommand.ScheduleResume>().Single();
        resume.DueAt.Should().Be(DateTimeOffset.Parse(due, System.Globalization.CultureInfo.InvariantCulture));
        decision = Decider.Decide(definition, decision.State, new RunEvent.Resume(resume.BookmarkId), resume.DueAt);
        decision.Lines.Should().Equal("after");
    }

    [Fact]
    public void Cron_ZoneThatIsNone_FaultsAndSaysWhatToWrite()
    {
        var (_, decision) = Start(Definition(Sequence(Activity("wait", "Elsa.Cron", ("cronExpression", Value("Literal", "0 0 5 * * *")), ("timeZone", Value("Literal", "Mars/Olympus"))))));

        decision.State.Incidents.Single().Message.Should().Contain("Mars/Olympus").And.Contain("IANA");
    }

    private static JsonObject Wait(string id) => Activity(id, "Elsa.Event", ("eventName", Value("Literal", "go " + id)));

    private static JsonObject FlowCall() => Activity("call", "Elsa.FlowSendHttpRequest", ("url", Value("Literal", "http://127.0.0.1/")), ("expectedStatusCodes", Value("JavaScript", "[200, 404]")));

    private static Decision Report(CompiledDefinition definition, Decision decision, StepOutcome outcome)
    {
        var step = decision.Commands.OfType<RunCommand.Perform>().Single();
        return Decider.Decide(definition, decision.State, new RunEvent.StepReported(step.StepId, step.Attempt, outcome), Now);
    }

    private static WorkflowDefinition Named(string id, JsonObject root) => Definition(root) with { Id = id + "-1", DefinitionId = id, Name = id };

    private static Task<InMemoryResult> RunAsync(IReadOnlyList<WorkflowDefinition> definitions, string start) =>
        new InMemoryRunner(Compiler, definitions, TimeProvider.System, (_, _) => Task.FromResult<StepOutcome>(new StepOutcome.Succeeded(null))).StartAsync(start, new RunEvent.Start([]), default);
}
