using Homelab.Engine.Runs;

namespace Homelab.Engine.Storage;

/// <summary>How a node gets at work that it did not accept itself.</summary>
internal sealed partial class RunStore
{
    public Task<ClaimedWork> ClaimAsync(string owner, DateTimeOffset now, int limit, CancellationToken cancellationToken) => ReadOrWriteClaimAsync(owner, now, limit, cancellationToken);

    public Task<Acquired> AcquireAsync(RunId run, string owner, CancellationToken cancellationToken) => WriteAsync<Acquired>(
        async (session, token) =>
        {
            var taken = await session.ExecuteAsync(
                "UPDATE runs SET owner = @owner, fence = fence + 1 WHERE id = @run AND (owner IS NULL OR owner = @owner) AND EXISTS (SELECT 1 FROM nodes WHERE id = @owner)",
                new { owner, run = run.Value }, token);
            if (taken == 0)
            {
                return await session.ScalarAsync<long>("SELECT COUNT(*) FROM runs WHERE id = @run", new { run = run.Value }, token) == 0
                    ? new Acquired.Missing()
                    : new Acquired.Busy();
            }

            var row = await session.QueryFirstOrDefaultAsync<RunRow>($"SELECT {RunRow.Columns}, fence AS Fence, commits AS Commits, journal_count AS JournalCount, state AS State FROM runs WHERE id = @run", new { run = run.Value }, token);
            var steps = await session.QueryAsync<StepRow>($"SELECT {StepRow.Columns} FROM steps WHERE run_id = @run AND state IN ('scheduled', 'later', 'intent') ORDER BY step_id, attempt", new { run = run.Value }, token);
            return new Acquired.Taken(row!.Summary(), row.State!, row.Fence, row.Commits, row.JournalCount, [.. steps.Select(step => step.Step())]);
        },
        cancellationToken);

    public Task<InboxRow?> PendingStartAsync(RunId run, CancellationToken cancellationToken) => ReadAsync(
        async (session, token) => (await session.QueryFirstOrDefaultAsync<InboxSqlRow>(
            "SELECT id AS Id, kind AS Kind, run_id AS RunId, payload AS Payload, received_at AS ReceivedAt, due_at AS DueAt, attempts AS Attempts FROM inbox WHERE run_id = @run AND kind = 'start'",
            new { run = run.Value }, token))?.Row(null),
        cancellationToken);

    public Task<RunProgress?> ProgressAsync(RunId run, CancellationToken cancellationToken) => ReadAsync<RunProgress?>(
        async (session, token) => await session.QueryFirstOrDefaultAsync<FenceRow>("SELECT owner AS Owner, fence AS Fence, commits AS Commits FROM runs WHERE id = @run", new { run = run.Value }, token) is { } row
            ? new RunProgress(row.Fence, row.Commits)
            : null,
        cancellationToken);

    public Task<RunId?> AcceptedAsync(string idempotencyKey, CancellationToken cancellationToken) => ReadAsync<RunId?>(
        async (session, token) =>
            await session.QueryFirstOrDefaultAsync<string>("SELECT run_id FROM accepted WHERE key = @idempotencyKey", new { idempotencyKey }, token) is { } id ? new RunId(id) : null,
        cancellationToken);

    public Task<IReadOnlyList<RunId>> AbandonedAsync(int limit, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<RunId>>(
        async (session, token) => [.. (await session.QueryAsync<string>(
            "SELECT DISTINCT steps.run_id FROM steps JOIN runs ON runs.id = steps.run_id WHERE steps.state IN ('scheduled', 'intent') AND runs.owner IS NULL LIMIT @limit",
            new { limit }, token)).Select(id => new RunId(id))],
        cancellationToken);

    public Task<IReadOnlyDictionary<string, long>> NodesAsync(CancellationToken cancellationToken) => ReadAsync<IReadOnlyDictionary<string, long>>(
        async (session, token) => (await session.QueryAsync<(string Id, long Beat)>("SELECT id, beat FROM nodes", null, token)).ToDictionary(node => node.Id, node => node.Beat),
        cancellationToken);

    public Task<int> RequeueStimuliAsync(IReadOnlyList<string>? hashes, DateTimeOffset now, CancellationToken cancellationToken) => WriteAsync(
        async (session, token) =>
        {
            var at = now.ToUnixTimeMilliseconds();
            await session.ExecuteAsync("DELETE FROM stimuli WHERE expires_at <= @at", new { at }, token);
            var lockRows = session.Dialect == Dialect.Postgres ? " FOR UPDATE SKIP LOCKED" : "";
            var rows = (await session.QueryAsync<StimulusRow>(
                "SELECT id AS Id, payload AS Payload FROM stimuli WHERE EXISTS (SELECT 1 FROM bookmarks WHERE bookmarks.hash = stimuli.hash)" + (hashes is null ? "" : $" AND {In("hash", session.Dialect)}") + lockRows,
                new { ids = hashes }, token)).ToList();
            foreach (var row in rows)
            {
                await session.ExecuteAsync("DELETE FROM stimuli WHERE id = @Id", new { row.Id }, token);
                await session.ExecuteAsync(
                    "INSERT INTO inbox (id, kind, run_id, payload, received_at, due_at, attempts, owner) VALUES (@Id, 'stimulus', NULL, @Payload, @at, @at, 0, NULL)",
                    new { row.Id, row.Payload, at }, token);
            }

            return rows.Count;
        },
        cancellationToken);

    private async Task<ClaimedWork> ReadOrWriteClaimAsync(string owner, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var at = now.ToUnixTimeMilliseconds();
        // Most polls find nothing: a read does not wait for the writer nor for the disk.
        var next = await ReadAsync((session, token) => session.ScalarAsync<long?>("SELECT MIN(due_at) FROM inbox WHERE owner IS NULL", null, token), cancellationToken);
        if (next is null || next > at)
            return new([], next is { } time ? Time(time) : null);
        return await WriteAsync(
            async (session, token) =>
            {
                var skipLocked = session.Dialect == Dialect.Postgres ? " FOR UPDATE SKIP LOCKED" : "";
                var rows = (await session.QueryAsync<InboxSqlRow>(
                    $"""
                    UPDATE inbox SET owner = @owner WHERE id IN (
                      SELECT i.id FROM inbox i
                      WHERE i.owner IS NULL AND i.due_at <= @at AND EXISTS (SELECT 1 FROM nodes WHERE id = @owner)
                        AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = i.run_id AND r.owner IS NOT NULL AND r.owner <> @owner)
                        AND (i.kind = 'start' OR NOT EXISTS (SELECT 1 FROM inbox s WHERE s.run_id = i.run_id AND s.kind = 'start' AND (s.owner IS NULL OR s.owner <> @owner)))
                      ORDER BY i.due_at, i.id LIMIT @limit{skipLocked})
                    RETURNING id AS Id, kind AS Kind, run_id AS RunId, payload AS Payload, received_at AS ReceivedAt, due_at AS DueAt, attempts AS Attempts
                    """,
                    new { owner, at, limit }, token)).Select(row => row.Row(owner)).OrderBy(row => row.DueAt).ThenBy(row => row.Id, StringComparer.Ordinal).ToList();
                var later = await session.ScalarAsync<long?>("SELECT MIN(due_at) FROM inbox WHERE owner IS NULL AND due_at > @at", new { at }, token);
                return new ClaimedWork(rows, rows.Count == limit ? now : later is { } time ? Time(time) : null);
            },
            cancellationToken);
    }

    private sealed record InboxSqlRow
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string? RunId { get; init; }

        public byte[] Payload { get; init; } = [];

        public long ReceivedAt { get; init; }

        public long DueAt { get; init; }

        public long Attempts { get; init; }

        public InboxRow Row(string? owner) => new()
        {
            Id = Id,
            Kind = Enum.Parse<InboxKind>(Kind, ignoreCase: true),
            RunId = RunId is null ? null : new RunId(RunId),
            Payload = Payload,
            ReceivedAt = Time(ReceivedAt),
            DueAt = Time(DueAt),
            Attempts = (int)Attempts,
            Owner = owner,
        };
    }

    private sealed record StimulusRow
    {
        public string Id { get; init; } = "";

        public byte[] Payload { get; init; } = [];
    }

    private sealed record StepRow
    {
        public const string Columns = "run_id AS RunId, step_id AS StepId, attempt AS Attempt, state AS State, has_effect AS HasEffect, idempotency_key AS IdempotencyKey, authorization_id AS AuthorizationId, perform AS Perform, updated_at AS UpdatedAt";

        public string RunId { get; init; } = "";

        public string StepId { get; init; } = "";

        public long Attempt { get; init; }

        public string State { get; init; } = "";

        public long HasEffect { get; init; }

        public string IdempotencyKey { get; init; } = "";

        public string? AuthorizationId { get; init; }

        public byte[] Perform { get; init; } = [];

        public long UpdatedAt { get; init; }

        public StoredStep Step() => new(new(RunId), StepId, (int)Attempt, Enum.Parse<StepState>(State, ignoreCase: true), HasEffect == 1, IdempotencyKey, AuthorizationId, Perform, Time(UpdatedAt));
    }
}
