using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>
/// The front of everything that happens to runs. What a method here accepted is stored when it returns and will be processed, whatever crashes.
/// Every method throws <see cref="StoreUnavailableException"/> when the database cannot be used and, where it accepts something,
/// <see cref="InboxFullException"/> when too much waits already.
/// </summary>
internal sealed class Runs(Dispatcher dispatcher, TimeProvider time)
{
    private readonly IRunStore _store = dispatcher.Store;

    /// <summary>Accepts a new run. The same <paramref name="idempotencyKey"/> gives the same run, once.</summary>
    /// <param name="versionOptions">See <see cref="IDecider.ResolveAsync"/>.</param>
    /// <exception cref="KeyNotFoundException">There is no such definition or version.</exception>
    /// <exception cref="AlreadyRunningException">Its activation strategy allows no other run now.</exception>
    public async Task<RunId> StartAsync(string definitionId, string? versionOptions, RunEvent.Start start, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var run = RunId.New(time.GetUtcNow());
        return await AcceptStartAsync(run, definitionId, versionOptions, start, idempotencyKey, cancellationToken);
    }

    /// <summary>As <see cref="StartAsync"/>, and waits for the run to answer (<see cref="RunCommand.Respond"/>) or to finish; null where it finished without an answer. The run goes on when the wait is cancelled.</summary>
    public async Task<(RunId Run, RunResponse? Response)> StartAndWaitAsync(
        string definitionId, string? versionOptions, RunEvent.Start start, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var run = RunId.New(time.GetUtcNow());
        using var waiter = dispatcher.Waiting.For(run);
        var accepted = await AcceptStartAsync(run, definitionId, versionOptions, start, idempotencyKey, cancellationToken);
        if (accepted == run)
            return (run, await waiter.Response.Task.WaitAsync(cancellationToken));
        // A duplicate: its first delivery got the answer.
        await WaitForFinishAsync(accepted, cancellationToken);
        return (accepted, null);
    }

    /// <summary>Accepts an event for a run. Events of a run that is finished are ignored.</summary>
    public async Task SendAsync(RunId run, RunEvent happened, string? idempotencyKey, CancellationToken cancellationToken) =>
        await dispatcher.AcceptAsync([dispatcher.NewRow(InboxKind.Event, run, happened, null)], [null], idempotencyKey, cancellationToken);

    /// <summary>Elsa's stimulus: starts the runs whose trigger matches and resumes the bookmarks that match; kept ten minutes for a bookmark to come where neither does.</summary>
    public async Task<StimulusResult> SendStimulusAsync(Stimulus stimulus, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var (rows, payloads) = await dispatcher.MatchAsync(stimulus, own: true, cancellationToken);
        if (rows.Count == 0)
        {
            await dispatcher.AcceptAsync([dispatcher.NewRow(InboxKind.Stimulus, null, stimulus, null)], [null], idempotencyKey, cancellationToken);
            return new([], []);
        }

        if (rows.Exists(row => row.Activation is not null))
        {
            // Which of them start is known when they are stored, so it is stored first and shared out then.
            await dispatcher.AcceptAsync([dispatcher.NewRow(InboxKind.Stimulus, null, stimulus, null)], [null], idempotencyKey, cancellationToken);
            return new([], []);
        }

        if (!await dispatcher.AcceptAsync([.. rows], [.. payloads], idempotencyKey, cancellationToken))
            return new([], []);
        return new(
            [.. rows.Where(row => row.Kind == InboxKind.Start).Select(row => row.RunId!.Value)],
            [.. rows.Where(row => row.Kind == InboxKind.Event).Select(row => row.RunId!.Value)]);
    }

    /// <summary>As <see cref="SendStimulusAsync"/> for a run that waits for it, and waits for its answer; null where there is none by the limit, or when the run finished without one.</summary>
    /// <param name="limit">Null: does not wait.</param>
    public async Task<RunResponse?> ResumeAndWaitAsync(Stimulus stimulus, RunId run, string? idempotencyKey, TimeSpan? limit, CancellationToken cancellationToken)
    {
        using var waiter = dispatcher.Waiting.For(run);
        await SendStimulusAsync(stimulus, idempotencyKey, cancellationToken);
        if (limit is not { } longest)
            return null;
        try
        {
            return await waiter.Response.Task.WaitAsync(longest, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public Task<StimulusResult> PublishEventAsync(string eventName, string? correlationId, JsonNode? payload, CancellationToken cancellationToken) =>
        SendStimulusAsync(Stimulus.OfEvent(eventName, correlationId, payload), null, cancellationToken);

    /// <summary>Waits until the run is finished and answers its state; null when there is no such run.</summary>
    public async Task<RunState?> WaitForFinishAsync(RunId run, CancellationToken cancellationToken)
    {
        using var waiter = dispatcher.Waiting.For(run);
        while (true)
        {
            if (await StateAsync(run, cancellationToken) is { Status: RunStatus.Finished } state)
                return state;
            // Another node may be the one that finishes it: its end is only seen in the store.
            var finished = waiter.Finished.Task;
            if (await Task.WhenAny(finished, Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken)) == finished)
                return await finished;
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public Task<Page<RunSummary>> ListAsync(RunFilter filter, RunOrder order, bool descending, int skip, int take, CancellationToken cancellationToken) =>
        _store.ListAsync(filter, order, descending, skip, take, cancellationToken);

    /// <summary>Also a run that is accepted and not begun: as pending.</summary>
    public async Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(run, cancellationToken) is { } stored)
            return stored;
        if (await _store.PendingStartAsync(run, cancellationToken) is not { } row)
            return await _store.FindAsync(run, cancellationToken);
        var start = InboxJson.Read<StartPayload>(row.Payload);
        return new()
        {
            Id = run,
            DefinitionId = start.DefinitionId,
            DefinitionVersionId = start.Version?.VersionId ?? "",
            Version = start.Version?.Version ?? 0,
            Name = start.Start.Name,
            CorrelationId = start.Start.CorrelationId,
            ParentRunId = start.Start.ParentRunId,
            Status = RunStatus.Running,
            SubStatus = RunSubStatus.Pending,
            DryRun = start.Start.DryRun,
            CreatedAt = row.ReceivedAt,
            UpdatedAt = row.ReceivedAt,
        };
    }

    public async Task<RunState?> StateAsync(RunId run, CancellationToken cancellationToken) =>
        await _store.StateAsync(run, cancellationToken) is { } state ? dispatcher.Decider.Read(state) : null;

    public Task<Page<JournalEntry>> JournalAsync(RunId run, long afterSequence, int take, CancellationToken cancellationToken) =>
        _store.JournalAsync(run, afterSequence, take, cancellationToken);

    public Task<IReadOnlyList<StoredBookmark>> BookmarksAsync(RunId? run, string? name, string? hash, CancellationToken cancellationToken) =>
        _store.BookmarksAsync(run, name, hash, cancellationToken);

    public Task<RunCounts> CountsAsync(CancellationToken cancellationToken) => _store.CountsAsync(cancellationToken);

    /// <summary>Deletes those that are finished, with all that belongs to them; others are left (cancel them first). Answers how many.</summary>
    public Task<int> DeleteAsync(IReadOnlyList<RunId> runs, CancellationToken cancellationToken) => _store.DeleteAsync(runs, cancellationToken);

    /// <summary>Back into the inbox, with all its attempts before it; false when there is none of that id.</summary>
    public async Task<bool> RequeueDeadLetterAsync(string deadLetter, CancellationToken cancellationToken)
    {
        if (!await _store.RequeueDeadAsync(deadLetter, time.GetUtcNow(), cancellationToken))
            return false;
        dispatcher.Wake();
        return true;
    }

    /// <summary>Gives it up for good; false when there is none of that id.</summary>
    public Task<bool> DiscardDeadLetterAsync(string deadLetter, CancellationToken cancellationToken) => _store.DiscardDeadAsync(deadLetter, cancellationToken);

    public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(int take, CancellationToken cancellationToken) => _store.DeadLettersAsync(take, cancellationToken);

    /// <summary>Deletes finished runs older than that, in batches, but for the newest <paramref name="keep"/> of each definition. Answers how many.</summary>
    public async Task<int> PruneAsync(DateTimeOffset olderThan, int keep, PruneScope scope, CancellationToken cancellationToken)
    {
        var total = 0;
        while (await _store.PruneAsync(olderThan, keep, 500, scope, cancellationToken) is > 0 and var pruned)
            total += pruned;
        return total;
    }

    private async Task<RunId> AcceptStartAsync(RunId run, string definitionId, string? versionOptions, RunEvent.Start start, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var version = await dispatcher.Decider.ResolveAsync(definitionId, versionOptions, cancellationToken)
            ?? throw new KeyNotFoundException($"There is no definition '{definitionId}' ({versionOptions ?? "published"}) to start. Check the id, or publish it.");
        var payload = new StartPayload(definitionId, versionOptions, version, start);
        var row = dispatcher.NewRow(InboxKind.Start, run, payload, null, own: true) with { Activation = version.ActivationOf(start.CorrelationId) };
        if (await dispatcher.AcceptAsync([row], [payload], idempotencyKey, cancellationToken))
            return run;
        if (idempotencyKey is not null && await _store.AcceptedAsync(idempotencyKey, cancellationToken) is { } earlier)
            return earlier;
        throw row.Activation is { } held
            ? new AlreadyRunningException($"The workflow '{definitionId}' allows one run at a time ({version.Strategy}){(held.CorrelationId is null ? "" : $" for the correlation '{held.CorrelationId}'")}, and one is not finished. Nothing was accepted.")
            : new InvalidOperationException($"The idempotency key '{idempotencyKey}' was used for something that is not the start of a run. Use another key.");
    }
}

/// <param name="Name">"Elsa.Event", "Elsa.HttpEndpoint", ...</param>
/// <param name="Hash">As <see cref="Bookmark.Hash"/>.</param>
/// <param name="CorrelationId">Only bookmarks of that correlation; given to the runs that start.</param>
/// <param name="RunId">Only bookmarks of that run; nothing starts.</param>
internal sealed record Stimulus(
    string Name,
    string Hash,
    JsonNode? Input,
    string? CorrelationId = null,
    RunId? RunId = null,
    string? BookmarkId = null,
    string? ActivityInstanceId = null)
{
    public static Stimulus OfEvent(string eventName, string? correlationId, JsonNode? payload) =>
        new("Elsa.Event", BookmarkHash.OfEvent(eventName), payload, correlationId);
}

internal sealed record StimulusResult(IReadOnlyList<RunId> Started, IReadOnlyList<RunId> Resumed);
