using System.Data.Common;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Storage;

/// <summary>Writes of the dispatcher. The statements are the same for both databases; how a group of them is committed is <see cref="GroupWriter"/>'s.</summary>
internal sealed partial class RunStore(Database database) : IRunStore
{
    private const string InboxChannel = "homelab_inbox";

    private readonly GroupWriter _writer = GroupWriter.For(database);

    public async Task<bool> AcceptAsync(IReadOnlyList<InboxRow> rows, string? idempotencyKey, CancellationToken cancellationToken)
    {
        List<SqlStatement> inserts = new(rows.Count);
        foreach (var row in rows)
            inserts.AddRange(Accept(row));
        var guards = rows is [{ Activation: not null }] ? inserts.Count : 1;
        if (rows.Any(IsForAnybody))
            inserts.AddRange(Notice());
        if (idempotencyKey is null)
            return await _writer.WriteAsync(new(inserts[..guards], inserts[guards..]));
        var key = new SqlStatement(
            "INSERT INTO accepted (key, run_id, at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING",
            idempotencyKey, rows[0].RunId?.Value, rows[0].ReceivedAt.ToUnixTimeMilliseconds());
        return await _writer.WriteAsync(guards > 1 ? new([key, .. inserts[..guards]], inserts[guards..]) : new([key], inserts));
    }

    public async Task<CommitResult> CommitAsync(RunCommit commit, CancellationToken cancellationToken)
    {
        List<SqlStatement> guards = [];
        List<SqlStatement> rest = [];
        var run = commit.Run;
        var consumed = 0;
        if (commit.IsNew)
        {
            guards.Add(Consume(commit.Consumed[consumed++], commit.Owner));
            rest.Add(InsertRun(commit));
        }
        else
        {
            guards.Add(UpdateRun(commit));
        }

        if (commit.Authorization is { } authorization)
            guards.Add(authorization);
        for (; consumed < commit.Consumed.Count; consumed++)
            guards.Add(Consume(commit.Consumed[consumed], commit.Owner));
        if (commit.Journal.Count > 0)
        {
            rest.Add(new(
                "INSERT INTO journal (run_id, first, entries, body) VALUES ($1, $2, $3, $4)",
                run.Id.Value, commit.JournalCount - commit.Journal.Count + 1, (long)commit.Journal.Count, JournalJson.Write([.. commit.Journal])));
        }

        foreach (var id in commit.RemovedBookmarks)
            rest.Add(new("DELETE FROM bookmarks WHERE run_id = $1 AND id = $2", run.Id.Value, id));
        foreach (var bookmark in commit.AddedBookmarks)
        {
            rest.Add(new(
                "INSERT INTO bookmarks (run_id, id, name, hash, correlation_id, activity_instance_id, payload, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                run.Id.Value, bookmark.Id, bookmark.Name, bookmark.Hash, run.CorrelationId, bookmark.ActivityInstanceId,
                bookmark.Payload?.ToJsonString(), bookmark.CreatedAt.ToUnixTimeMilliseconds()));
        }

        foreach (var (stepId, attempt) in commit.RemovedSteps)
            rest.Add(new("DELETE FROM steps WHERE run_id = $1 AND step_id = $2 AND attempt = $3", run.Id.Value, stepId, (long)attempt));
        foreach (var step in commit.Steps)
        {
            rest.Add(new(
                """
                INSERT INTO steps (run_id, step_id, attempt, state, has_effect, idempotency_key, authorization_id, perform, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (run_id, step_id, attempt) DO UPDATE
                SET state = excluded.state, authorization_id = COALESCE(excluded.authorization_id, steps.authorization_id), updated_at = excluded.updated_at
                """,
                run.Id.Value, step.StepId, (long)step.Attempt, Name(step.State), step.HasEffect ? 1L : 0L, step.IdempotencyKey, step.AuthorizationId, step.Perform,
                step.UpdatedAt.ToUnixTimeMilliseconds()));
        }

        if (run.Status == RunStatus.Finished && !commit.IsNew)
        {
            // Its timers have nothing left to wake.
            rest.Add(new("DELETE FROM inbox WHERE run_id = $1 AND owner IS NULL AND due_at > $2", run.Id.Value, run.UpdatedAt.ToUnixTimeMilliseconds()));
        }

        foreach (var row in commit.NewRows)
            rest.Add(Insert(row));
        if (commit.NewRows.Any(IsForAnybody))
            rest.AddRange(Notice());
        if (await _writer.WriteAsync(new(guards, rest)))
            return CommitResult.Committed;
        if (commit.Authorization is null)
            return CommitResult.Fenced;
        var stored = await ReadAsync(
            (session, token) => session.QueryFirstOrDefaultAsync<FenceRow>("SELECT owner AS Owner, fence AS Fence, commits AS Commits FROM runs WHERE id = @id", new { id = run.Id.Value }, token),
            cancellationToken);
        return stored is not null && stored.Owner == commit.Owner && stored.Fence == commit.Fence && stored.Commits == commit.Commits
            ? CommitResult.AuthorizationSpent
            : CommitResult.Fenced;
    }

    public Task<bool> RouteAsync(InboxRow row, string owner, IReadOnlyList<InboxRow> rows, StoredStimulus? keep, CancellationToken cancellationToken)
    {
        List<SqlStatement> rest = [.. rows.SelectMany(Accept), .. rows.Any(IsForAnybody) ? Notice() : []];
        if (keep is not null)
        {
            rest.Add(new(
                "INSERT INTO stimuli (id, name, hash, payload, expires_at) VALUES ($1, $2, $3, $4, $5)",
                keep.Id, keep.Name, keep.Hash, keep.Payload, keep.ExpiresAt.ToUnixTimeMilliseconds()));
        }

        return _writer.WriteAsync(new([Consume(row.Id, owner)], rest));
    }

    public Task ReturnAsync(IReadOnlyList<string> inboxIds, string owner, DateTimeOffset dueAt, bool countAttempt, CancellationToken cancellationToken) => _writer.WriteAsync(new(
        [],
        [
            .. inboxIds.Select(id => new SqlStatement(
                "UPDATE inbox SET owner = NULL, due_at = $3, attempts = attempts + $4 WHERE id = $1 AND owner = $2",
                id, owner, dueAt.ToUnixTimeMilliseconds(), countAttempt ? 1L : 0L)),
            .. countAttempt ? [] : Notice(),
        ]));

    public Task BuryAsync(InboxRow row, string owner, string error, DateTimeOffset now, IReadOnlyList<InboxRow> instead, CancellationToken cancellationToken) => _writer.WriteAsync(new(
        [Consume(row.Id, owner)],
        [
            new(
                "INSERT INTO dead_letters (id, run_id, kind, payload, error, attempts, received_at, died_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                row.Id, row.RunId?.Value, Name(row.Kind), row.Payload, error, row.Attempts + 1L, row.ReceivedAt.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds()),
            .. instead.Select(Insert),
            .. instead.Count == 0 ? [] : Notice(),
        ]));

    public Task<bool> RequeueDeadAsync(string deadLetter, DateTimeOffset now, CancellationToken cancellationToken) => _writer.WriteAsync(new(
        [
            new(
                "INSERT INTO inbox (id, kind, run_id, payload, received_at, due_at, attempts, owner) SELECT id, kind, run_id, payload, received_at, $2, 0, NULL FROM dead_letters WHERE id = $1",
                deadLetter, now.ToUnixTimeMilliseconds()),
            new("DELETE FROM dead_letters WHERE id = $1", deadLetter),
        ],
        Notice()));

    public Task<bool> DiscardDeadAsync(string deadLetter, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new([new("DELETE FROM dead_letters WHERE id = $1", deadLetter)], []));

    public Task<bool> DropAsync(string inboxId, string owner, CancellationToken cancellationToken) => _writer.WriteAsync(new(
        [
            new(
                "DELETE FROM inbox WHERE id = $1 AND owner = $2 AND NOT EXISTS (SELECT 1 FROM inbox s WHERE s.run_id = inbox.run_id AND s.kind = 'start' AND s.id <> inbox.id)",
                inboxId, owner),
        ],
        []));

    public Task RegisterAsync(string node, DateTimeOffset now, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new([new("INSERT INTO nodes (id, beat, started_at) VALUES ($1, 1, $2)", node, now.ToUnixTimeMilliseconds())], []));

    public Task<bool> BeatAsync(string node, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new([new("UPDATE nodes SET beat = beat + 1 WHERE id = $1", node)], []));

    public Task<bool> EvictAsync(string node, long? lastBeat, bool crashed, CancellationToken cancellationToken) => _writer.WriteAsync(new(
        [lastBeat is { } beat ? new("DELETE FROM nodes WHERE id = $1 AND beat = $2", node, beat) : new("DELETE FROM nodes WHERE id = $1", node)],
        [
            new("UPDATE runs SET owner = NULL WHERE owner = $1", node),
            new("UPDATE inbox SET owner = NULL, attempts = attempts + $2 WHERE owner = $1", node, crashed ? 1L : 0L),
        ]));

    public async ValueTask DisposeAsync() => await _writer.DisposeAsync();

    /// <summary>Due, and of no node: another one may be the one that has its run.</summary>
    private static bool IsForAnybody(InboxRow row) => row.Owner is null && row.DueAt <= row.ReceivedAt;

    /// <summary>Sent with the commit. Not with rows that a node keeps for itself: notifications are committed one after the other, everywhere.</summary>
    private List<SqlStatement> Notice() => database.Dialect == Dialect.Postgres ? [new($"NOTIFY {InboxChannel}")] : [];

    private static SqlStatement Insert(InboxRow row) => new(
        "INSERT INTO inbox (id, kind, run_id, payload, received_at, due_at, attempts, owner) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        row.Id, Name(row.Kind), row.RunId?.Value, row.Payload, row.ReceivedAt.ToUnixTimeMilliseconds(), row.DueAt.ToUnixTimeMilliseconds(), (long)row.Attempts, row.Owner);

    private static SqlStatement Consume(string inboxId, string owner) => new("DELETE FROM inbox WHERE id = $1 AND owner = $2", inboxId, owner);

    private static SqlStatement InsertRun(RunCommit commit) => new(
        """
        INSERT INTO runs (id, definition_id, version_id, version, name, correlation_id, parent_id, status, sub_status, incidents, dry_run,
          created_at, updated_at, finished_at, owner, fence, commits, journal_count, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        """,
        commit.Run.Id.Value, commit.Run.DefinitionId, commit.Run.DefinitionVersionId, (long)commit.Run.Version, commit.Run.Name, commit.Run.CorrelationId,
        commit.Run.ParentRunId?.Value, Name(commit.Run.Status), Name(commit.Run.SubStatus), (long)commit.Run.IncidentCount, commit.Run.DryRun ? 1L : 0L,
        commit.Run.CreatedAt.ToUnixTimeMilliseconds(), commit.Run.UpdatedAt.ToUnixTimeMilliseconds(), commit.Run.FinishedAt?.ToUnixTimeMilliseconds(),
        commit.Release ? null : commit.Owner, commit.Fence, commit.Commits + 1, commit.JournalCount, commit.State);

    private static SqlStatement UpdateRun(RunCommit commit) => commit.State is null
        ? new(
            "UPDATE runs SET owner = $1, commits = commits + 1, journal_count = $2 WHERE id = $3 AND owner = $4 AND fence = $5 AND commits = $6",
            commit.Release ? null : commit.Owner, commit.JournalCount, commit.Run.Id.Value, commit.Owner, commit.Fence, commit.Commits)
        : new(
            """
            UPDATE runs SET name = $1, correlation_id = $2, status = $3, sub_status = $4, incidents = $5, updated_at = $6, finished_at = $7,
              owner = $8, commits = commits + 1, journal_count = $9, state = $10
            WHERE id = $11 AND owner = $12 AND fence = $13 AND commits = $14
            """,
            commit.Run.Name, commit.Run.CorrelationId, Name(commit.Run.Status), Name(commit.Run.SubStatus), (long)commit.Run.IncidentCount,
            commit.Run.UpdatedAt.ToUnixTimeMilliseconds(), commit.Run.FinishedAt?.ToUnixTimeMilliseconds(), commit.Release ? null : commit.Owner,
            commit.JournalCount, commit.State, commit.Run.Id.Value, commit.Owner, commit.Fence, commit.Commits);

    private static string Name(RunStatus status) => status == RunStatus.Running ? "Running" : "Finished";

    private static string Name(RunSubStatus status) => status switch
    {
        RunSubStatus.Pending => "Pending",
        RunSubStatus.Executing => "Executing",
        RunSubStatus.Suspended => "Suspended",
        RunSubStatus.Finished => "Finished",
        RunSubStatus.Cancelled => "Cancelled",
        RunSubStatus.Faulted => "Faulted",
        RunSubStatus.Interrupted => "Interrupted",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Name(InboxKind kind) => kind switch
    {
        InboxKind.Start => "start",
        InboxKind.Event => "event",
        InboxKind.Wake => "wake",
        InboxKind.Stimulus => "stimulus",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Name(StepState state) => state switch
    {
        StepState.Scheduled => "scheduled",
        StepState.Later => "later",
        StepState.Intent => "intent",
        StepState.Done => "done",
        StepState.Cancelled => "cancelled",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private Task<T> ReadAsync<T>(Func<DatabaseSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        GuardAsync(() => database.ReadAsync(session => work(session, cancellationToken), cancellationToken));

    private Task<T> WriteAsync<T>(Func<DatabaseSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        GuardAsync(() => database.WriteAsync(session => work(session, cancellationToken), cancellationToken));

    private static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (exception is DbException or IOException or TimeoutException)
        {
            throw new StoreUnavailableException($"The database cannot be used now: {exception.Message}", exception);
        }
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private sealed record FenceRow
    {
        public string? Owner { get; init; }

        public long Fence { get; init; }

        public long Commits { get; init; }
    }
}
