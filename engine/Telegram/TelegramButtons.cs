using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Telegram;

/// <summary>What a button carries: an id and a signature over it and its chat, so that nobody can make one. What it does is stored here; what acts is used once.</summary>
internal sealed class TelegramButtons(Database database, HashKey key, TimeProvider time)
{
    private const int IdBytes = 9;
    private const int IdLetters = IdBytes / 3 * 4;
    private const int SignatureBytes = 12;

    /// <summary>Stores the button and answers its data. The same button of the same card has the same data, so that a message may be edited while somebody presses.</summary>
    /// <param name="salt">Makes it another button each time; empty for what may be done once only.</param>
    public async Task<string> MakeAsync(long chat, string subject, CardButton button, string salt, CancellationToken cancellationToken)
    {
        var secret = await SecretAsync(cancellationToken);
        var id = Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"id\n{chat}\n{subject}\n{button.Action}\n{button.Argument}\n{salt}")).AsSpan(0, IdBytes));
        await database.WriteAsync(
            session => session.ExecuteAsync(
                "INSERT INTO telegram_buttons (id, chat, subject, action, argument, made_at) VALUES (@id, @chat, @subject, @Action, @Argument, @now) ON CONFLICT (id) DO NOTHING",
                new { id, chat, subject, button.Action, button.Argument, now = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken),
            cancellationToken);
        return $"{id}.{Signature(secret, chat, id)}";
    }

    /// <summary>Null: we did not make it, or not for this chat.</summary>
    public async Task<ButtonRow?> FindAsync(long chat, string? data, CancellationToken cancellationToken)
    {
        if (data?.Split('.') is not [{ Length: IdLetters } id, { } signature])
            return null;
        var secret = await SecretAsync(cancellationToken);
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(Signature(secret, chat, id))))
            return null;
        return await database.ReadAsync(
            session => session.QueryFirstOrDefaultAsync<ButtonRow>($"SELECT {Sql.Columns<ButtonRow>()} FROM telegram_buttons WHERE id = @id AND chat = @chat", new { id, chat }, cancellationToken),
            cancellationToken);
    }

    public Task UseAsync(string id, string by, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            "UPDATE telegram_buttons SET used_at = @now, used_by = @by WHERE id = @id AND used_at IS NULL", new { id, by, now = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken),
        cancellationToken);

    private static string Signature(byte[] secret, long chat, string id) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"press\n{chat}\n{id}")).AsSpan(0, SignatureBytes));

    private async Task<byte[]> SecretAsync(CancellationToken cancellationToken) => HMACSHA256.HashData(await key.ReadAsync(cancellationToken), "telegram"u8);
}

internal sealed record ButtonRow
{
    public string Id { get; init; } = "";

    public long Chat { get; init; }

    public string Subject { get; init; } = "";

    public string Action { get; init; } = "";

    public string Argument { get; init; } = "";

    public long MadeAt { get; init; }

    public long? UsedAt { get; init; }

    public string? UsedBy { get; init; }
}
