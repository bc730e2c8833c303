using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Notifications;

/// <summary>A text on its way to one person over one channel.</summary>
internal sealed record OutboxRow
{
    public string Id { get; init; } = "";

    public string UserId { get; init; } = "";

    public string Channel { get; init; } = "";

    public string Address { get; init; } = "";

    public string Severity { get; init; } = "info";

    public long Silent { get; init; }

    public string Subject { get; init; } = "";

    public string Text { get; init; } = "";

    public long MadeAt { get; init; }

    public long DueAt { get; init; }

    public long Tries { get; init; }

    public long? SentAt { get; init; }

    public string? Problem { get; init; }
}

/// <summary>What is still to be told. Stored, so that a mail server that is down delays a message and does not lose it.</summary>
internal sealed class NotificationOutbox(Database database, TimeProvider time)
{
    private const string Dead = "sent_at IS NULL AND tries > 0 AND due_at > @dead";

    /// <summary>Messages are not kept that long, so what is due then is never sent by itself.</summary>
    internal static readonly TimeSpan GivenUp = TimeSpan.FromDays(3650);

    private long DeadFrom => (time.GetUtcNow() + GivenUp / 2).ToUnixTimeMilliseconds();

    /// <summary>The same id is told once.</summary>
    public Task AddAsync(OutboxRow row, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(Sql.Insert<OutboxRow>("notification_outbox") + " ON CONFLICT (id) DO NOTHING", row with { MadeAt = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken),
        cancellationToken);

    /// <summary>All that is due, with when the same address was last written to.</summary>
    public async Task<IReadOnlyList<OutboxGroup>> DueAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return await database.ReadAsync<IReadOnlyList<OutboxGroup>>(
            async session =>
            {
                var rows = await session.QueryAsync<OutboxRow>(
                    $"SELECT {Sql.Columns<OutboxRow>()} FROM notification_outbox WHERE sent_at IS NULL AND due_at <= @now ORDER BY made_at, id LIMIT 500", new { now }, cancellationToken);
                List<OutboxGroup> groups = [];
                foreach (var group in rows.GroupBy(row => (row.UserId, row.Channel, row.Address)))
                {
                    var last = await session.ScalarAsync<long?>(
                        "SELECT MAX(sent_at) FROM notification_outbox WHERE channel = @Channel AND address = @Address AND sent_at IS NOT NULL", new { group.Key.Channel, group.Key.Address }, cancellationToken);
                    groups.Add(new OutboxGroup(group.Key.Channel, group.Key.Address, [.. group], last is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null));
                }

                return groups;
            },
            cancellationToken);
    }

    /// <summary>Takes them for sending; false when another node has them.</summary>
    public async Task<bool> TakeAsync(IReadOnlyList<OutboxRow> rows, DateTimeOffset until, CancellationToken cancellationToken) => await database.WriteAsync(
        async session =>
        {
            var taken = 0;
            foreach (var row in rows)
                taken += await session.ExecuteAsync(
                    "UPDATE notification_outbox SET due_at = @until WHERE id = @Id AND due_at = @DueAt AND sent_at IS NULL", new { row.Id, row.DueAt, until = until.ToUnixTimeMilliseconds() }, cancellationToken);
            return taken == rows.Count;
        },
        cancellationToken);

    public Task SentAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancellationToken) => SetAsync(
        rows, "sent_at = @at, problem = NULL", time.GetUtcNow(), null, cancellationToken);

    public Task LaterAsync(IReadOnlyList<OutboxRow> rows, DateTimeOffset at, string problem, CancellationToken cancellationToken) => SetAsync(
        rows, "due_at = @at, tries = tries + 1, problem = @problem", at, problem, cancellationToken);

    /// <summary>Given up: kept to be seen, and tried again only when a person says so.</summary>
    public Task GiveUpAsync(IReadOnlyList<OutboxRow> rows, string problem, CancellationToken cancellationToken) => LaterAsync(rows, time.GetUtcNow() + GivenUp, problem, cancellationToken);

    /// <summary>What was given up, newest first.</summary>
    public Task<IReadOnlyList<OutboxRow>> DeadAsync(int take, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<OutboxRow>>(
        async session => [.. await session.QueryAsync<OutboxRow>(
            $"SELECT {Sql.Columns<OutboxRow>()} FROM notification_outbox WHERE {Dead} ORDER BY made_at DESC, id DESC LIMIT @take", new { take, dead = DeadFrom }, cancellationToken)],
        cancellationToken);

    /// <summary>Sent again, at once; false where it was not given up.</summary>
    public async Task<bool> RequeueAsync(string id, CancellationToken cancellationToken) => await database.WriteAsync(
        session => session.ExecuteAsync(
            $"UPDATE notification_outbox SET due_at = @now, tries = 0, problem = NULL WHERE id = @id AND {Dead}", new { id, now = time.GetUtcNow().ToUnixTimeMilliseconds(), dead = DeadFrom }, cancellationToken),
        cancellationToken) > 0;

    public async Task<bool> DiscardAsync(string id, CancellationToken cancellationToken) => await database.WriteAsync(
        session => session.ExecuteAsync($"DELETE FROM notification_outbox WHERE id = @id AND {Dead}", new { id, dead = DeadFrom }, cancellationToken), cancellationToken) > 0;

    public Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("DELETE FROM notification_outbox WHERE made_at < @at", new { at = before.ToUnixTimeMilliseconds() }, cancellationToken), cancellationToken);

    private Task SetAsync(IReadOnlyList<OutboxRow> rows, string change, DateTimeOffset at, string? problem, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            foreach (var row in rows)
                await session.ExecuteAsync($"UPDATE notification_outbox SET {change} WHERE id = @Id", new { row.Id, at = at.ToUnixTimeMilliseconds(), problem }, cancellationToken);
        },
        cancellationToken);
}

/// <param name="Last">When the same address was last written to.</param>
internal sealed record OutboxGroup(string Channel, string Address, IReadOnlyList<OutboxRow> Rows, DateTimeOffset? Last);
