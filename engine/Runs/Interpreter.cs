using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Behaviors;
using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs;

/// <summary>
/// One event's worth of interpretation: the queue, invoking, scheduling and completing, in Elsa's order exactly (FORMATS 2).
/// Pure over the state it was given; lives as long as one <c>Decide</c>.
/// </summary>
internal sealed partial class Interpreter
{
    /// <summary>One event may invoke this many activities; a circle without a wait ends here, as a fault, not as a hang.</summary>
    public const int MaximumInvocations = 100_000;

    private static readonly string?[] DefaultOutcomes = [null, "Done"];

    private readonly CompiledDefinition _definition;
    private readonly Queue<WorkItem> _queue = new();
    private readonly FrameScope _scope;
    private int _invocations;

    public Interpreter(CompiledDefinition definition, RunState state, DateTimeOffset now)
    {
        (_definition, State, Now) = (definition, state, now);
        _scope = new FrameScope(this);
        Attach();
    }

    public RunState State { get; }

    public DateTimeOffset Now { get; }

    public List<RunCommand> Commands { get; } = [];

    public List<JournalEntry> Journal { get; } = [];

    public List<string> Lines { get; } = [];

    public CompiledDefinition Definition => _definition;

    public bool IsTokenMode => (State.Mode ?? _definition.Mode) == FlowchartMode.Token;

    /// <summary>The outcomes of the workflow that Elsa.Complete ended, for the activity that contains it.</summary>
    public IReadOnlyList<string?>? CompletedOutcomes { get; set; }

    public static IReadOnlyList<string?> Default => DefaultOutcomes;

    public bool IsFinished => State.SubStatus is RunSubStatus.Finished or RunSubStatus.Faulted or RunSubStatus.Cancelled;

    public IEnumerable<WorkItem> Queued => _queue;

    /// <summary>Invokes what is queued until nothing is, or a performed step holds the queue.</summary>
    public void Drain()
    {
        while (State.AwaitedStepId is null && !State.Stopped && _queue.TryDequeue(out var item))
        {
            // Cancelled while it waited for its turn.
            if (item.Existing is { Status: ActivityStatus.Canceled })
                continue;
            if (++_invocations > MaximumInvocations)
            {
                Stuck($"The run invoked {MaximumInvocations} activities without waiting for anything. There is a circle without a wait: put a delay, a timer or a condition that ends it into the loop.");
                return;
            }

            Invoke(item);
        }
    }

    public void Enqueue(CompiledNode node, ActivityFrame? owner, Dictionary<string, JsonNode?>? variables = null) => _queue.Enqueue(new WorkItem
    {
        NodeId = node.NodeId,
        OwnerId = owner?.Id,
        Variables = variables,
        Node = node,
        Owner = owner,
    });

    public void EnqueueExisting(ActivityFrame frame) =>
        _queue.Enqueue(new WorkItem { NodeId = frame.NodeId, ExistingId = frame.Id, OwnerId = frame.ParentId, Node = frame.Node, Existing = frame, Owner = frame.Parent });

    public void ClearQueue() => _queue.Clear();

    /// <summary>Schedules a child; its completion is told to the owner. Nothing to schedule counts as completed at once.</summary>
    public void Schedule(ActivityFrame owner, CompiledNode? child, bool backward = false, string? tag = null, Dictionary<string, JsonNode?>? variables = null)
    {
        if (child is null)
        {
            owner.Node.Behavior.ChildCompleted(this, owner, owner, null, tag);
            return;
        }

        (owner.Callbacks ??= []).Add(new CompletionCallback(child.NodeId, false, tag));
        _queue.Enqueue(new WorkItem
        {
            NodeId = child.NodeId,
            OwnerId = owner.Id,
            Tag = tag,
            Backward = backward,
            Variables = variables,
            Node = child,
            Owner = owner,
        });
    }

    private void Invoke(WorkItem item)
    {
        var frame = item.Existing ?? Create(item);
        Guarded(frame, IsBookmarked(frame) ? "Resumed" : "Started", () =>
        {
            EvaluateInputs(frame);
            FillStarted(frame);
            frame.Status = ActivityStatus.Running;
            frame.HasNewBookmark = false;
            frame.Node.Behavior.Execute(this, frame);
            if (frame.Node.Behavior.CompletesItself && !frame.HasNewBookmark)
                Complete(frame);
        });
    }

    /// <summary>Elsa's pipeline around an activity: log, do, log that it suspended or faulted, and let the incident strategy act.</summary>
    public void Guarded(ActivityFrame frame, string? eventName, Action action)
    {
        if (eventName is not null)
            Log(frame, eventName);
        try
        {
            action();
            if (frame.Status == ActivityStatus.Running && eventName is not null && IsBookmarked(frame) && !AwaitsInPlace(frame))
                Log(frame, "Suspended");
        }
        catch (Exception error)
        {
            // Whatever went wrong belongs to this activity: a run never takes the process down.
            Fault(frame, error);
        }
    }

    private ActivityFrame Create(WorkItem item)
    {
        var frame = new ActivityFrame
        {
            Id = NextId(),
            ParentId = item.Owner?.Id,
            NodeId = item.NodeId,
            StartedAt = Now,
            Tag = item.Tag,
            Backward = item.Backward,
            Dynamic = item.Variables,
            Node = item.Node,
            Parent = item.Owner,
        };
        item.Owner?.Children.Add(frame);
        State.Frames.Add(frame);
        if (State.Frames.Count > 4096)
            DropFinishedFrames();
        return frame;
    }

    public void Complete(ActivityFrame frame, params IReadOnlyList<string?>? outcomes)
    {
        if (frame.Status != ActivityStatus.Running)
            return;
        if (frame.Children.Count > 0)
            foreach (var child in frame.Children.ToArray())
                CancelParentFirst(child);
        frame.Status = ActivityStatus.Completed;
        LogCompleted(frame, outcomes is { Count: > 0 } ? outcomes : null);
        SignalCompleted(frame, outcomes);
        RemoveBookmarks(frame);
        frame.Callbacks = null;
        frame.Parent?.Children.Remove(frame);
    }

    /// <summary>Completes with Elsa's default outcomes: "Done" and the nameless one.</summary>
    public void Complete(ActivityFrame frame) => Complete(frame, (IReadOnlyList<string?>?)null);

    private void SignalCompleted(ActivityFrame sender, IReadOnlyList<string?>? outcomes)
    {
        for (var receiver = sender; receiver is not null; receiver = receiver.Parent)
        {
            if (receiver.Callbacks is not { Count: > 0 } callbacks)
                continue;
            var at = callbacks.FindIndex(callback => ReferenceEquals(callback.ChildNodeId, sender.NodeId) || callback.ChildNodeId == sender.NodeId);
            if (at < 0)
                continue;
            var callback = callbacks[at];
            callbacks.RemoveAt(at);
            receiver.Node.Behavior.ChildCompleted(this, receiver, sender, outcomes, callback.Tag);
        }
    }

    /// <summary>How completing an activity cancels its children: itself first, then what is below.</summary>
    private void CancelParentFirst(ActivityFrame frame)
    {
        if (frame.IsDone)
            return;
        MarkCanceled(frame);
        SignalCanceled(frame);
        foreach (var child in frame.Children.ToArray())
            CancelParentFirst(child);
        frame.Parent?.Children.Remove(frame);
    }

    /// <summary>How a join or a break cancels: what is below first.</summary>
    public void Cancel(ActivityFrame frame)
    {
        if (frame.IsDone)
            return;
        foreach (var child in frame.Children.ToArray())
            Cancel(child);
        MarkCanceled(frame);
        SignalCanceled(frame);
        frame.Parent?.Children.Remove(frame);
    }

    /// <summary>Takes back a child that was scheduled: cancelled if it runs, and what of it waits for its turn is not invoked.</summary>
    public void Withdraw(ActivityFrame owner, CompiledNode child)
    {
        owner.Callbacks?.RemoveAll(callback => callback.ChildNodeId == child.NodeId);
        foreach (var frame in owner.Children.Where(frame => frame.Node == child).ToArray())
            Cancel(frame);
        for (var left = _queue.Count; left > 0; left--)
            if (_queue.Dequeue() is var item && !IsOf(item))
                _queue.Enqueue(item);

        bool IsOf(WorkItem item)
        {
            if (item.Owner == owner && item.Node == child)
                return true;
            for (var at = item.Owner; at is not null; at = at.Parent)
                if (at.Parent == owner && at.Node == child)
                    return true;
            return false;
        }
    }

    private void MarkCanceled(ActivityFrame frame)
    {
        frame.Status = ActivityStatus.Canceled;
        RemoveBookmarks(frame);
        frame.Callbacks = null;
        CancelStep(frame);
        CancelChildRuns(frame);
        State.Bookmarks.RemoveAll(bookmark => bookmark.ActivityNodeId == frame.NodeId);
        Log(frame, "Canceled");
    }

    private void SignalCanceled(ActivityFrame sender)
    {
        for (var receiver = sender; receiver is not null; receiver = receiver.Parent)
            receiver.Node.Behavior.DescendantCanceled(this, receiver, sender);
    }

    public void SignalBreak(ActivityFrame sender)
    {
        for (var receiver = sender; receiver is not null; receiver = receiver.Parent)
            if (receiver.Node.Behavior.Break(receiver))
                return;
    }

    public void SignalCompleteComposite(ActivityFrame sender, IReadOnlyList<string?> outcomes)
    {
        for (var receiver = sender; receiver is not null; receiver = receiver.Parent)
            if (receiver.Node.Behavior.CompleteComposite(this, receiver, sender, outcomes))
                return;
    }

    /// <summary>Elsa.Finish: nothing queued runs any more.</summary>
    public void Finish()
    {
        foreach (var frame in State.Frames)
            frame.Callbacks = null;
        _queue.Clear();
        State.Bookmarks.Clear();
        TransitionTo(RunSubStatus.Finished);
    }

    public void TransitionTo(RunSubStatus subStatus)
    {
        if (IsFinished)
            throw new ActivityFailure("Exception", $"Cannot transition from {State.SubStatus} to {subStatus}");
        State.SubStatus = subStatus;
    }

    public bool HasQueuedWork(ActivityFrame frame)
    {
        foreach (var item in _queue)
            for (var owner = item.Owner; owner is not null; owner = owner.Parent)
                if (owner == frame)
                    return true;
        return false;
    }

    public bool IsQueued(ActivityFrame owner, CompiledNode node)
    {
        foreach (var item in _queue)
            if (item.Owner == owner && item.Node == node)
                return true;
        return false;
    }

    public IExpressionScope ScopeOf(ActivityFrame frame, JsonObject? arguments = null)
    {
        _scope.Enter(frame, arguments);
        return _scope;
    }

    public IReadOnlyList<string>? TakeScriptOutcomes() => _scope.TakeOutcomes();

    private bool AwaitsInPlace(ActivityFrame frame) =>
        State.AwaitedStepId is { } awaited && State.Bookmarks.Exists(bookmark => bookmark.Id == awaited && bookmark.ActivityInstanceId == frame.Id);

    private bool IsBookmarked(ActivityFrame frame)
    {
        foreach (var bookmark in State.Bookmarks)
            if (bookmark.ActivityNodeId == frame.NodeId)
                return true;
        return false;
    }
}
