using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Xunit;
using static Homelab.Tests.Engine.Runs.Flow;

namespace Homelab.Tests.Engine.Runs;

public sealed class DeciderTests
{
    private const string Tool = "Homelab.Test.Do";

    [Fact]
    public void Start_ImplicitJoin_RunsTheJoinOnceAfterBothBranches()
    {
        var (_, decision) = Start(Definition(Chart([Line("a"), Line("b"), Line("c"), Line("d")], "a->b", "a->c", "b->d", "c->d")));

        decision.Lines.Should().Equal("a", "b", "c", "d");
        decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Start_DeadPathIntoJoin_DoesNotWaitForIt()
    {
        var decide = Activity("decide", "Elsa.FlowDecision", ("condition", Value("NCalc", "1 > 2")));
        var (_, decision) = Start(Definition(Chart([decide, Line("yes"), Line("no"), Line("end")], "decide:True->yes", "decide:False->no", "yes->end", "no->end")));

        decision.Lines.Should().Equal("no", "end");
    }

    [Fact]
    public void Start_LoopOfTenThousandRounds_LeavesTheStateSmall()
    {
        var loop = Activity("loop", "Elsa.For", ("start", Value("Literal", 1)), ("end", Value("Literal", 10_000)), ("body", Activity("set", "Elsa.SetVariable",
            ("variable", new JsonObject { ["id"] = "id-Sum", ["name"] = "Sum", ["typeName"] = "Int32" }), ("value", Value("NCalc", "Sum + CurrentValue")))));
        var wait = Activity("wait", "Elsa.Event", ("eventName", Value("Literal", "go")));

        var (_, decision) = Start(Definition(Sequence(loop, wait), ("Sum", "Int32", "0")));

        decision.State.SubStatus.Should().Be(RunSubStatus.Suspended);
        decision.State.Frames[0].Variables!["id-Sum"]!.ToString().Should().Be("50005000");
        decision.State.Frames.Should().HaveCount(3);
        RunStateJson.Write(decision.State).Length.Should().BeLessThan(1500);
        decision.Journal.Count(entry => entry.EventName == "Completed").Should().Be(10_001);
    }

    [Fact]
    public void Start_CircleThatNeverWaits_FaultsAndSaysSo()
    {
        var loop = Activity("loop", "Elsa.While", ("condition", Value("Literal", true)), ("body", Activity("pass", "Elsa.Start")));

        var (_, decision) = Start(Definition(Sequence(loop)));

        decision.State.SubStatus.Should().Be(RunSubStatus.Faulted);
        decision.State.Incidents[0].Message.Should().Contain("circle without a wait");
    }

    [Fact]
    public void StepReported_FailedTwiceThenSucceeded_RetriesLaterAndGoesOn()
    {
        var step = Activity("step", Tool, ("host", Value("Literal", "web")));
        step["customProperties"] = new JsonObject { ["retry"] = new JsonObject { ["maxAttempts"] = 3, ["delay"] = "00:00:10", ["backoff"] = "Exponential", ["jitter"] = false } };
        var (definition, decision) = Start(Definition(Sequence(step, Line("after"))), catalogue: Flow.Tool);
        var perform = decision.Commands.OfType<RunCommand.Perform>().Single();
        perform.Input["host"]!.ToString().Should().Be("web");

        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, 1, new StepOutcome.Failed("IOException", "no route", true)), Now);
        var first = decision.Commands.OfType<RunCommand.PerformLater>().Single();
        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, 2, new StepOutcome.Failed("IOException", "no route", true)), Now);
        var second = decision.Commands.OfType<RunCommand.PerformLater>().Single();
        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, 3, new StepOutcome.Succeeded(new JsonObject { ["ok"] = true })), Now);

        (first.DueAt - Now).Should().Be(TimeSpan.FromSeconds(10));
        (second.DueAt - Now).Should().Be(TimeSpan.FromSeconds(20));
        decision.Lines.Should().Equal("after");
        decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Theory]
    [InlineData("'standard'", 3, 1)]
    [InlineData("({ maxRetryAttempts: 1, delay: '00:00:05', backoffType: 'Constant', useJitter: false })", 1, 5)]
    [InlineData("getTries() > 1 ? 'standard' : null", 0, 0)]
    [InlineData("nobody.knows", 0, 0)]
    public void StepReported_ResilienceStrategyByExpression_RetriesAsItSays(string script, int retries, int seconds)
    {
        var step = Activity("step", Tool);
        step["customProperties"] = new JsonObject { ["resilienceStrategy"] = new JsonObject { ["mode"] = "Expression", ["strategyId"] = "standard", ["expression"] = new JsonObject { ["type"] = "JavaScript", ["value"] = script } } };
        var (definition, decision) = Start(Definition(Sequence(step), ("Tries", "Int32", "1")), catalogue: Flow.Tool);
        var perform = decision.Commands.OfType<RunCommand.Perform>().Single();

        List<TimeSpan> delays = [];
        for (var attempt = 1; decision.State.SubStatus != RunSubStatus.Faulted; attempt++)
        {
            decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, attempt, new StepOutcome.Failed("IOException", "no route", true)), Now);
            delays.AddRange(decision.Commands.OfType<RunCommand.PerformLater>().Select(later => later.DueAt - Now));
        }

        delays.Should().HaveCount(retries);
        if (retries > 0)
            delays[0].Should().BeCloseTo(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds * 0.3));
        decision.Journal.Any(entry => entry.EventName == "NotRetried" && entry.Message!.Contains("nobody", StringComparison.Ordinal)).Should().Be(script == "nobody.knows");
    }

    [Fact]
    public void StepReported_LateOrUnknown_ChangesNothing()
    {
        var (definition, decision) = Start(Definition(Sequence(Activity("step", Tool))), catalogue: Flow.Tool);
        var perform = decision.Commands.OfType<RunCommand.Perform>().Single();
        var before = RunStateJson.WriteText(decision.State);

        var late = Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, 7, new StepOutcome.Succeeded(null)), Now.AddHours(1));

        RunStateJson.WriteText(late.State).Should().Be(before);
        late.Commands.Should().BeEmpty();
    }

    [Fact]
    public void StepReported_FailedWithPortConnected_GoesThroughFailed()
    {
        var (definition, decision) = Start(Definition(Chart([Activity("step", Tool), Line("ok"), Line("sorry")], "step->ok", "step:Failed->sorry")), catalogue: Flow.Tool);
        var perform = decision.Commands.OfType<RunCommand.Perform>().Single();

        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, 1, new StepOutcome.Failed("IOException", "no route", false)), Now);

        decision.Lines.Should().Equal("sorry");
        decision.State.Incidents.Should().BeEmpty();
    }

    [Theory]
    [InlineData(true, "after")]
    [InlineData(false, null)]
    public void Resume_HeldStep_IsPerformedAgainOrRefused(bool approved, string? line)
    {
        var (definition, decision) = Start(Definition(Sequence(Activity("step", Tool), Line("after"))), catalogue: Flow.Tool);
        var perform = decision.Commands.OfType<RunCommand.Perform>().Single();
        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, 1, new StepOutcome.Held("A-1", "disruptive")), Now);
        decision.State.SubStatus.Should().Be(RunSubStatus.Suspended);
        var bookmark = decision.State.Bookmarks.Single();
        bookmark.Name.Should().Be("Homelab.Approval");

        decision = Decider.Decide(definition, RunStateJson.Read(RunStateJson.Write(decision.State)), new RunEvent.Resume(bookmark.Id, new JsonObject { ["approved"] = approved }), Now);

        if (line is null)
        {
            decision.State.SubStatus.Should().Be(RunSubStatus.Faulted);
            decision.State.Incidents[0].ExceptionType.Should().Be("Refused");
            decision.Commands.Should().NotContain(command => command is RunCommand.Perform);
            return;
        }

        var again = decision.Commands.OfType<RunCommand.Perform>().Single();
        again.StepId.Should().Be(perform.StepId);
        again.Attempt.Should().Be(2);
        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(again.StepId, 2, new StepOutcome.Succeeded(null)), Now);
        decision.Lines.Should().Equal(line);
    }

    [Fact]
    public void Retry_FaultedActivity_RunsItAgainAndGoesOn()
    {
        var (definition, decision) = Start(Definition(Sequence(Activity("step", Tool), Line("after"))), catalogue: Flow.Tool);
        var perform = decision.Commands.OfType<RunCommand.Perform>().Single();
        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, 1, new StepOutcome.Failed("IOException", "no route", false)), Now);
        decision.State.SubStatus.Should().Be(RunSubStatus.Faulted);

        decision = Decider.Decide(definition, RunStateJson.Read(RunStateJson.Write(decision.State)), new RunEvent.Retry([]), Now);
        var again = decision.Commands.OfType<RunCommand.Perform>().Single();
        decision = Decider.Decide(definition, decision.State, new RunEvent.StepReported(again.StepId, again.Attempt, new StepOutcome.Succeeded(null)), Now);

        decision.Lines.Should().Equal("after");
        decision.State.Incidents.Should().BeEmpty();
        decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public void Start_StopStrategy_StopsAtOnce()
    {
        var definition = Definition(Chart([Line("a"), Activity("bad", "Elsa.Fault"), Line("c"), Line("d")], "a->bad", "a->c", "c->d"));
        definition = definition with { Options = definition.Options with { IncidentStrategyType = "Homelab.StopStrategy" } };

        var (_, decision) = Start(definition);

        decision.Lines.Should().Equal("a");
        decision.State.Status.Should().Be(RunStatus.Finished);
        decision.State.SubStatus.Should().Be(RunSubStatus.Faulted);
    }

    [Fact]
    public void Cancel_PendingStep_IsCancelledAndItsAnswerDropped()
    {
        var (definition, decision) = Start(Definition(Sequence(Activity("step", Tool), Line("after"))), catalogue: Flow.Tool);
        var perform = decision.Commands.OfType<RunCommand.Perform>().Single();

        decision = Decider.Decide(definition, decision.State, new RunEvent.Cancel("enough"), Now);

        decision.Commands.Should().ContainSingle().Which.Should().Be(new RunCommand.CancelStep(perform.StepId));
        decision.State.SubStatus.Should().Be(RunSubStatus.Cancelled);
        Decider.Decide(definition, decision.State, new RunEvent.StepReported(perform.StepId, 1, new StepOutcome.Succeeded(null)), Now).Lines.Should().BeEmpty();
    }

    [Fact]
    public void Start_SecretInput_IsMaskedInTheJournalAndPerformed()
    {
        var (_, decision) = Start(Definition(Sequence(Activity("step", Tool, ("password", Value("Literal", "hunter2"))))), catalogue: Flow.Tool);

        decision.Commands.OfType<RunCommand.Perform>().Single().Input["password"]!.ToString().Should().Be("hunter2");
        string.Concat(decision.Journal.Select(entry => entry.Payload?.ToJsonString())).Should().NotContain("hunter2").And.Contain("***");
    }

    [Fact]
    public void Start_Delay_AsksForItsResume()
    {
        var (definition, decision) = Start(Definition(Sequence(Activity("wait", "Elsa.Delay", ("timeSpan", Value("Literal", "00:05:00"))), Line("after"))));

        var due = decision.Commands.OfType<RunCommand.ScheduleResume>().Single();
        due.DueAt.Should().Be(Now.AddMinutes(5));
        Decider.Decide(definition, decision.State, new RunEvent.Resume(due.BookmarkId), due.DueAt).Lines.Should().Equal("after");
    }
}
