using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Storage;

/// <summary>What others ask of runs, and forgetting them.</summary>
internal sealed partial class RunStore
{
    public const int MostCounted = 10_000;

    public Task<Page<RunSummary>> ListAsync(RunFilter filter, RunOrder order, bool descending, int skip, int take, CancellationToken cancellationToken) => ReadAsync(
        async (session, token) =>
        {
            var (where, parameters) = Where(filter);
            var column = order switch
            {
                RunOrder.Created => "created_at",
                RunOrder.Updated => "updated_at",
                RunOrder.Finished => "finished_at",
                RunOrder.Name => "name",
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            var direction = descending ? "DESC" : "ASC";
            parameters.Add("skip", skip);
            parameters.Add("take", take);
            // The keys of the page come from an index; the wide rows are read for one page only.
            var rows = await session.QueryAsync<RunRow>(
                $"SELECT {RunRow.Columns} FROM runs WHERE id IN (SELECT id FROM runs{where} ORDER BY {column} {direction}, id {direction} LIMIT @take OFFSET @skip) ORDER BY {column} {direction}, id {direction}",
                parameters, token);
            // Counting a million to show fifty would make every page as slow as the store is large.
            parameters.Add("most", Math.Max(MostCounted, skip + take) + 1);
            var total = await session.ScalarAsync<long>($"SELECT COUNT(*) FROM (SELECT 1 FROM runs{where} LIMIT @most) counted", parameters, token);
            return new Page<RunSummary>([.. rows.Select(row => row.Summary())], total);
        },
        cancellationToken);

    public Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken) => ReadAsync(
        async (session, token) => (await session.QueryFirstOrDefaultAsync<RunRow>($"SELECT {RunRow.Columns} FROM runs WHERE id = @run", new { run = run.Value }, token))?.Summary(),
        cancellationToken);

    public Task<byte[]?> StateAsync(RunId run, CancellationToken cancellationToken) => ReadAsync(
        (session, token) => session.QueryFirstOrDefaultAsync<byte[]>("SELECT state FROM runs WHERE id = @run", new { run = run.Value }, token), cancellationToken);

    public Task<Page<JournalEntry>> JournalAsync(RunId run, long afterSequence, int take, CancellationToken cancellationToken) => ReadAsync(
        async (session, token) =>
        {
            List<JournalEntry> entries = [];
            var rows = await session.QueryAsync<byte[]>(
                "SELECT body FROM journal WHERE run_id = @run AND first + entries > @afterSequence + 1 ORDER BY first LIMIT @take", new { run = run.Value, afterSequence, take }, token);
            foreach (var body in rows)
                entries.AddRange(JournalJson.Read(body).Where(entry => entry.Sequence > afterSequence));
            var total = await session.ScalarAsync<long?>("SELECT journal_count FROM runs WHERE id = @run", new { run = run.Value }, token);
            return new Page<JournalEntry>([.. entries.Take(take)], total ?? 0);
        },
        cancellationToken);

    public Task<IReadOnlyList<StoredBookmark>> BookmarksAsync(RunId? run, string? name, string? hash, CancellationToken cancellationToken) =>
        BookmarksAsync(run, name, hash, null, null, null, cancellationToken);

    public Task<IReadOnlyList<StoredBookmark>> MatchAsync(string? hash, string? correlationId, RunId? run, string? bookmarkId, string? activityInstanceId, CancellationToken cancellationToken) =>
        BookmarksAsync(run, null, hash, correlationId, bookmarkId, activityInstanceId, cancellationToken);

    public Task<IReadOnlyList<StoredStep>> StepsAsync(RunId run, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<StoredStep>>(
        async (session, token) => [.. (await session.QueryAsync<StepRow>($"SELECT {StepRow.Columns} FROM steps WHERE run_id = @run ORDER BY step_id, attempt", new { run = run.Value }, token)).Select(row => row.Step())],
        cancellationToken);

    public Task<RunCounts> CountsAsync(CancellationToken cancellationToken) => ReadAsync(
        async (session, token) =>
        {
            // Not what has ended: counting a million of those would make this as slow as the store is large.
            var open = (await session.QueryAsync<(string SubStatus, long Count)>(
                "SELECT sub_status, COUNT(*) FROM runs WHERE sub_status <> 'Finished' AND sub_status IN ('Pending', 'Executing', 'Interrupted', 'Suspended') GROUP BY sub_status", null, token)).ToList();
            var inbox = await session.ScalarAsync<long>("SELECT COUNT(*) FROM inbox WHERE due_at <= received_at", null, token);
            var dead = await session.ScalarAsync<long>("SELECT COUNT(*) FROM dead_letters", null, token);
            return new RunCounts(open.Where(row => row.SubStatus != "Suspended").Sum(row => row.Count), open.Where(row => row.SubStatus == "Suspended").Sum(row => row.Count), inbox, dead);
        },
        cancellationToken);

    public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(int take, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<DeadLetter>>(
        async (session, token) => [.. (await session.QueryAsync<DeadRow>(
            "SELECT id AS Id, run_id AS RunId, kind AS Kind, payload AS Payload, error AS Error, attempts AS Attempts, received_at AS ReceivedAt, died_at AS DiedAt FROM dead_letters ORDER BY died_at DESC, id LIMIT @take",
            new { take }, token)).Select(row => new DeadLetter(row.Id, row.RunId is null ? null : new RunId(row.RunId), row.Kind, Encoding.UTF8.GetString(row.Payload), row.Error, (int)row.Attempts, Time(row.ReceivedAt), Time(row.DiedAt)))],
        cancellationToken);

    public Task<int> DeleteAsync(IReadOnlyList<RunId> runs, CancellationToken cancellationToken) => WriteAsync(
        (session, token) => DeleteAsync(session, [.. runs.Select(run => run.Value)], token), cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset olderThan, int keep, int batch, PruneScope scope, CancellationToken cancellationToken) => WriteAsync(
        async (session, token) =>
        {
            var before = olderThan.ToUnixTimeMilliseconds();
            // The keep-th newest of its definition or newer stays: counted only for rows that are old enough to go.
            var ids = (await session.QueryAsync<string>(
                $"""
                SELECT id FROM runs r WHERE status = 'Finished' AND created_at < @before AND finished_at < @before
                {(scope switch
                {
                    PruneScope.Of => "AND definition_id = @only",
                    PruneScope.AllBut { DefinitionIds.Count: > 0 } => $"AND NOT ({In("definition_id", session.Dialect)})",
                    _ => "",
                })}
                {(keep > 0 ? "AND (SELECT COUNT(*) FROM (SELECT 1 FROM runs n WHERE n.definition_id = r.definition_id AND n.created_at > r.created_at LIMIT @keep) newer) >= @keep" : "")}
                ORDER BY created_at LIMIT @batch
                """,
                new { before, keep, batch, only = (scope as PruneScope.Of)?.DefinitionId, ids = (scope as PruneScope.AllBut)?.DefinitionIds.ToArray() ?? [] }, token)).ToList();
            if (scope is PruneScope.AllBut)
            {
                await session.ExecuteAsync("DELETE FROM accepted WHERE at < @before", new { before }, token);
                await session.ExecuteAsync(
                    """
                    DELETE FROM activations WHERE at < @before
                      AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.run_id = activations.run_id)
                      AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = activations.run_id AND runs.status = 'Running')
                    """,
                    new { before }, token);
            }

            return await DeleteAsync(session, ids, token);
        },
        cancellationToken);

    private static async Task<int> DeleteAsync(DatabaseSession session, List<string> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return 0;
        var finished = (await session.QueryAsync<string>($"SELECT id FROM runs WHERE status = 'Finished' AND {In("id", session.Dialect)}", new { ids }, cancellationToken)).ToList();
        if (finished.Count == 0)
            return 0;
        foreach (var table in (string[])["journal", "bookmarks", "steps"])
            await session.ExecuteAsync($"DELETE FROM {table} WHERE {In("run_id", session.Dialect)}", new { ids = finished }, cancellationToken);
        return await session.ExecuteAsync($"DELETE FROM runs WHERE {In("id", session.Dialect)}", new { ids = finished }, cancellationToken);
    }

    private static string In(string column, Dialect dialect) => dialect == Dialect.Postgres ? $"{column} = ANY(@ids)" : $"{column} IN @ids";

    private static (string Where, DynamicParameters Parameters) Where(RunFilter filter)
    {
        List<string> conditions = [];
        var parameters = new DynamicParameters();
        void OneOf(string column, IReadOnlyCollection<string> values)
        {
            if (values.Count == 0)
                return;
            var names = values.Select((value, index) =>
            {
                parameters.Add($"{column}{index}", value);
                return $"@{column}{index}";
            }).ToList();
            conditions.Add($"{column} IN ({string.Join(", ", names)})");
        }

        OneOf("id", filter.Ids);
        OneOf("definition_id", filter.DefinitionIds);
        OneOf("version_id", filter.DefinitionVersionIds);
        OneOf("correlation_id", filter.CorrelationIds);
        OneOf("parent_id", filter.ParentRunIds);
        OneOf("name", filter.Names);
        OneOf("status", [.. filter.Statuses.Select(Name)]);
        OneOf("sub_status", [.. filter.SubStatuses.Select(Name)]);
        if (filter.Version is { } version)
        {
            conditions.Add("version = @version");
            parameters.Add("version", version);
        }

        if (filter.HasIncidents is { } hasIncidents)
            conditions.Add(hasIncidents ? "incidents > 0" : "incidents = 0");
        if (!string.IsNullOrWhiteSpace(filter.Search))
        {
            conditions.Add(@"(LOWER(name) LIKE @search ESCAPE '\' OR id = @term OR correlation_id = @term OR definition_id = @term)");
            var term = filter.Search.Trim();
            parameters.Add("term", term);
            parameters.Add("search", $"%{term.ToLowerInvariant().Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_")}%");
        }

        foreach (var (time, index) in filter.Times.Select((time, index) => (time, index)))
        {
            var comparison = time.Comparison switch
            {
                Comparison.Is => "=",
                Comparison.IsNot => "<>",
                Comparison.Before => "<",
                Comparison.NotAfter => "<=",
                Comparison.After => ">",
                Comparison.NotBefore => ">=",
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            conditions.Add($"{time.Column.ToString().ToLowerInvariant()}_at {comparison} @time{index}");
            parameters.Add($"time{index}", time.Value.ToUnixTimeMilliseconds());
        }

        return (conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions), parameters);
    }

    private Task<IReadOnlyList<StoredBookmark>> BookmarksAsync(
        RunId? run, string? name, string? hash, string? correlationId, string? bookmarkId, string? activityInstanceId, CancellationToken cancellationToken)
    {
        List<string> conditions = ["1 = 1"];
        var parameters = new DynamicParameters();
        void Is(string column, string? value)
        {
            if (value is null)
                return;
            conditions.Add($"{column} = @{column}");
            parameters.Add(column, value);
        }

        Is("run_id", run?.Value);
        Is("name", name);
        Is("hash", hash);
        Is("correlation_id", correlationId);
        Is("id", bookmarkId);
        Is("activity_instance_id", activityInstanceId);
        return ReadAsync<IReadOnlyList<StoredBookmark>>(
            async (session, token) => [.. (await session.QueryAsync<BookmarkRow>(
                $"SELECT id AS Id, run_id AS RunId, name AS Name, hash AS Hash, correlation_id AS CorrelationId, activity_instance_id AS ActivityInstanceId, payload AS Payload, created_at AS CreatedAt FROM bookmarks WHERE {string.Join(" AND ", conditions)} ORDER BY run_id, id",
                parameters, token)).Select(row => row.Bookmark())],
            cancellationToken);
    }

    private sealed record BookmarkRow
    {
        public string Id { get; init; } = "";

        public string RunId { get; init; } = "";

        public string Name { get; init; } = "";

        public string Hash { get; init; } = "";

        public string? CorrelationId { get; init; }

        public string ActivityInstanceId { get; init; } = "";

        public string? Payload { get; init; }

        public long CreatedAt { get; init; }

        public StoredBookmark Bookmark() => new(Id, new(RunId), Name, Hash, CorrelationId, ActivityInstanceId, Payload is null ? null : JsonNode.Parse(Payload), Time(CreatedAt));
    }

    private sealed record DeadRow
    {
        public string Id { get; init; } = "";

        public string? RunId { get; init; }

        public string Kind { get; init; } = "";

        public byte[] Payload { get; init; } = [];

        public string Error { get; init; } = "";

        public long Attempts { get; init; }

        public long ReceivedAt { get; init; }

        public long DiedAt { get; init; }
    }

    private sealed record RunRow
    {
        public const string Columns = "id AS Id, definition_id AS DefinitionId, version_id AS VersionId, version AS Version, name AS Name, correlation_id AS CorrelationId, parent_id AS ParentId, status AS Status, sub_status AS SubStatus, incidents AS Incidents, dry_run AS DryRun, created_at AS CreatedAt, updated_at AS UpdatedAt, finished_at AS FinishedAt";

        public string Id { get; init; } = "";

        public string DefinitionId { get; init; } = "";

        public string VersionId { get; init; } = "";

        public long Version { get; init; }

        public string? Name { get; init; }

        public string? CorrelationId { get; init; }

        public string? ParentId { get; init; }

        public string Status { get; init; } = "";

        public string SubStatus { get; init; } = "";

        public long Incidents { get; init; }

        public long DryRun { get; init; }

        public long CreatedAt { get; init; }

        public long UpdatedAt { get; init; }

        public long? FinishedAt { get; init; }

        public long Fence { get; init; }

        public long Commits { get; init; }

        public long JournalCount { get; init; }

        public byte[]? State { get; init; }

        public RunSummary Summary() => new()
        {
            Id = new(Id),
            DefinitionId = DefinitionId,
            DefinitionVersionId = VersionId,
            Version = (int)Version,
            Name = Name,
            CorrelationId = CorrelationId,
            ParentRunId = ParentId is null ? null : new RunId(ParentId),
            Status = Enum.Parse<RunStatus>(Status),
            SubStatus = Enum.Parse<RunSubStatus>(SubStatus),
            IncidentCount = (int)Incidents,
            DryRun = DryRun == 1,
            CreatedAt = Time(CreatedAt),
            UpdatedAt = Time(UpdatedAt),
            FinishedAt = FinishedAt is { } finished ? Time(finished) : null,
        };
    }
}
