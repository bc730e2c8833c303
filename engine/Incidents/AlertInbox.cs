using System.Globalization;
using System.Text.Json;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>What was accepted and is not correlated yet. A delivery is stored when <see cref="AddAsync"/> returns, many of them by one wait for the disk; nothing of it is held in memory after.</summary>
internal sealed class AlertInbox(Database database, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Deliveries that may wait; more are refused, and senders try again.</summary>
    public const int Most = 100_000;

    private readonly GroupWriter _writer = GroupWriter.For(database);
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private long _count;
    private long _waiting;

    /// <summary>About how many wait, over all nodes.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    /// <exception cref="InboxFullException">Nothing was accepted.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was accepted.</exception>
    public async Task AddAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Alerts.Count == 0 && delivery.Missing is null)
            return;
        if (Waiting >= Most)
            throw new InboxFullException(Most, TimeSpan.FromSeconds(5));
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();

        // In the order of acceptance: what a sender says later must not be heard first.
        var id = string.Create(CultureInfo.InvariantCulture, $"{now:x12}-{Interlocked.Increment(ref _count):x8}-{Guid.CreateVersion7(time.GetUtcNow()):N}");
        Interlocked.Increment(ref _waiting);
        await _writer.WriteAsync(new WriteItem([], [new SqlStatement(
            "INSERT INTO alert_inbox (id, source, receiver, received_at, alerts, missing, attempts, due_at, error, dead) VALUES ($1, $2, $3, $4, $5, $6, 0, $4, NULL, 0)",
            id, delivery.Source, delivery.Receiver, now, JsonSerializer.Serialize(delivery.Alerts, IncidentJson.Options),
            delivery.Missing is null ? null : JsonSerializer.Serialize(delivery.Missing, IncidentJson.Options))])).WaitAsync(cancellationToken);
        Wake();
    }

    /// <summary>Waits for something to arrive on this node, at most so long.</summary>
    public Task WaitAsync(TimeSpan most, CancellationToken cancellationToken) => _arrived.WaitAsync(most, cancellationToken);

    /// <summary>Deliveries that are all here (or, with <paramref name="cut"/>, those of which something is missing), oldest first.</summary>
    public static Task<IEnumerable<AlertRow>> DueAsync(DatabaseSession session, DateTimeOffset now, int take, bool cut, CancellationToken cancellationToken) => session.QueryAsync<AlertRow>(
        $"""
        SELECT id AS Id, source AS Source, receiver AS Receiver, received_at AS ReceivedAt, alerts AS Alerts, missing AS Missing, attempts AS Attempts FROM alert_inbox
        WHERE dead = 0 AND due_at <= @now AND missing IS {(cut ? "NOT NULL" : "NULL")} ORDER BY id LIMIT @take
        """,
        new { now = now.ToUnixTimeMilliseconds(), take }, cancellationToken);

    public static Task DeleteAsync(DatabaseSession session, IEnumerable<string> ids, CancellationToken cancellationToken) =>
        session.ExecuteAsync("DELETE FROM alert_inbox WHERE id = @id", ids.Select(id => new { id }).ToArray(), cancellationToken);

    /// <summary>It could not be processed: tried again later, and after some times put aside for a person, with the reason.</summary>
    public Task FailAsync(AlertRow row, string error, int mostAttempts, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            "UPDATE alert_inbox SET attempts = attempts + 1, error = @error, due_at = @due, dead = CASE WHEN attempts + 1 >= @mostAttempts THEN 1 ELSE 0 END WHERE id = @Id",
            new { row.Id, error, due = time.GetUtcNow().ToUnixTimeMilliseconds() + DelayAfter(row.Attempts), mostAttempts }, cancellationToken),
        cancellationToken);

    /// <summary>What was missing is here now, or cannot be had: it is processed with what there is.</summary>
    public Task CompleteAsync(AlertRow row, IReadOnlyList<Alert> alerts, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            "UPDATE alert_inbox SET missing = NULL, alerts = @alerts WHERE id = @Id AND missing IS NOT NULL", new { row.Id, alerts = JsonSerializer.Serialize(alerts, IncidentJson.Options) }, cancellationToken),
        cancellationToken);

    /// <summary>What was put aside, newest first.</summary>
    public Task<IReadOnlyList<DeadAlertRow>> DeadAsync(int take, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<DeadAlertRow>>(
        async session => [.. await session.QueryAsync<DeadAlertRow>(
            "SELECT id AS Id, source AS Source, received_at AS ReceivedAt, attempts AS Attempts, due_at AS DueAt, error AS Error FROM alert_inbox WHERE dead = 1 ORDER BY id DESC LIMIT @take", new { take }, cancellationToken)],
        cancellationToken);

    /// <summary>Processed again, as if it had just come; false where it is not put aside.</summary>
    public async Task<bool> RequeueAsync(string id, CancellationToken cancellationToken)
    {
        var found = await database.WriteAsync(
            session => session.ExecuteAsync(
                "UPDATE alert_inbox SET dead = 0, attempts = 0, error = NULL, due_at = @now WHERE id = @id AND dead = 1", new { id, now = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken),
            cancellationToken) > 0;
        if (found)
            Wake();
        return found;
    }

    public async Task<bool> DiscardAsync(string id, CancellationToken cancellationToken) =>
        await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM alert_inbox WHERE id = @id AND dead = 1", new { id }, cancellationToken), cancellationToken) > 0;

    /// <summary>Counts what waits, and what was put aside.</summary>
    public async Task<(long Waiting, long Dead)> CountAsync(CancellationToken cancellationToken)
    {
        var counts = await database.ReadAsync(
            session => session.QueryFirstOrDefaultAsync<Counts>("SELECT COUNT(*) AS Total, COALESCE(SUM(dead), 0) AS Dead FROM alert_inbox", null, cancellationToken), cancellationToken) ?? new();
        Interlocked.Exchange(ref _waiting, counts.Total - counts.Dead);
        return (counts.Total - counts.Dead, counts.Dead);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _arrived.Dispose();
    }

    /// <summary>Milliseconds until the next try of what was tried so often before.</summary>
    internal static long DelayAfter(long attempts) => 1000L << (int)Math.Min(attempts, 6);

    private void Wake()
    {
        try
        {
            _arrived.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody woke it already.
        }
    }

    private sealed record Counts
    {
        public long Total { get; init; }

        public long Dead { get; init; }
    }
}

/// <summary>A delivery as it is stored.</summary>
internal sealed record AlertRow
{
    public string Id { get; init; } = "";

    public string Source { get; init; } = "";

    public string Receiver { get; init; } = "";

    public long ReceivedAt { get; init; }

    public string Alerts { get; init; } = "[]";

    public string? Missing { get; init; }

    public long Attempts { get; init; }

    public IReadOnlyList<Alert> Read() => JsonSerializer.Deserialize<List<Alert>>(Alerts, IncidentJson.Options) ?? [];
}

/// <summary>A delivery that could not be processed.</summary>
internal sealed record DeadAlertRow
{
    public string Id { get; init; } = "";

    public string Source { get; init; } = "";

    public long ReceivedAt { get; init; }

    public long Attempts { get; init; }

    public long DueAt { get; init; }

    public string? Error { get; init; }

    /// <summary>Of the last attempt: what was due after it is stored.</summary>
    public long DiedAt => DueAt - AlertInbox.DelayAfter(Attempts - 1);
}
