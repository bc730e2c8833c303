using System.Text.Json;
using Homelab.Engine.Storage;

namespace Homelab.Engine.SignIn;

/// <summary>A machine's key. The key itself is shown once, when it is made; only its hash is kept.</summary>
internal sealed record ApiKey
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>The first letters, to tell keys apart in a list.</summary>
    public required string Hint { get; init; }

    public required Role Role { get; init; }

    /// <summary>The areas it may use ("runs", "runs:read", "elsa"); empty: all that its role may.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }
}

internal sealed class ApiKeyStore(Database database)
{
    private static readonly TimeSpan TouchEvery = TimeSpan.FromMinutes(1);

    private const string Columns =
        "id AS Id, name AS Name, hint AS Hint, role AS Role, scopes AS Scopes, created_by AS CreatedBy, created_at AS CreatedAt, expires_at AS ExpiresAt, revoked_at AS RevokedAt, last_used_at AS LastUsedAt";

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<ApiKey>>(
        async session => [.. (await session.QueryAsync<Row>($"SELECT {Columns} FROM api_keys ORDER BY created_at DESC, id", null, cancellationToken)).Select(row => row.ToKey())],
        cancellationToken);

    public Task AddAsync(ApiKey key, string secret, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            """
            INSERT INTO api_keys (id, name, hint, key_hash, role, scopes, created_by, created_at, expires_at)
            VALUES (@Id, @Name, @Hint, @hash, @role, @scopes, @CreatedBy, @createdAt, @expiresAt)
            """,
            new
            {
                key.Id,
                key.Name,
                key.Hint,
                hash = Tokens.Hash(secret),
                role = key.Role.Name(),
                scopes = JsonSerializer.Serialize(key.Scopes),
                key.CreatedBy,
                createdAt = key.CreatedAt.ToUnixTimeMilliseconds(),
                expiresAt = key.ExpiresAt?.ToUnixTimeMilliseconds(),
            },
            cancellationToken),
        cancellationToken);

    /// <summary>The key, or null when it is unknown, revoked or past its end.</summary>
    public async Task<ApiKey?> FindAsync(string secret, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hash = Tokens.Hash(secret);
        var at = now.ToUnixTimeMilliseconds();
        var row = await database.ReadAsync(
            session => session.QueryFirstOrDefaultAsync<Row>(
                $"SELECT {Columns} FROM api_keys WHERE key_hash = @hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > @at)",
                new { hash, at },
                cancellationToken),
            cancellationToken);
        if (row is null)
        {
            return null;
        }

        if (row.LastUsedAt is null || at - row.LastUsedAt >= TouchEvery.TotalMilliseconds)
        {
            await database.WriteAsync(
                session => session.ExecuteAsync("UPDATE api_keys SET last_used_at = @at WHERE id = @id", new { id = row.Id, at }, cancellationToken),
                cancellationToken);
        }

        return row.ToKey();
    }

    /// <summary>False when there is no such key or it was revoked before.</summary>
    public Task<bool> RevokeAsync(string id, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        async session => await session.ExecuteAsync(
            "UPDATE api_keys SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL",
            new { id, at = now.ToUnixTimeMilliseconds() },
            cancellationToken) == 1,
        cancellationToken);

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Hint { get; init; } = "";

        public string Role { get; init; } = "";

        public string Scopes { get; init; } = "[]";

        public string CreatedBy { get; init; } = "";

        public long CreatedAt { get; init; }

        public long? ExpiresAt { get; init; }

        public long? RevokedAt { get; init; }

        public long? LastUsedAt { get; init; }

        public ApiKey ToKey() => new()
        {
            Id = Id,
            Name = Name,
            Hint = Hint,
            Role = Roles.TryParse(Role, out var role) ? role : SignIn.Role.Viewer,
            Scopes = JsonSerializer.Deserialize<string[]>(Scopes) ?? [],
            CreatedBy = CreatedBy,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            ExpiresAt = At(ExpiresAt),
            RevokedAt = At(RevokedAt),
            LastUsedAt = At(LastUsedAt),
        };

        private static DateTimeOffset? At(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
    }
}
