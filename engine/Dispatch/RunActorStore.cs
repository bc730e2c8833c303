using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>How an actor and the store keep in step.</summary>
internal sealed partial class RunActor
{
    /// <summary>Makes sure that this node owns the run and that memory is what is stored. False when another node has it; a run that is missing leaves the state null.</summary>
    /// <param name="toWork">False: only to write down how it ended; nothing that was open is begun.</param>
    private async Task<bool> LoadAsync(CancellationToken cancellationToken, bool toWork = true)
    {
        if (_loaded && (_owned || _state is null || _changed))
            return true;
        host.Crash.Reach(11);
        var acquired = await host.InsistAsync(token => host.Store.AcquireAsync(id, owner, token), cancellationToken);
        if (acquired is Acquired.Busy)
        {
            _loaded = false;
            return false;
        }

        if (acquired is not Acquired.Taken taken)
        {
            (_loaded, _exists, _state) = (true, false, null);
            return true;
        }

        (_owned, _exists, _fence) = (true, true, taken.Fence);
        if (_loaded && _commits == taken.Commits)
            return true;
        var inFlight = _open;
        (_loaded, _commits, _journalCount) = (true, taken.Commits, taken.JournalCount);
        _state = host.Decider.Read(taken.State);
        // An intent is stored without the state, but with its journal.
        _state.Sequence = taken.JournalCount;
        if (toWork)
            _logic = await host.Decider.LoadAsync(taken.Run.DefinitionVersionId, cancellationToken);
        _storedBookmarks = [.. _state.Bookmarks.Select(bookmark => bookmark.Id)];
        _open = [];
        foreach (var stored in taken.OpenSteps)
        {
            var key = (stored.StepId, stored.Attempt);
            if (inFlight.TryGetValue(key, out var flying) && flying.Started && flying.Stored)
            {
                _open[key] = flying;
                continue;
            }

            var step = new StepWork(id, InboxJson.Read<RunCommand.Perform>(stored.Perform), host.Invoker(stored.Perform)) { HasEffect = stored.HasEffect, State = stored.State, Stored = true };
            _open[key] = step;
            if (!toWork)
                continue;
            if (stored.State == StepState.Scheduled)
            {
                if (!stored.HasEffect)
                    Note("Recovered", "Its node was interrupted while this step, which only reads, was to be performed: it is performed now, perhaps again.", step.Perform);
                _changed |= !stored.HasEffect;
                Begin(step);
            }
            else if (stored.State == StepState.Intent)
            {
                step.Started = true;
                host.Settle(this, step, _state.DefinitionId, _state.DefinitionVersionId, _state.CorrelationId);
            }
        }

        return true;
    }

    private async Task StoreIntentAsync(RunMail.Intent mail, CancellationToken cancellationToken)
    {
        var step = mail.Step;
        var key = (step.Perform.StepId, step.Perform.Attempt);
        if (!_open.TryGetValue(key, out var open) || !ReferenceEquals(open, step))
            return;
        if (_changed)
        {
            // What is collected already must not be lost to an authorization that cannot be used.
            await CommitAsync(cancellationToken);
            if (!_open.TryGetValue(key, out open) || !ReferenceEquals(open, step))
                return;
        }

        if (mail.Note is { } note)
            Note(note.EventName, note.Message, step.Perform);
        host.Crash.Reach(6);
        _steps.Add(step.Store(StepState.Intent, mail.Use?.AuthorizationId, host.Now));
        step.State = StepState.Intent;
        if (await CommitAsync(cancellationToken, mail.Use?.Consume) == CommitResult.AuthorizationSpent)
        {
            step.State = StepState.Scheduled;
            Post(new RunMail.Report(step, new StepOutcome.Refused($"The authorization {mail.Use!.AuthorizationId} of step {step.Perform.StepId} was used already, has expired or was withdrawn; ask again.")));
        }
        else if (_open.ContainsKey(key))
        {
            host.Crash.Reach(7);
            host.Perform(this, step);
        }
    }

    /// <summary>Stores everything collected, insisting while the database is away. Afterwards, what had to wait for it happens.</summary>
    private async Task<CommitResult> CommitAsync(CancellationToken cancellationToken, SqlStatement? authorization = null)
    {
        var state = _state!;
        foreach (var step in _open.Values.Where(step => !step.Stored))
            _steps.Add(step.Store(step.State, null, host.Now));
        var bookmarks = state.Bookmarks;
        var added = bookmarks.Where(bookmark => !_storedBookmarks.Contains(bookmark.Id)).ToList();
        var removed = _storedBookmarks.Count == 0 ? [] : _storedBookmarks.Except(bookmarks.Select(bookmark => bookmark.Id)).ToList();
        bool release;
        lock (_lock)
            release = _mail.Count == 0 && !_open.Values.Any(IsActive);
        var commit = new RunCommit
        {
            Owner = owner,
            Run = Summary(state),
            State = _changed || !_exists ? host.Decider.Write(state) : null,
            IsNew = !_exists,
            Fence = _fence,
            Commits = _commits,
            JournalCount = _journalCount + _journal.Count,
            Journal = _journal,
            Consumed = [.. _consumed.Select(row => row.Id)],
            AddedBookmarks = added,
            RemovedBookmarks = removed,
            Steps = _steps,
            RemovedSteps = _removedSteps,
            NewRows = _newRows,
            Authorization = authorization,
            Release = release,
        };
        host.Crash.Reach(4);
        CommitResult result;
        try
        {
            result = await InsistOnCommitAsync(commit, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or SimulatedCrashException))
        {
            await PoisonAsync(exception, cancellationToken);
            return CommitResult.Fenced;
        }

        if (result == CommitResult.AuthorizationSpent)
        {
            (_steps, _journal) = ([], []);
            state.Sequence = _journalCount;
            return result;
        }

        if (result == CommitResult.Fenced)
        {
            Log.Fenced(host.Logger, id.Value, owner);
            host.LeaveBehind(Abandon());
            host.Retire(this);
            return result;
        }

        host.Crash.Reach(5);
        (_exists, _owned, _commits, _journalCount, _changed, _urgent) = (true, !release, _commits + 1, commit.JournalCount, false, false);
        _storedBookmarks = [.. bookmarks.Select(bookmark => bookmark.Id)];
        foreach (var step in _open.Values)
            step.Stored = true;
        var after = _afterCommit;
        (_consumed, _journal, _newRows, _steps, _removedSteps, _afterCommit) = ([], [], [], [], [], []);
        host.Committed(commit, added, state);
        foreach (var action in after)
            action();
        if (state.Status == RunStatus.Finished)
            host.Waiting.Finish(id, state);
        host.Crash.Reach(10);
        return result;
    }

    /// <summary>A commit whose answer was lost with the connection may have happened: the counters tell.</summary>
    private async Task<CommitResult> InsistOnCommitAsync(RunCommit commit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await host.Store.CommitAsync(commit, cancellationToken);
                if (attempt == 1 || result != CommitResult.Fenced)
                    return result;
                return await host.Store.ProgressAsync(id, cancellationToken) == new RunProgress(commit.Fence, commit.Commits + 1) ? CommitResult.Committed : result;
            }
            catch (StoreUnavailableException exception)
            {
                await host.BackOffAsync(attempt, exception, cancellationToken);
            }
        }
    }

    /// <summary>Deciding failed: memory is worthless now. What was being processed is tried again later, and put aside after the last attempt.</summary>
    private async Task PoisonAsync(Exception exception, CancellationToken cancellationToken)
    {
        var rows = _consumed;
        Log.Poisoned(host.Logger, id.Value, rows.Count, exception);
        (_consumed, _journal, _newRows, _steps, _removedSteps, _afterCommit) = ([], [], [], [], [], []);
        (_loaded, _changed, _urgent, _state) = (false, false, false, null);
        foreach (var step in _open.Values.Where(step => !step.Stored))
            step.Cancelled.Cancel();
        if (!_exists)
            _open = [];
        _owned = false;
        _commits = -1;
        foreach (var row in rows)
            await host.FailAsync(row, owner, exception, cancellationToken);
        if (!_exists)
            return;
        // Its steps are still to be performed. Where it is a step's own outcome that cannot be decided, trying for ever would perform it for ever.
        if (rows.Count > 0 || ++_faults < host.MaxAttempts)
            Post(new RunMail.Recover());
        else if (_faults == host.MaxAttempts)
            await GiveUpAsync(exception, cancellationToken);
    }

    /// <summary>The run ends faulted, with the reason as its incident; a person corrects what was wrong and retries it.</summary>
    private async Task GiveUpAsync(Exception exception, CancellationToken cancellationToken)
    {
        _open = [];
        if (!await LoadAsync(cancellationToken, toWork: false) || _state is null)
            return;
        Log.GivenUp(host.Logger, id.Value, host.MaxAttempts, exception);
        _changed = true;
        await ApplyAsync(
            Homelab.Engine.Runs.Decider.GiveUp(
                _state, exception.GetType().Name, $"What came of a step could not be decided in {host.MaxAttempts} attempts: {exception.Message} Correct the workflow, look whether the step happened, and retry.", host.Now),
            cancellationToken);
    }

    private static RunSummary Summary(RunState state) => new()
    {
        Id = state.Id,
        DefinitionId = state.DefinitionId,
        DefinitionVersionId = state.DefinitionVersionId,
        Version = state.DefinitionVersion,
        Name = state.Name,
        CorrelationId = state.CorrelationId,
        ParentRunId = state.ParentRunId,
        Status = state.Status,
        SubStatus = state.SubStatus,
        IncidentCount = state.Incidents.Count,
        DryRun = state.DryRun,
        CreatedAt = state.CreatedAt,
        UpdatedAt = state.UpdatedAt,
        FinishedAt = state.Status == RunStatus.Finished ? state.FinishedAt ?? state.UpdatedAt : null,
    };

    private static partial class Log
    {
        [LoggerMessage(101, LogLevel.Warning, "Run {RunId} was not committed: it is not {Node}'s any more.")]
        public static partial void Fenced(ILogger logger, string runId, string node);

        [LoggerMessage(103, LogLevel.Error, "Run {RunId} is faulted: what came of a step could not be decided in {Attempts} attempts.")]
        public static partial void GivenUp(ILogger logger, string runId, int attempts, Exception exception);

        [LoggerMessage(102, LogLevel.Error, "Run {RunId} could not be decided; {Rows} inbox rows will be tried again or put aside.")]
        public static partial void Poisoned(ILogger logger, string runId, int rows, Exception exception);
    }
}
