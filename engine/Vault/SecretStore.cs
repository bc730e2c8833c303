using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Vault;

/// <summary>
/// The encrypted store behind <c>secret:NAME</c>. A row is sealed together with its name, so that it cannot be put in another's place.
/// What is read from here is hidden in every log line from then on.
/// </summary>
internal sealed partial class SecretStore(Database database, SecretKey key, Operations.Secrets logs, TimeProvider time) : ISecretSource
{
    public const string NameRule = "A secret's name has 1 to 100 letters, digits, dots, dashes and underscores, and begins with a letter or digit.";
    public const int LongestValue = 64 << 10;

    public static bool IsName(string name) => NamePattern().IsMatch(name);

    public Task<IReadOnlyList<SecretInfo>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<SecretInfo>>(
        async session => [.. (await session.QueryAsync<Row>("SELECT name AS Name, updated_at AS UpdatedAt, updated_by AS UpdatedBy FROM secrets ORDER BY name", null, cancellationToken))
            .Select(row => new SecretInfo(row.Name, DateTimeOffset.FromUnixTimeMilliseconds(row.UpdatedAt), row.UpdatedBy))],
        cancellationToken);

    /// <summary>Answers whether it is a new one.</summary>
    /// <exception cref="SecretStoreException">There is no usable key, or what is stored was sealed with another.</exception>
    public Task<bool> SetAsync(string name, string value, string by, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
            var others = (await session.QueryAsync<string>("SELECT DISTINCT key_id FROM secrets", null, cancellationToken)).ToList();
            // A new key is made only where nothing is sealed: otherwise the old one is lost or on another node, and a second would hide that.
            var used = others.Count == 0 ? key.ReadOrMake() : key.Read();
            if (others.Exists(id => id != SecretKey.IdOf(used)))
                throw Foreign("What is stored");
            logs.Add(value);
            var isNew = await session.ScalarAsync<long>("SELECT COUNT(*) FROM secrets WHERE name = @name", new { name }, cancellationToken) == 0;
            await session.ExecuteAsync(
                """
                INSERT INTO secrets (name, key_id, sealed, updated_at, updated_by) VALUES (@name, @keyId, @sealed, @at, @by)
                ON CONFLICT (name) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, updated_at = excluded.updated_at, updated_by = excluded.updated_by
                """,
                new { name, keyId = SecretKey.IdOf(used), @sealed = Seal(used, name, value), at = now.ToUnixTimeMilliseconds(), by }, cancellationToken);
            await AuditTrail.AppendAsync(session, now, by, isNew ? "secretAdded" : "secretChanged", name, new { }, cancellationToken);
            return isNew;
        },
        cancellationToken);

    /// <summary>False when there is none of that name.</summary>
    public Task<bool> DeleteAsync(string name, string by, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
            if (await session.ExecuteAsync("DELETE FROM secrets WHERE name = @name", new { name }, cancellationToken) == 0)
                return false;
            await AuditTrail.AppendAsync(session, now, by, "secretDeleted", name, new { }, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <inheritdoc />
    /// <exception cref="ActivityException">It is there and cannot be opened.</exception>
    public async Task<string?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(
            session => session.QueryFirstOrDefaultAsync<Row>("SELECT name AS Name, key_id AS KeyId, sealed AS Sealed FROM secrets WHERE name = @name", new { name }, cancellationToken),
            cancellationToken);
        if (row is null)
            return null;
        try
        {
            var used = key.Read();
            if (row.KeyId != SecretKey.IdOf(used))
                throw Foreign($"Secret '{name}'");
            var value = Open(used, name, row.Sealed);
            logs.Add(value);
            return value;
        }
        catch (SecretStoreException exception)
        {
            throw new ActivityException(exception.Message, retryable: false);
        }
    }

    private static SecretStoreException Foreign(string what) =>
        new($"{what} was sealed with another key than this node has. Give every node the same key (Vault:Key or its file), or delete the secrets and set them again.");

    private static string Seal(byte[] key, string name, string value)
    {
        var plain = Encoding.UTF8.GetBytes(value);
        var whole = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + plain.Length];
        var (nonce, tag, cipher) = Parts(whole);
        RandomNumberGenerator.Fill(nonce.Span);
        using var aes = new AesGcm(key, AesGcm.TagByteSizes.MaxSize);
        aes.Encrypt(nonce.Span, plain, cipher.Span, tag.Span, Encoding.UTF8.GetBytes(name));
        return Convert.ToBase64String(whole);
    }

    private static string Open(byte[] key, string name, string @sealed)
    {
        try
        {
            var (nonce, tag, cipher) = Parts(Convert.FromBase64String(@sealed));
            var plain = new byte[cipher.Length];
            using var aes = new AesGcm(key, AesGcm.TagByteSizes.MaxSize);
            aes.Decrypt(nonce.Span, cipher.Span, tag.Span, plain, Encoding.UTF8.GetBytes(name));
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or ArgumentException)
        {
            throw new SecretStoreException($"Secret '{name}' was changed in the database by something else and cannot be opened. Set it again.");
        }
    }

    private static (Memory<byte> Nonce, Memory<byte> Tag, Memory<byte> Cipher) Parts(byte[] whole)
    {
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        return (whole.AsMemory(0, nonce), whole.AsMemory(nonce, tag), whole.AsMemory(nonce + tag));
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")]
    private static partial Regex NamePattern();

    private sealed record Row
    {
        public string Name { get; init; } = "";

        public string KeyId { get; init; } = "";

        public string Sealed { get; init; } = "";

        public long UpdatedAt { get; init; }

        public string UpdatedBy { get; init; } = "";
    }
}

/// <summary>All that is ever shown of a secret.</summary>
internal sealed record SecretInfo(string Name, DateTimeOffset UpdatedAt, string UpdatedBy);
