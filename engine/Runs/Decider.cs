using System.Text.Json.Nodes;
using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs;

/// <summary>The pure interpreter's door: definition, state, event and time in; state, commands, journal and lines out.</summary>
internal static class Decider
{
    /// <summary>A run that has not started. The caller stores nothing of it before the first event is decided.</summary>
    public static RunState Create(CompiledDefinition definition, RunId id, DateTimeOffset now, FlowchartMode? mode = null) => new()
    {
        Id = id,
        DefinitionId = definition.Source.DefinitionId,
        DefinitionVersionId = definition.Source.Id,
        DefinitionVersion = definition.Source.Version,
        SubStatus = RunSubStatus.Pending,
        CreatedAt = now,
        UpdatedAt = now,
        Mode = mode,
    };

    /// <summary>Pure: no I/O, no clock, no randomness but the run's own. The state is consumed. An event that no longer applies changes nothing.</summary>
    public static Decision Decide(CompiledDefinition definition, RunState state, RunEvent @event, DateTimeOffset now)
    {
        if (!Applies(state, @event))
            return new Decision(state, [], [], []);
        var run = new Interpreter(definition, state, now);
        switch (@event)
        {
            case RunEvent.Start start:
                run.Start(start);
                break;
            case RunEvent.Resume resume:
                run.Resume(resume);
                break;
            case RunEvent.StepReported report:
                run.Report(report);
                break;
            case RunEvent.Cancel cancel:
                run.CancelRun(cancel.Reason);
                break;
            case RunEvent.CancelActivity cancel:
                run.CancelActivity(cancel.ActivityInstanceId);
                break;
            case RunEvent.Retry retry:
                run.Retry(retry.ActivityInstanceIds);
                break;
            case RunEvent.ScheduleActivity schedule:
                run.ScheduleActivity(schedule.ActivityId);
                break;
            case RunEvent.ModifyVariable modify:
                run.ModifyVariable(modify.VariableId, modify.Value);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }

        run.Drain();
        run.Settle();
        return new Decision(run.State, run.Commands, run.Journal, run.Lines);
    }

    /// <summary>Ends a run that cannot be decided any more, without its definition: what it was doing is faulted, so that it can be retried.</summary>
    public static Decision GiveUp(RunState state, string errorType, string message, DateTimeOffset now)
    {
        if (state.Status == RunStatus.Finished)
            return new Decision(state, [], [], []);
        var root = state.Frames.Find(frame => frame.ParentId is null);
        var open = state.Frames.Where(frame => frame.Step is not null).ToList();
        foreach (var frame in open)
        {
            (frame.Status, frame.Step) = (ActivityStatus.Faulted, null);
            for (var at = frame; at is not null; at = state.Frames.Find(parent => parent.Id == at.ParentId))
                at.Faults++;
        }

        var shown = open.FirstOrDefault() ?? root;
        var activity = shown?.NodeId.Split(':')[^1] ?? "";
        state.Incidents.Add(new Incident(activity, shown?.NodeId ?? "", shown?.Id ?? state.Id.Value, "", message, errorType, now));
        state.Bookmarks.Clear();
        (state.Status, state.SubStatus, state.FinishedAt, state.UpdatedAt, state.AwaitedStepId, state.Stopped) = (RunStatus.Finished, RunSubStatus.Faulted, now, now, null, true);
        var entry = new JournalEntry
        {
            Sequence = ++state.Sequence,
            Timestamp = now,
            ActivityInstanceId = shown?.Id ?? state.Id.Value,
            ActivityId = activity,
            ActivityNodeId = shown?.NodeId ?? "",
            ActivityType = "",
            EventName = "Faulted",
            Message = message,
            Payload = new JsonObject { ["Exception"] = errorType, ["Message"] = message },
        };
        List<RunCommand> commands = [];
        if (state.ParentRunId is { } parent && state.ParentBookmarkId is { } bookmark)
            commands.Add(new RunCommand.ResumeParent(parent, bookmark, Interpreter.ResultOf(state)));
        return new Decision(state, commands, [entry], []);
    }

    private static bool Applies(RunState state, RunEvent @event) => @event switch
    {
        RunEvent.Start => state.SubStatus == RunSubStatus.Pending,
        RunEvent.Retry => state.SubStatus is RunSubStatus.Faulted or RunSubStatus.Suspended && state.Frames.Count > 0,
        RunEvent.ScheduleActivity => state.Status != RunStatus.Finished || state is { SubStatus: RunSubStatus.Faulted, Frames.Count: > 0 },
        RunEvent.Resume resume => state.Status != RunStatus.Finished && state.Bookmarks.Exists(bookmark => bookmark.Id == resume.BookmarkId),
        RunEvent.StepReported report => state.Status != RunStatus.Finished
            && state.Frames.Exists(frame => frame.Step is { Held: false } step && step.StepId == report.StepId && step.Attempt == report.Attempt),
        RunEvent.CancelActivity cancel => state.Status != RunStatus.Finished && state.Frames.Exists(frame => frame.Id == cancel.ActivityInstanceId && !frame.IsDone),
        _ => state.Status != RunStatus.Finished,
    };
}
