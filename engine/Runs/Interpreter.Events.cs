using System.Text.Json.Nodes;

namespace Homelab.Engine.Runs;

/// <summary>How each kind of event enters the run.</summary>
internal sealed partial class Interpreter
{
    public void Start(RunEvent.Start start)
    {
        State.SubStatus = RunSubStatus.Executing;
        State.Input = (JsonObject)start.Input.DeepClone();
        foreach (var input in _definition.Source.Inputs)
            if (!State.Input.ContainsKey(input.Name) && _definition.DefaultOf(input) is { } value)
                State.Input[input.Name] = value.DeepClone();
        State.TriggerActivityId = start.TriggerActivityId;
        State.TriggerPayload = start.TriggerPayload?.DeepClone();
        State.CorrelationId = start.CorrelationId ?? State.CorrelationId;
        State.Name = start.Name ?? State.Name;
        State.ParentRunId = start.ParentRunId;
        State.ParentBookmarkId = start.ParentBookmarkId;
        State.DryRun = start.DryRun;
        State.ReportsSuspension = start.ReportsSuspension;
        Dictionary<string, JsonNode?>? variables = null;
        foreach (var (name, value) in start.Variables ?? [])
            (variables ??= [])[name] = value?.DeepClone();
        Enqueue(_definition.Workflow, null, variables);
    }

    public void Resume(RunEvent.Resume resume)
    {
        var bookmark = State.Bookmarks.Find(candidate => candidate.Id == resume.BookmarkId);
        if (bookmark is null)
            return;
        var frame = State.Frames.Find(candidate => candidate.Id == bookmark.ActivityInstanceId);
        if (frame is null)
        {
            State.Bookmarks.Remove(bookmark);
            return;
        }

        var wasSuspended = State.SubStatus == RunSubStatus.Suspended;
        if (!IsFinished)
            State.SubStatus = RunSubStatus.Executing;
        if (frame.Step is { Held: true } step)
        {
            State.Bookmarks.Remove(bookmark);
            ResumeHeld(frame, step, resume.Input);
            return;
        }

        // A child that ended within its first burst was executed in place: nothing suspended, nothing resumes.
        var inPlace = State.AwaitedStepId == bookmark.Id;
        if (inPlace)
            State.AwaitedStepId = null;
        else if (wasSuspended)
            ForgetMemory();
        Guarded(frame, inPlace ? null : "Resumed", () =>
        {
            frame.HasNewBookmark = false;
            frame.Node.Behavior.Resumed(this, frame, bookmark, resume.Input);
            if (bookmark.AutoBurn && !frame.HasNewBookmark)
                State.Bookmarks.Remove(bookmark);
        });
    }

    /// <summary>Elsa keeps a variable with the memory driver only as long as the run does not suspend; then it has its default again. So it is the same here, restart or not.</summary>
    private void ForgetMemory()
    {
        foreach (var frame in State.Frames)
        {
            if (frame.Variables is not { Count: > 0 } variables)
                continue;
            foreach (var variable in frame.Node.Variables)
                if (variable.IsMemory)
                    variables.Remove(variable.Id);
        }
    }

    public void CancelRun(string reason)
    {
        foreach (var frame in State.Frames.ToArray().Reverse())
        {
            if (frame.IsDone)
                continue;
            CancelStep(frame);
            CancelChildRuns(frame);
            frame.Status = ActivityStatus.Canceled;
            Log(frame, "Canceled", reason);
        }

        _queue.Clear();
        State.Bookmarks.Clear();
        State.SubStatus = RunSubStatus.Cancelled;
    }

    public void CancelActivity(string instanceId)
    {
        if (State.Frames.Find(frame => frame.Id == instanceId) is { } found)
            Guarded(found, null, () => Cancel(found));
    }

    /// <summary>Faulted activities run again, and those that were waiting when the run ended wait again.</summary>
    public void Retry(IReadOnlyList<string> instanceIds)
    {
        var faulted = State.Frames.Where(frame => frame.Status == ActivityStatus.Faulted && (instanceIds.Count == 0 || instanceIds.Contains(frame.Id))).ToList();
        var waiting = State.Status == RunStatus.Finished
            ? State.Frames.Where(frame => frame.Status == ActivityStatus.Running && frame.Children.Count == 0 && frame.Step is null).ToList()
            : [];
        if (faulted.Count == 0 && waiting.Count == 0)
            return;
        Reopen();
        foreach (var frame in faulted)
        {
            for (var at = frame.Parent; at is not null; at = at.Parent)
                at.Faults = Math.Max(0, at.Faults - frame.Faults);
            frame.Faults = 0;
            frame.Status = ActivityStatus.Pending;
            State.Incidents.RemoveAll(incident => incident.ActivityInstanceId == frame.Id);
            EnqueueExisting(frame);
        }

        State.Incidents.RemoveAll(incident => incident.ExceptionType == "RunStuck");
        foreach (var frame in waiting)
            EnqueueExisting(frame);
    }

    public void ScheduleActivity(string activityId)
    {
        var frame = State.Frames.FindLast(candidate => candidate.Id == activityId || candidate.Node.Id == activityId);
        if (frame is not null && !frame.IsDone)
        {
            // It is being performed, is held for a person or is next: doing it once more beside that would be a second effect.
            if (frame.Step is not null || _queue.Any(item => item.Existing == frame))
                return;
            Reopen();
            frame.Status = ActivityStatus.Pending;
            State.Incidents.RemoveAll(incident => incident.ActivityInstanceId == frame.Id);
            EnqueueExisting(frame);
            return;
        }

        var node = _definition.Nodes.FirstOrDefault(candidate => candidate.Id == activityId);
        var owner = node is null ? null : State.Frames.FindLast(candidate => candidate.Node == node.Parent && candidate.Status == ActivityStatus.Running);
        if (node is null || owner is null)
            return;
        Reopen();
        Schedule(owner, node);
    }

    public void ModifyVariable(string variableId, JsonNode? value)
    {
        foreach (var frame in State.Frames)
            if (!frame.IsDone && TrySetVariableById(frame, variableId, value?.DeepClone()))
                return;
    }

    private void Reopen()
    {
        State.Status = RunStatus.Running;
        State.SubStatus = RunSubStatus.Executing;
        State.FinishedAt = null;
        State.Stopped = false;
    }
}
