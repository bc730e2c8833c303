using System.Diagnostics;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>
/// One run while this node works on it: its mail is handled one at a time, so that events of a run never race.
/// Decides in memory, collects what must be stored, and stores it all in one commit.
/// </summary>
internal sealed partial class RunActor(RunId id, string owner, Dispatcher host)
{
    private readonly Lock _lock = new();
    private readonly Queue<RunMail> _mail = [];
    private bool _working;
    private bool _gone;
    private int _faults;

    // What is stored, as far as this node knows.
    private bool _loaded;
    private bool _exists;
    private bool _owned;
    private long _fence;
    private long _commits;
    private long _journalCount;
    private HashSet<string> _storedBookmarks = [];

    // What is in memory and goes into the next commit.
    private RunState? _state;
    private IRunLogic? _logic;
    private bool _changed;
    private bool _urgent;
    private bool _flushPending;
    private List<InboxRow> _consumed = [];
    private List<JournalEntry> _journal = [];
    private List<InboxRow> _newRows = [];
    private List<StoredStep> _steps = [];
    private List<(string, int)> _removedSteps = [];
    private List<Action> _afterCommit = [];
    private Dictionary<(string StepId, int Attempt), StepWork> _open = [];

    public RunId Id => id;

    public string Owner => owner;

    /// <summary>False when the actor has retired: ask the dispatcher for a new one.</summary>
    public bool Post(RunMail mail)
    {
        lock (_lock)
        {
            if (_gone)
                return false;
            _mail.Enqueue(mail);
            if (_working)
                return true;
            _working = true;
        }

        host.Schedule(this);
        return true;
    }

    /// <summary>The node lost the run, or dies: nothing more is done and nothing that comes back is wanted. Answers the inbox rows that it leaves behind.</summary>
    public List<InboxRow> Abandon()
    {
        List<InboxRow> left = [.. _consumed];
        lock (_lock)
        {
            _gone = true;
            left.AddRange(_mail.OfType<RunMail.Inbox>().Select(mail => mail.Row));
            _mail.Clear();
        }

        foreach (var step in _open.Values.ToList())
            step.Cancelled.Cancel();
        return left;
    }

    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            RunMail? mail;
            lock (_lock)
            {
                if (_gone)
                    return;
                _mail.TryDequeue(out mail);
            }

            if (mail is not null)
            {
                await HandleAsync(mail, cancellationToken);
                if (_urgent)
                    await CommitAsync(cancellationToken);
                continue;
            }

            if (_changed && !_open.Values.Any(IsActive))
            {
                await CommitAsync(cancellationToken);
                continue;
            }

            if (_changed && !_flushPending)
            {
                _flushPending = true;
                host.FlushLater(this);
            }

            if (_exists && _owned && !_changed && !_open.Values.Any(IsActive))
            {
                await CommitAsync(cancellationToken);
                continue;
            }

            lock (_lock)
            {
                if (_mail.Count > 0)
                    continue;
                _working = false;
                if (!_changed && !_open.Values.Any(IsActive))
                {
                    _gone = true;
                    host.Retire(this);
                }

                return;
            }
        }
    }

    private static bool IsActive(StepWork step) => step.State is StepState.Scheduled or StepState.Intent;

    private async Task HandleAsync(RunMail mail, CancellationToken cancellationToken)
    {
        switch (mail)
        {
            case RunMail.Inbox inbox:
                await HandleInboxAsync(inbox, cancellationToken);
                break;
            case RunMail.Report report:
                await HandleReportAsync(report, cancellationToken);
                break;
            case RunMail.Intent intent:
                await StoreIntentAsync(intent, cancellationToken);
                break;
            case RunMail.Flush:
                _flushPending = false;
                _urgent |= _changed;
                break;
            case RunMail.Recover:
                await LoadAsync(cancellationToken);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private async Task HandleInboxAsync(RunMail.Inbox mail, CancellationToken cancellationToken)
    {
        var row = mail.Row;
        if (_changed)
        {
            // What went before is stored on its own, so that a row that cannot be processed takes nothing with it.
            await CommitAsync(cancellationToken);
        }

        _consumed.Add(row);
        if (_gone)
        {
            host.LeaveBehind(Abandon());
            return;
        }

        try
        {
            if (row.Kind != InboxKind.Start || row.Attempts > 0)
            {
                if (!await LoadAsync(cancellationToken) || (row.Kind != InboxKind.Start && _state is null))
                {
                    // Another node has the run, or it was deleted.
                    _consumed.Remove(row);
                    await host.ForeignAsync(row, owner, missing: _loaded, cancellationToken);
                    return;
                }
            }

            host.Crash.Reach(3);
            _changed = true;
            switch (row.Kind)
            {
                case InboxKind.Start when _state is null:
                    await StartAsync(mail.Payload as StartPayload ?? InboxJson.Read<StartPayload>(row.Payload), row, cancellationToken);
                    break;
                case InboxKind.Start:
                    // Accepted twice (a child started again by a replay): the run is there already.
                    break;
                case InboxKind.Event:
                    await ApplyAsync(_logic!.Decide(_state!, mail.Payload as RunEvent ?? InboxJson.Read<RunEvent>(row.Payload), host.Now), cancellationToken);
                    break;
                case InboxKind.Wake:
                    var wake = mail.Payload as WakePayload ?? InboxJson.Read<WakePayload>(row.Payload);
                    if (_open.TryGetValue((wake.StepId, wake.Attempt), out var step) && step.State == StepState.Later)
                        await ScheduleAsync(step);
                    break;
                default:
                    throw new UnreachableException();
            }
        }
        catch (Exception exception) when (exception is not (StoreUnavailableException or OperationCanceledException or SimulatedCrashException))
        {
            await PoisonAsync(exception, cancellationToken);
        }
    }

    private async Task StartAsync(StartPayload payload, InboxRow row, CancellationToken cancellationToken)
    {
        var version = payload.Version
            ?? await host.Decider.ResolveAsync(payload.DefinitionId, payload.VersionOptions, cancellationToken)
            ?? throw new KeyNotFoundException($"There is no published definition '{payload.DefinitionId}' ({payload.VersionOptions ?? "published"}), so the run {id} cannot start. Publish it, then re-queue.");
        _logic = await host.Decider.LoadAsync(version.VersionId, cancellationToken);
        (_loaded, _fence) = (true, 1);
        // What was interrupted before is stored before its steps begin: a report that cannot be decided then faults the run, instead of starting it over.
        _urgent |= row.Attempts > 0;
        var decision = _logic.Start(id, payload.Start, host.Now);
        await ApplyAsync(decision, cancellationToken);
        if (row.Attempts > 0)
            Note("Recovered", $"The node that accepted this run was interrupted before it had stored anything of it ({row.Attempts} times): it starts from the beginning. Steps that only read may have been performed before.");
    }

    private async Task HandleReportAsync(RunMail.Report report, CancellationToken cancellationToken)
    {
        var step = report.Step;
        var key = (step.Perform.StepId, step.Perform.Attempt);
        if (!_open.TryGetValue(key, out var open) || !ReferenceEquals(open, step))
            return;
        host.Crash.Reach(9);
        _open.Remove(key);
        if (step.Stored && step.HasEffect)
            _steps.Add(step.Store(StepState.Done, null, host.Now));
        else if (step.Stored)
            _removedSteps.Add(key);
        _changed = true;
        // The outcome of an effect is stored at once: while it is not, a crash leaves the step in doubt.
        _urgent |= step.HasEffect;
        if (report.Note is { } note)
            Note(note.EventName, note.Message, step.Perform);
        try
        {
            await ApplyAsync(_logic!.Decide(_state!, new RunEvent.StepReported(key.StepId, key.Attempt, report.Outcome), host.Now), cancellationToken);
        }
        catch (Exception exception) when (exception is not (StoreUnavailableException or OperationCanceledException or SimulatedCrashException))
        {
            await PoisonAsync(exception, cancellationToken);
        }
    }

    private async Task ApplyAsync(Decision decision, CancellationToken cancellationToken)
    {
        _state = decision.State;
        _journal.AddRange(decision.Journal);
        List<RunCommand.Perform>? performs = null;
        foreach (var command in decision.Commands)
        {
            switch (command)
            {
                case RunCommand.Perform perform:
                    (performs ??= []).Add(perform);
                    break;
                case RunCommand.PerformLater later:
                    var waiting = host.Step(id, later.Step);
                    waiting.State = StepState.Later;
                    _open[(later.Step.StepId, later.Step.Attempt)] = waiting;
                    _newRows.Add(host.NewRow(InboxKind.Wake, id, new WakePayload(later.Step.StepId, later.Step.Attempt), later.DueAt));
                    break;
                case RunCommand.ScheduleResume resume:
                    _newRows.Add(host.NewRow(InboxKind.Event, id, (RunEvent)new RunEvent.Resume(resume.BookmarkId), resume.DueAt));
                    break;
                case RunCommand.StartRun start:
                    _newRows.Add(host.NewRow(InboxKind.Start, start.ChildRunId, new StartPayload(start.DefinitionId, start.VersionOptions, null, start.Start), null));
                    break;
                case RunCommand.ResumeParent parent:
                    _newRows.Add(host.NewRow(InboxKind.Event, parent.ParentRunId, (RunEvent)new RunEvent.Resume(parent.BookmarkId, parent.Result), null));
                    break;
                case RunCommand.PublishEvent published:
                    var stimulus = Stimulus.OfEvent(published.EventName, published.CorrelationId, published.Payload);
                    _newRows.Add(host.NewRow(InboxKind.Stimulus, null, published.LocalOnly ? stimulus with { RunId = id } : stimulus, null));
                    break;
                case RunCommand.CancelRun cancel:
                    _newRows.Add(host.NewRow(InboxKind.Event, cancel.Run, (RunEvent)new RunEvent.Cancel(cancel.Reason), null));
                    break;
                case RunCommand.RunTask task:
                    _afterCommit.Add(() => host.Announce(id, task));
                    break;
                case RunCommand.Respond respond:
                    _afterCommit.Add(() => host.Waiting.Respond(id, new(respond.StatusCode, respond.ContentType, respond.Body, respond.Headers)));
                    break;
                case RunCommand.CancelStep cancel:
                    Drop(cancel.StepId);
                    break;
                default:
                    throw new UnreachableException();
            }

            _urgent |= command is not RunCommand.Perform;
        }

        _urgent |= _state.Status == RunStatus.Finished || _state.Bookmarks.Count != _storedBookmarks.Count;
        if (_state.Status == RunStatus.Finished)
        {
            foreach (var stepId in _open.Keys.Select(key => key.StepId).Distinct().ToList())
                Drop(stepId);
        }

        foreach (var perform in performs ?? [])
        {
            var step = host.Step(id, perform);
            _open[(perform.StepId, perform.Attempt)] = step;
            await ScheduleAsync(step);
        }
    }

    /// <summary>A step that only reads starts at once; one with an effect when it is stored that it is to be done.</summary>
    private Task ScheduleAsync(StepWork step)
    {
        step.State = StepState.Scheduled;
        if (step.HasEffect || _urgent)
        {
            _urgent |= step.HasEffect;
            if (step.Stored)
                _steps.Add(step.Store(StepState.Scheduled, null, host.Now));
            _afterCommit.Add(() => Begin(step));
        }
        else
        {
            if (step.Stored)
                _steps.Add(step.Store(StepState.Scheduled, null, host.Now));
            Begin(step);
        }

        return Task.CompletedTask;
    }

    private void Begin(StepWork step)
    {
        if (step.Started)
            return;
        step.Started = true;
        var state = _state!;
        host.Begin(this, step, state.DefinitionId, state.DefinitionVersionId, state.CorrelationId);
    }

    private void Drop(string stepId)
    {
        foreach (var (key, step) in _open.Where(pair => pair.Key.StepId == stepId).ToList())
        {
            _open.Remove(key);
            step.Cancelled.Cancel();
            if (!step.Stored)
                continue;
            if (step.State == StepState.Intent)
            {
                _steps.Add(step.Store(StepState.Cancelled, null, host.Now));
                Note("Cancelled", "Cancelled while it was being performed: it may have happened.", step.Perform);
            }
            else
            {
                _removedSteps.Add(key);
            }
        }
    }

    private void Note(string eventName, string message, RunCommand.Perform? perform = null) => _journal.Add(new()
    {
        // Numbered with those of the run's own: the state counts all of them.
        Sequence = ++_state!.Sequence,
        Timestamp = host.Now,
        ActivityInstanceId = perform?.StepId ?? id.Value,
        ActivityId = perform?.ActivityId ?? "",
        ActivityNodeId = perform?.ActivityId ?? "",
        ActivityType = perform?.ActivityType ?? "",
        EventName = eventName,
        Message = message,
    });
}
