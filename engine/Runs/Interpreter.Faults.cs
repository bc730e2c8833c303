using System.Text.Json.Nodes;
using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs;

/// <summary>Faults, incident strategies, and how a run ends or waits after an event.</summary>
internal sealed partial class Interpreter
{
    private void Fault(ActivityFrame frame, Exception error)
    {
        var (type, message) = error is Behaviors.ActivityFailure failure
            ? (failure.ErrorType, failure.Message)
            : (error.GetType().Name, error.Message);
        Log(frame, "Faulted", message, new JsonObject { ["Exception"] = type, ["Message"] = message });
        frame.Status = ActivityStatus.Faulted;
        frame.Step = null;
        if (frame.Parent is { } parent && !parent.Children.Contains(frame))
            parent.Children.Add(frame);
        if (!State.Frames.Contains(frame))
            State.Frames.Add(frame);
        State.Incidents.Add(new Incident(frame.Node.Id, frame.NodeId, frame.Id, frame.Node.Type, message, type, Now));
        for (var at = frame; at is not null; at = at.Parent)
            at.Faults++;
        switch (_definition.IncidentStrategy)
        {
            case IncidentStrategy.Continue:
                break;
            case IncidentStrategy.Stop:
                State.Stopped = true;
                SetFaulted();
                break;
            default:
                SetFaulted();
                break;
        }
    }

    private void SetFaulted()
    {
        if (!IsFinished)
            State.SubStatus = RunSubStatus.Faulted;
    }

    /// <summary>Nothing can go on: said in words, never a hang.</summary>
    private void Stuck(string message)
    {
        var root = State.Frames.FirstOrDefault(frame => frame.ParentId is null);
        var node = _definition.Workflow;
        State.Incidents.Add(new Incident(node.Id, node.NodeId, root?.Id ?? State.Id.Value, node.Type, message, "RunStuck", Now));
        if (root is not null)
            Log(root, "Faulted", message, new JsonObject { ["Exception"] = "RunStuck", ["Message"] = message });
        State.Stopped = true;
        SetFaulted();
    }

    /// <summary>After the queue is empty or held: the run is executing, suspended, finished, or stuck.</summary>
    public void Settle()
    {
        if (State.AwaitedStepId is not null && !State.Stopped)
        {
            if (!IsFinished)
                State.SubStatus = RunSubStatus.Executing;
            Detach();
            return;
        }

        if (!IsFinished)
        {
            if (State.Frames.TrueForAll(frame => frame.IsDone))
                State.SubStatus = RunSubStatus.Finished;
            else if (State.Bookmarks.Count > 0 || State.Frames.Exists(frame => frame.Step is not null))
                State.SubStatus = RunSubStatus.Suspended;
            else
                Stuck(StuckMessage());
        }

        if (IsFinished)
            End();
        else if (State is { ReportsSuspension: true, ParentRunId: { } parent, ParentBookmarkId: { } bookmark })
        {
            State.ReportsSuspension = false;
            Commands.Add(new RunCommand.ResumeParent(parent, bookmark, ResultOf(State)));
        }

        Detach();
    }

    private string StuckMessage()
    {
        var open = State.Frames.Where(frame => !frame.IsDone && frame.Children.Count == 0).Select(frame => $"{frame.Node.Type} '{frame.Node.Name ?? frame.Node.Id}' ({frame.Status})").Take(5);
        return $"The run has nothing left to do and nothing to wait for, but did not finish: {string.Join(", ", open)}. "
            + "A join waits for a branch that cannot arrive, a state's transitions have no trigger and no condition that holds, or a faulted activity keeps its branch open. Correct the workflow, or retry the faulted activities.";
    }

    private void End()
    {
        State.Status = RunStatus.Finished;
        State.FinishedAt = Now;
        State.Bookmarks.Clear();
        foreach (var frame in State.Frames)
        {
            CancelStep(frame);
            if (!frame.IsDone)
                CancelChildRuns(frame);
        }

        State.AwaitedStepId = null;
        if (State.SubStatus != RunSubStatus.Faulted)
        {
            State.Frames.Clear();
            _queue.Clear();
            State.Outputs.Clear();
        }

        if (State.ParentRunId is { } parent && State.ParentBookmarkId is { } bookmark)
            Commands.Add(new RunCommand.ResumeParent(parent, bookmark, ResultOf(State)));
    }

    /// <summary>What the parent of a run is told.</summary>
    public static JsonObject ResultOf(RunState state) => new()
    {
        ["workflowInstanceId"] = state.Id.Value,
        ["status"] = state.Status.ToString(),
        ["subStatus"] = state.SubStatus.ToString(),
        ["output"] = state.Output.DeepClone(),
    };
}
