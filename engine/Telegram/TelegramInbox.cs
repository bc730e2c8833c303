using Dapper;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Telegram;

/// <summary>Updates that came in. Stored with the offset in one transaction: what was taken from Telegram is never lost, and what was taken is not taken again.</summary>
internal sealed class TelegramInbox(Database database, TimeProvider time)
{
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private const int MostTries = 8;

    /// <summary>Whether this node is the one that asks and answers for now. The Bot API gives updates to one who asks.</summary>
    public async Task<bool> HoldAsync(string bot, string node, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await database.WriteAsync(
            session => session.ExecuteAsync(
                """
                INSERT INTO telegram_bots (name, next_update, holder, held_until) VALUES (@bot, 0, @node, @until)
                ON CONFLICT (name) DO UPDATE SET holder = @node, held_until = @until WHERE telegram_bots.holder = @node OR telegram_bots.holder IS NULL OR telegram_bots.held_until < @now
                """,
                new { bot, node, now = now.ToUnixTimeMilliseconds(), until = (now + Lease).ToUnixTimeMilliseconds() }, cancellationToken),
            cancellationToken) == 1;
    }

    public Task LetGoAsync(string bot, string node, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE telegram_bots SET holder = NULL, held_until = 0 WHERE name = @bot AND holder = @node", new { bot, node }, cancellationToken), cancellationToken);

    public Task<long> OffsetAsync(string bot, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.ScalarAsync<long>("SELECT next_update FROM telegram_bots WHERE name = @bot", new { bot }, cancellationToken), cancellationToken);

    /// <summary>Stored when this returns; an update that is known changes nothing.</summary>
    public Task StoreAsync(string bot, IReadOnlyList<(long Id, string Body)> updates, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (var (id, body) in updates)
                await session.ExecuteAsync(
                    "INSERT INTO telegram_updates (update_id, body, received_at, tries, next_try_at) VALUES (@id, @body, @now, 0, @now) ON CONFLICT (update_id) DO NOTHING", new { id, body, now }, cancellationToken);
            var next = updates.Max(update => update.Id) + 1;
            await session.ExecuteAsync(
                """
                INSERT INTO telegram_bots (name, next_update, held_until) VALUES (@bot, @next, 0)
                ON CONFLICT (name) DO UPDATE SET next_update = CASE WHEN telegram_bots.next_update < @next THEN @next ELSE telegram_bots.next_update END
                """,
                new { bot, next }, cancellationToken);
        },
        cancellationToken);

    /// <summary>Stored and not handled, oldest first.</summary>
    public async Task<IReadOnlyList<WaitingUpdate>> WaitingAsync(CancellationToken cancellationToken) => await database.ReadAsync(
        async session => (await session.QueryAsync<WaitingUpdate>(
            "SELECT update_id AS UpdateId, body AS Body, tries AS Tries FROM telegram_updates WHERE done_at IS NULL AND next_try_at <= @now ORDER BY update_id LIMIT 100",
            new { now = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken)).AsList(),
        cancellationToken);

    public Task DoneAsync(long update, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE telegram_updates SET done_at = @now WHERE update_id = @update", new { update, now = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken), cancellationToken);

    /// <summary>False: it was tried often enough and is let be.</summary>
    public async Task<bool> LaterAsync(WaitingUpdate update, CancellationToken cancellationToken)
    {
        if (update.Tries + 1 >= MostTries)
        {
            await DoneAsync(update.UpdateId, cancellationToken);
            return false;
        }

        var at = time.GetUtcNow() + TimeSpan.FromSeconds(Math.Pow(2, update.Tries));
        await database.WriteAsync(
            session => session.ExecuteAsync("UPDATE telegram_updates SET tries = tries + 1, next_try_at = @at WHERE update_id = @UpdateId", new { at = at.ToUnixTimeMilliseconds(), update.UpdateId }, cancellationToken), cancellationToken);
        return true;
    }
}

internal sealed record WaitingUpdate
{
    public long UpdateId { get; init; }

    public string Body { get; init; } = "";

    public long Tries { get; init; }
}
