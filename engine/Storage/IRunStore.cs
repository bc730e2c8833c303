using Homelab.Engine.Runs;

namespace Homelab.Engine.Storage;

/// <summary>
/// All that the dispatcher stores of runs, in its own terms. Every method that changes something is one transaction.
/// Every method throws <see cref="StoreUnavailableException"/> when the database cannot be used.
/// </summary>
internal interface IRunStore : IAsyncDisposable
{
    /// <summary>
    /// Stores what was accepted. Stores nothing and answers false with a key that was accepted before, and for a single row whose <see cref="InboxRow.Activation"/> is held;
    /// of several rows those whose activation is held are left out.
    /// </summary>
    Task<bool> AcceptAsync(IReadOnlyList<InboxRow> rows, string? idempotencyKey, CancellationToken cancellationToken);

    /// <summary>The run that an idempotency key was accepted for.</summary>
    Task<RunId?> AcceptedAsync(string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>State, journal, consumed inbox rows, bookmarks, steps, used authorizations and new inbox rows, all or none.</summary>
    Task<CommitResult> CommitAsync(RunCommit commit, CancellationToken cancellationToken);

    /// <summary>Marks due inbox rows as this node's and answers them, oldest first. A row of a run that another node owns is left to it.</summary>
    Task<ClaimedWork> ClaimAsync(string owner, DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Takes a run that nobody else owns and answers what is stored of it; <see cref="Acquired.Missing"/> or <see cref="Acquired.Busy"/> otherwise.</summary>
    Task<Acquired> AcquireAsync(RunId run, string owner, CancellationToken cancellationToken);

    /// <summary>How far a run's commits got; null when there is no such run.</summary>
    Task<RunProgress?> ProgressAsync(RunId run, CancellationToken cancellationToken);

    /// <summary>Replaces one claimed inbox row by others and remembers unmatched stimuli; false when the row is not this node's any more.</summary>
    Task<bool> RouteAsync(InboxRow row, string owner, IReadOnlyList<InboxRow> rows, StoredStimulus? keep, CancellationToken cancellationToken);

    /// <summary>Gives claimed rows back; they are due again at that time.</summary>
    Task ReturnAsync(IReadOnlyList<string> inboxIds, string owner, DateTimeOffset dueAt, bool countAttempt, CancellationToken cancellationToken);

    /// <summary>Moves a row that cannot be processed aside, with the reason; <paramref name="instead"/> is accepted in its place (the parent of a run that cannot start is told).</summary>
    Task BuryAsync(InboxRow row, string owner, string error, DateTimeOffset now, IReadOnlyList<InboxRow> instead, CancellationToken cancellationToken);

    /// <summary>Moves a dead letter back into the inbox, due now; false when there is none of that id.</summary>
    Task<bool> RequeueDeadAsync(string deadLetter, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Deletes a dead letter; false when there is none of that id.</summary>
    Task<bool> DiscardDeadAsync(string deadLetter, CancellationToken cancellationToken);

    /// <summary>
    /// Calls <paramref name="wake"/> soon after a row came into the inbox that this node may take, wherever it was accepted; ends with the token. An extra: what it misses
    /// (a lost connection, a store without notifications) is found by looking.
    /// </summary>
    Task ListenAsync(Action wake, CancellationToken cancellationToken);

    /// <summary>Drops a claimed row that has nothing left to do (its run was deleted); false while the start of its run waits in the inbox.</summary>
    Task<bool> DropAsync(string inboxId, string owner, CancellationToken cancellationToken);

    /// <summary>Runs that nobody owns although a step of theirs is to be performed.</summary>
    Task<IReadOnlyList<RunId>> AbandonedAsync(int limit, CancellationToken cancellationToken);

    Task RegisterAsync(string node, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Says that the node lives; false when others took it for dead and its runs with it.</summary>
    Task<bool> BeatAsync(string node, CancellationToken cancellationToken);

    /// <summary>Each node with its last beat.</summary>
    Task<IReadOnlyDictionary<string, long>> NodesAsync(CancellationToken cancellationToken);

    /// <summary>Takes all runs and inbox rows from a node that died (only if it did not beat since) or that stops.</summary>
    /// <param name="lastBeat">Null: whatever its beat.</param>
    Task<bool> EvictAsync(string node, long? lastBeat, bool crashed, CancellationToken cancellationToken);

    /// <summary>Bookmarks that a stimulus resumes.</summary>
    Task<IReadOnlyList<StoredBookmark>> MatchAsync(string? hash, string? correlationId, RunId? run, string? bookmarkId, string? activityInstanceId, CancellationToken cancellationToken);

    /// <summary>Turns kept stimuli that match a bookmark by now back into inbox rows, and forgets those that expired. Answers how many came back.</summary>
    Task<int> RequeueStimuliAsync(IReadOnlyList<string>? hashes, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The total is exact up to <see cref="RunStore.MostCounted"/> or the end of the page that is asked for, whichever is more; beyond that it says only that there are more.</summary>
    Task<Page<RunSummary>> ListAsync(RunFilter filter, RunOrder order, bool descending, int skip, int take, CancellationToken cancellationToken);

    /// <summary>The accepted start of a run that nothing else is stored of.</summary>
    Task<InboxRow?> PendingStartAsync(RunId run, CancellationToken cancellationToken);

    Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken);

    Task<byte[]?> StateAsync(RunId run, CancellationToken cancellationToken);

    Task<Page<JournalEntry>> JournalAsync(RunId run, long afterSequence, int take, CancellationToken cancellationToken);

    Task<IReadOnlyList<StoredBookmark>> BookmarksAsync(RunId? run, string? name, string? hash, CancellationToken cancellationToken);

    Task<IReadOnlyList<StoredStep>> StepsAsync(RunId run, CancellationToken cancellationToken);

    Task<RunCounts> CountsAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(int take, CancellationToken cancellationToken);

    /// <summary>Deletes runs that are finished and all that belongs to them; others are left.</summary>
    Task<int> DeleteAsync(IReadOnlyList<RunId> runs, CancellationToken cancellationToken);

    /// <summary>One batch of finished runs older than that, but for the newest <paramref name="keep"/> of each definition. Zero when there are none left.</summary>
    Task<int> PruneAsync(DateTimeOffset olderThan, int keep, int batch, PruneScope scope, CancellationToken cancellationToken);
}

/// <summary>Whose runs a pruning looks at.</summary>
internal abstract record PruneScope
{
    private PruneScope()
    {
    }

    public sealed record Of(string DefinitionId) : PruneScope;

    /// <summary>Those that have no rule of their own, and the idempotency keys.</summary>
    public sealed record AllBut(IReadOnlyList<string> DefinitionIds) : PruneScope;
}

internal enum InboxKind
{
    Start,
    Event,
    Wake,
    Stimulus,
}

/// <summary>Something that was accepted and is not processed yet, or is due later.</summary>
internal sealed record InboxRow
{
    public required string Id { get; init; }

    public required InboxKind Kind { get; init; }

    public RunId? RunId { get; init; }

    public required byte[] Payload { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    /// <summary>How often processing it was interrupted or failed before.</summary>
    public int Attempts { get; init; }

    /// <summary>The node that accepted it to process it itself; null for whoever claims it.</summary>
    public string? Owner { get; init; }

    /// <summary>Of a start: stored only while nothing else holds it. Not stored itself.</summary>
    public Activation? Activation { get; init; }
}

/// <param name="NextDue">When the next row becomes due.</param>
internal sealed record ClaimedWork(IReadOnlyList<InboxRow> Rows, DateTimeOffset? NextDue);

internal enum CommitResult
{
    Committed,

    /// <summary>The run is not this node's any more; nothing was stored.</summary>
    Fenced,

    /// <summary>The run is, but an authorization could not be used; nothing was stored.</summary>
    AuthorizationSpent,
}

internal sealed record RunCommit
{
    public required string Owner { get; init; }

    public required RunSummary Run { get; init; }

    /// <summary>Null: as it is stored.</summary>
    public required byte[]? State { get; init; }

    /// <summary>There is no row of the run yet; the first of <see cref="Consumed"/> is its start.</summary>
    public required bool IsNew { get; init; }

    /// <summary>Counts the claims of the run.</summary>
    public required long Fence { get; init; }

    /// <summary>Counts the commits before this one.</summary>
    public required long Commits { get; init; }

    public required long JournalCount { get; init; }

    /// <summary>New entries; their sequences end at <see cref="JournalCount"/>.</summary>
    public IReadOnlyList<JournalEntry> Journal { get; init; } = [];

    public IReadOnlyList<string> Consumed { get; init; } = [];

    public IReadOnlyList<Bookmark> AddedBookmarks { get; init; } = [];

    public IReadOnlyList<string> RemovedBookmarks { get; init; } = [];

    public IReadOnlyList<StoredStep> Steps { get; init; } = [];

    /// <summary>Steps that ended and leave no trace but the journal's.</summary>
    public IReadOnlyList<(string StepId, int Attempt)> RemovedSteps { get; init; } = [];

    public IReadOnlyList<InboxRow> NewRows { get; init; } = [];

    public SqlStatement? Authorization { get; init; }

    /// <summary>Nothing is left to do here now: whoever gets the next event may have it.</summary>
    public required bool Release { get; init; }
}

internal sealed record RunProgress(long Fence, long Commits);

internal enum StepState
{
    /// <summary>To be performed; nothing was done that needs to be known.</summary>
    Scheduled,

    /// <summary>To be performed when its wake row is due.</summary>
    Later,

    /// <summary>About to be performed, or performed: without an outcome it is in doubt.</summary>
    Intent,

    Done,
    Cancelled,
}

internal sealed record StoredStep(RunId RunId, string StepId, int Attempt, StepState State, bool HasEffect, string IdempotencyKey, string? AuthorizationId, byte[] Perform, DateTimeOffset UpdatedAt);

internal sealed record StoredStimulus(string Id, string Name, string Hash, byte[] Payload, DateTimeOffset ExpiresAt);

internal abstract record Acquired
{
    private Acquired()
    {
    }

    public sealed record Taken(RunSummary Run, byte[] State, long Fence, long Commits, long JournalCount, IReadOnlyList<StoredStep> OpenSteps) : Acquired;

    public sealed record Missing : Acquired;

    /// <summary>Another node has it.</summary>
    public sealed record Busy : Acquired;
}
