using System.Text.Json.Nodes;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Compiling;
using Xunit;
using static Homelab.Tests.Engine.Runs.Flow;

namespace Homelab.Tests.Engine.Runs;

/// <summary>Whatever the order of events, a run stays legal, replays the same and does not mind being stored in between.</summary>
public sealed class DeciderProperties
{
    private static readonly CompiledDefinition Definition = Compile(
        Flow.Definition(Chart(
            [
                Line("start"),
                Activity("step", "Homelab.Test.Do", ("n", Value("NCalc", "N + 1"))),
                Activity("wait", "Elsa.Event", ("eventName", Value("Literal", "go"))),
                Activity("delay", "Elsa.Delay", ("timeSpan", Value("Literal", "00:01:00"))),
                Activity("loop", "Elsa.ForEach", ("items", Value("JavaScript", "[1, newGuid(), Math.random()]")), ("body", Sequence(Activity("inner", "Homelab.Test.Do"), Line("round")))),
                Activity("join", "Elsa.FlowJoin", ("mode", Value("Literal", "WaitAll"))),
                Line("sorry"),
                Line("end"),
            ],
            "start->step", "start->wait", "start->delay", "step->join", "step:Failed->sorry", "wait->loop", "loop->join", "delay->join", "join->end"), ("N", "Int32", "1")),
        Tool);

    private static readonly string[] Activities = ["start", "step", "wait", "delay", "loop", "inner", "join", "end", "nobody"];

    /// <summary>HOMELAB_PROPERTY_CASES asks for more than a quick look.</summary>
    private static Config Cases => Config.QuickThrowOnFailure.WithMaxTest(
        int.TryParse(Environment.GetEnvironmentVariable("HOMELAB_PROPERTY_CASES"), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var cases) ? cases : 300);

    [Fact]
    public void Decide_AnyOrderOfEvents_EndsInALegalState() => Prop.ForAll(Moves(), moves =>
    {
        foreach (var state in Play(moves, state => state))
        {
            // A fault ends the run when the step that is being performed has reported.
            var isOver = state.AwaitedStepId is null && (state.SubStatus is RunSubStatus.Finished or RunSubStatus.Faulted or RunSubStatus.Cancelled);
            (state.Status == RunStatus.Finished).Should().Be(isOver, $"{state.SubStatus}, awaited {state.AwaitedStepId}");
            if (isOver)
                state.Bookmarks.Should().BeEmpty();
            else
                (state.Bookmarks.Count > 0 || state.Frames.Exists(frame => frame.Step is not null)).Should().BeTrue("a run that is not over waits for something");
            state.Frames.Where(frame => frame.ParentId is not null && !state.Frames.Exists(parent => parent.Id == frame.ParentId)).Select(frame => $"{frame.NodeId} {frame.Status} of {frame.ParentId}").Should().BeEmpty(string.Join(' ', state.Frames.Select(frame => $"{frame.Id}={frame.NodeId} {frame.Status}")));
        }
    }).Check(Cases);

    [Fact]
    public void Decide_SameEventsAgain_GivesTheSameStateByteForByte() => Prop.ForAll(Moves(), moves =>
        Texts(Play(moves, state => state)).Should().Equal(Texts(Play(moves, state => state)))).Check(Cases);

    [Fact]
    public void Decide_StoredBetweenEvents_GivesTheSameState() => Prop.ForAll(Moves(), moves =>
        Texts(Play(moves, state => RunStateJson.Read(RunStateJson.Write(state)))).Should().Equal(Texts(Play(moves, state => state)))).Check(Cases);

    [Fact]
    public void Decide_FinishedRun_NeverChanges() => Prop.ForAll(Moves(), moves =>
    {
        string? final = null;
        foreach (var state in Play(moves, state => state, new HashSet<int> { 7 }))
        {
            var text = RunStateJson.WriteText(state);
            if (final is not null)
                text.Should().Be(final);
            if (state.Status == RunStatus.Finished)
                final = text;
        }
    }).Check(Cases);

    private static Arbitrary<int[]> Moves() => Gen.Choose(0, 999).ArrayOf(20).ToArbitrary();

    private static List<string> Texts(IEnumerable<RunState> states) => [.. states.Select(RunStateJson.WriteText)];

    private static IEnumerable<RunState> Play(int[] moves, Func<RunState, RunState> between, HashSet<int>? without = null)
    {
        var state = Decider.Create(Definition, new RunId("0193b"), Now);
        var now = Now;
        var events = new List<RunEvent> { new RunEvent.Start([]) };
        for (var i = 0; i <= moves.Length; i++)
        {
            now = now.AddSeconds(1);
            state = between(Decider.Decide(Definition, state, i == 0 ? events[0] : Event(state, moves[i - 1], without), now).State);
            yield return state;
        }
    }

    private static RunEvent Event(RunState state, int move, HashSet<int>? without)
    {
        var kind = move % 10;
        if (without?.Contains(kind) == true)
            kind = 0;
        var step = state.Frames.Find(frame => frame.Step is not null)?.Step;
        var bookmark = state.Bookmarks.Count == 0 ? "none" : state.Bookmarks[move / 10 % state.Bookmarks.Count].Id;
        return kind switch
        {
            0 or 1 => new RunEvent.StepReported(step?.StepId ?? "none", step?.Attempt ?? 1, new StepOutcome.Succeeded(new JsonObject { ["ok"] = true })),
            2 => new RunEvent.StepReported(step?.StepId ?? "none", step?.Attempt ?? 1, new StepOutcome.Failed("IOException", "no", move % 20 > 9)),
            3 => new RunEvent.StepReported(step?.StepId ?? "none", step?.Attempt ?? 1, move % 20 > 9 ? new StepOutcome.Held("A", "asks") : new StepOutcome.InDoubt("who knows")),
            4 => new RunEvent.StepReported(step?.StepId ?? "none", (step?.Attempt ?? 1) + 1, new StepOutcome.Succeeded(null)),
            5 or 6 => new RunEvent.Resume(bookmark, move % 20 > 9 ? null : new JsonObject { ["approved"] = move % 40 > 19 }),
            7 => new RunEvent.Retry([]),
            8 => move > 950 ? new RunEvent.Cancel("enough") : new RunEvent.Resume(bookmark),
            _ => (move / 10 % 4) switch
            {
                0 => new RunEvent.CancelActivity(state.Frames.Count == 0 ? "none" : state.Frames[move % state.Frames.Count].Id),
                1 when without is null => new RunEvent.ScheduleActivity(Activities[move % Activities.Length]),
                _ => new RunEvent.ModifyVariable("id-N", JsonValue.Create(move)),
            },
        };
    }
}
