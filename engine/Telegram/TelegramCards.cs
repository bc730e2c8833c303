using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Telegram;

/// <summary>
/// Messages as they should be. Whoever has something to say writes the card; <see cref="TelegramSending"/> makes the chat agree with it, however often the network fails, so that what
/// is over never keeps live buttons.
/// </summary>
internal sealed class TelegramCards(Database database, TimeProvider time) : IDisposable
{
    /// <summary>Anchors are looked for no further back: a conversation ends some time.</summary>
    private static readonly TimeSpan Conversation = TimeSpan.FromDays(2);

    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>Ends when a card was written here, or when the time is over.</summary>
    public Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => _changed.WaitAsync(longest, cancellationToken);

    /// <summary>Writes it; the same content again changes nothing.</summary>
    /// <param name="repost">As a new message at the end of the chat, the old one taken away: for what somebody must hear.</param>
    public async Task PutAsync(
        string subject, long chat, CardContent content, CancellationToken cancellationToken, string? thread = null, string? follow = null, bool repost = false)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var (_, cut) = content.File is null ? Html.Fit(content.Shown()) : ("", false);
        await database.WriteAsync(
            async session =>
            {
                await UpsertAsync(session, subject, chat, content.ToJson(), thread, follow, repost, now, cancellationToken);
                if (cut)
                {
                    var whole = content with { File = "homelab.txt", Buttons = [], Silent = true, AsksFor = null };
                    await UpsertAsync(session, $"document:{subject}", chat, whole.ToJson(), null, null, false, now, cancellationToken);
                }
            },
            cancellationToken);
        Wake();
    }

    public Task<CardRow?> FindAsync(string subject, long chat, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<CardRow>($"SELECT {Sql.Columns<CardRow>()} FROM telegram_cards WHERE subject = @subject AND chat = @chat", new { subject, chat }, cancellationToken),
        cancellationToken);

    public Task<CardRow?> FindAsync(long chat, long messageId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<CardRow>($"SELECT {Sql.Columns<CardRow>()} FROM telegram_cards WHERE chat = @chat AND message_id = @messageId", new { chat, messageId }, cancellationToken),
        cancellationToken);

    public Task<IReadOnlyList<CardRow>> OfAsync(string subject, CancellationToken cancellationToken) => ListAsync("subject = @subject", new { subject }, cancellationToken);

    /// <summary>What may still change by itself.</summary>
    public Task<IReadOnlyList<CardRow>> FollowedAsync(CancellationToken cancellationToken) => ListAsync("follow IS NOT NULL", null, cancellationToken);

    /// <summary>Cards that the chat does not agree with yet, claimed for this node.</summary>
    public async Task<IReadOnlyList<CardRow>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        List<CardRow> claimed = [];
        foreach (var row in await ListAsync("shown < version AND next_try_at <= @now AND claimed_until <= @now", new { now }, cancellationToken, limit))
        {
            if (await ClaimAsync(row.Subject, row.Chat, cancellationToken) is { } mine)
                claimed.Add(mine);
        }

        return claimed;
    }

    /// <summary>Null: another has it, or it is shown already.</summary>
    public Task<CardRow?> ClaimAsync(string subject, long chat, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            var claimed = await session.ExecuteAsync(
                "UPDATE telegram_cards SET claimed_until = @until WHERE subject = @subject AND chat = @chat AND shown < version AND claimed_until <= @now",
                new { subject, chat, now = now.ToUnixTimeMilliseconds(), until = now.AddMinutes(1).ToUnixTimeMilliseconds() }, cancellationToken);
            return claimed == 0
                ? null
                : await session.QueryFirstOrDefaultAsync<CardRow>($"SELECT {Sql.Columns<CardRow>()} FROM telegram_cards WHERE subject = @subject AND chat = @chat", new { subject, chat }, cancellationToken);
        },
        cancellationToken);

    /// <summary>The chat shows this version.</summary>
    /// <param name="messageId">Null: there is no message (any more).</param>
    public Task ShownAsync(CardRow row, long? messageId, string? problem, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var mine = await session.ExecuteAsync(
                """
                UPDATE telegram_cards SET message_id = @messageId, shown = @Version, claimed_until = 0, tries = 0, problem = @problem,
                  repost = CASE WHEN version = @Version THEN 0 ELSE repost END
                WHERE subject = @Subject AND chat = @Chat AND COALESCE(message_id, 0) = @before
                """,
                new { messageId, row.Version, problem, row.Subject, row.Chat, before = row.MessageId ?? 0 }, cancellationToken);
            if (mine > 0)
                return;
            // Somebody pressed another message of this card meanwhile: that one is the card's now.
            await session.ExecuteAsync("UPDATE telegram_cards SET claimed_until = 0 WHERE subject = @Subject AND chat = @Chat", new { row.Subject, row.Chat }, cancellationToken);
            if (messageId is { } stray)
                await TakeAwayAsync(session, row.Subject, row.Chat, stray, cancellationToken);
        },
        cancellationToken);

    /// <summary>
    /// A button of a message was pressed that is not the card's: its sending looked lost, and it was sent again. The pressed one becomes the card's, and the other is taken away, so that one
    /// is left and tells how it ends.
    /// </summary>
    public async Task AdoptAsync(string subject, long chat, long messageId, CancellationToken cancellationToken)
    {
        await database.WriteAsync(
            async session =>
            {
                var known = await session.QueryFirstOrDefaultAsync<CardRow>($"SELECT {Sql.Columns<CardRow>()} FROM telegram_cards WHERE subject = @subject AND chat = @chat", new { subject, chat }, cancellationToken);
                if (known is null || known.MessageId == messageId
                    || await session.ScalarAsync<long>("SELECT COUNT(*) FROM telegram_cards WHERE subject = @stray AND chat = @chat", new { stray = Stray(subject, messageId), chat }, cancellationToken) > 0)
                    return;
                await session.ExecuteAsync(
                    "UPDATE telegram_cards SET message_id = @messageId, version = version + 1, repost = 0, next_try_at = 0 WHERE subject = @subject AND chat = @chat", new { messageId, subject, chat }, cancellationToken);
                if (known.MessageId is { } other)
                    await TakeAwayAsync(session, subject, chat, other, cancellationToken);
            },
            cancellationToken);
        Wake();
    }

    private static string Stray(string subject, long messageId) => $"stray:{subject}:{messageId}";

    private async Task TakeAwayAsync(DatabaseSession session, string subject, long chat, long messageId, CancellationToken cancellationToken)
    {
        await UpsertAsync(session, Stray(subject, messageId), chat, new CardContent { Gone = true }.ToJson(), null, null, false, time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken);
        await session.ExecuteAsync("UPDATE telegram_cards SET message_id = @messageId WHERE subject = @stray AND chat = @chat", new { messageId, stray = Stray(subject, messageId), chat }, cancellationToken);
    }

    /// <summary>It did not get there; again then.</summary>
    /// <param name="messageId">What is left of it in the chat.</param>
    public Task LaterAsync(CardRow row, long? messageId, DateTimeOffset at, string problem, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            """
            UPDATE telegram_cards SET message_id = CASE WHEN COALESCE(message_id, 0) = @before THEN @messageId ELSE message_id END, claimed_until = 0, tries = tries + 1, next_try_at = @at, problem = @problem
            WHERE subject = @Subject AND chat = @Chat
            """,
            new { messageId, at = at.ToUnixTimeMilliseconds(), problem, row.Subject, row.Chat, before = row.MessageId ?? 0 }, cancellationToken),
        cancellationToken);

    /// <summary>The message that a new one of the same conversation answers.</summary>
    public Task<long?> AnchorAsync(CardRow row, CancellationToken cancellationToken) => row.Thread is null
        ? Task.FromResult<long?>(null)
        : database.ReadAsync(
            session => session.ScalarAsync<long?>(
                "SELECT MIN(message_id) FROM telegram_cards WHERE chat = @Chat AND thread = @Thread AND subject <> @Subject AND message_id IS NOT NULL AND updated_at >= @since",
                new { row.Chat, row.Thread, row.Subject, since = (time.GetUtcNow() - Conversation).ToUnixTimeMilliseconds() }, cancellationToken),
            cancellationToken);

    /// <summary>What is long over is forgotten.</summary>
    public Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var at = before.ToUnixTimeMilliseconds();
            await session.ExecuteAsync("DELETE FROM telegram_cards WHERE updated_at < @at AND follow IS NULL AND shown >= version", new { at }, cancellationToken);
            await session.ExecuteAsync("DELETE FROM telegram_buttons WHERE made_at < @at", new { at }, cancellationToken);
            await session.ExecuteAsync("DELETE FROM telegram_updates WHERE done_at < @at", new { at }, cancellationToken);
        },
        cancellationToken);

    public void Dispose() => _changed.Dispose();

    private void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    private static Task<int> UpsertAsync(
        DatabaseSession session, string subject, long chat, string content, string? thread, string? follow, bool repost, long now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO telegram_cards (subject, chat, thread, follow, content, version, shown, repost, updated_at, claimed_until, next_try_at, tries)
        VALUES (@subject, @chat, @thread, @follow, @content, 1, 0, 0, @now, 0, 0, 0)
        ON CONFLICT (subject, chat) DO UPDATE SET
          version = telegram_cards.version + CASE WHEN telegram_cards.content <> excluded.content OR @repost = 1 THEN 1 ELSE 0 END,
          repost = CASE WHEN @repost = 1 THEN 1 ELSE telegram_cards.repost END,
          thread = COALESCE(telegram_cards.thread, excluded.thread),
          follow = excluded.follow, content = excluded.content, next_try_at = 0,
          updated_at = CASE WHEN telegram_cards.content <> excluded.content THEN excluded.updated_at ELSE telegram_cards.updated_at END
        """,
        new { subject, chat, thread, follow, content, now, repost = repost ? 1 : 0 }, cancellationToken);

    private async Task<IReadOnlyList<CardRow>> ListAsync(string condition, object? parameters, CancellationToken cancellationToken, int limit = 500) => await database.ReadAsync(
        async session => (await session.QueryAsync<CardRow>(
            $"SELECT {Sql.Columns<CardRow>()} FROM telegram_cards WHERE {condition} ORDER BY updated_at LIMIT {limit}", parameters, cancellationToken)).AsList(),
        cancellationToken);
}
