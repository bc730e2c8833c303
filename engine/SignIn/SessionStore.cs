using Homelab.Engine.Storage;

namespace Homelab.Engine.SignIn;

/// <summary>A session as it is when a request comes with its token: the user is read with it, so that a role taken away counts at once.</summary>
internal sealed record SignedIn
{
    public required string UserId { get; init; }

    public required string UserName { get; init; }

    public required Role Role { get; init; }

    public required bool MustChangePassword { get; init; }

    public required SessionKind Kind { get; init; }

    public required DateTimeOffset LastSeenAt { get; init; }

    public required DateTimeOffset EndsAt { get; init; }
}

internal enum SessionKind
{
    /// <summary>A cookie in a browser.</summary>
    Browser,

    /// <summary>A bearer token for Studio's calls; ends with the browser session that asked for it.</summary>
    Studio,
}

/// <summary>Sessions live in the database, not in the cookie: they end when the server says so, on every node.</summary>
internal sealed class SessionStore(Database database, Microsoft.Extensions.Options.IOptions<SignInOptions> options)
{
    // Moving a session's end is a write; once a minute is enough for ends that are hours away.
    private static readonly TimeSpan TouchEvery = TimeSpan.FromMinutes(1);

    /// <summary>Makes a session and returns its token, which is stored nowhere. Null when <paramref name="parentToken"/>'s session is over.</summary>
    public async Task<string?> StartAsync(string userId, SessionKind kind, string? parentToken, string address, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var token = Tokens.New();
        var end = now + options.Value.AbsoluteTimeout;
        var row = new
        {
            hash = Tokens.Hash(token),
            userId,
            kind = Name(kind),
            parent = parentToken is null ? null : Tokens.Hash(parentToken),
            now = now.ToUnixTimeMilliseconds(),
            idle = Min(now + Idle(kind), end).ToUnixTimeMilliseconds(),
            end = end.ToUnixTimeMilliseconds(),
            address,
        };
        var added = await database.WriteAsync(
            session => parentToken is null
                ? session.ExecuteAsync(
                    """
                    INSERT INTO sign_in_sessions (token_hash, user_id, kind, parent_hash, created_at, last_seen_at, idle_ends_at, ends_at, address)
                    VALUES (@hash, @userId, @kind, NULL, @now, @now, @idle, @end, @address)
                    """,
                    row,
                    cancellationToken)
                : session.ExecuteAsync(
                    """
                    INSERT INTO sign_in_sessions (token_hash, user_id, kind, parent_hash, created_at, last_seen_at, idle_ends_at, ends_at, address)
                    SELECT @hash, user_id, @kind, token_hash, @now, @now, CASE WHEN ends_at < @idle THEN ends_at ELSE @idle END, ends_at, @address
                    FROM sign_in_sessions WHERE token_hash = @parent AND user_id = @userId AND idle_ends_at > @now AND ends_at > @now
                    """,
                    row,
                    cancellationToken),
            cancellationToken);
        return added == 1 ? token : null;
    }

    /// <summary>The session of this token, or null when there is none, it ended, or its user may not sign in any more. Being asked counts as use.</summary>
    public async Task<SignedIn?> FindAsync(string token, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hash = Tokens.Hash(token);
        var row = await database.ReadAsync(
            session => session.QueryFirstOrDefaultAsync<Row>(
                """
                SELECT s.user_id AS UserId, s.kind AS Kind, s.parent_hash AS ParentHash, s.last_seen_at AS LastSeenAt, s.ends_at AS EndsAt,
                       u.name AS Name, u.role AS Role, u.must_change_password AS MustChangePassword
                FROM sign_in_sessions s JOIN users u ON u.id = s.user_id
                WHERE s.token_hash = @hash AND s.idle_ends_at > @now AND s.ends_at > @now AND u.disabled = 0
                """,
                new { hash, now = now.ToUnixTimeMilliseconds() },
                cancellationToken),
            cancellationToken);
        if (row is null || !Roles.TryParse(row.Role, out var role))
        {
            return null;
        }

        var kind = row.Kind == Name(SessionKind.Studio) ? SessionKind.Studio : SessionKind.Browser;
        var lastSeen = DateTimeOffset.FromUnixTimeMilliseconds(row.LastSeenAt);
        if (now - lastSeen >= TouchEvery)
        {
            await TouchAsync(hash, kind, row.ParentHash, now, cancellationToken);
        }

        return new SignedIn
        {
            UserId = row.UserId,
            UserName = row.Name,
            Role = role,
            MustChangePassword = row.MustChangePassword != 0,
            Kind = kind,
            LastSeenAt = lastSeen,
            EndsAt = DateTimeOffset.FromUnixTimeMilliseconds(row.EndsAt),
        };
    }

    /// <summary>Ends the session and the tokens that Studio got from it.</summary>
    public Task EndAsync(string token, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("DELETE FROM sign_in_sessions WHERE token_hash = @hash OR parent_hash = @hash", new { hash = Tokens.Hash(token) }, cancellationToken),
        cancellationToken);

    /// <summary>Ends all sessions of a user except the one of <paramref name="keepToken"/> and its children.</summary>
    public Task EndAllAsync(string userId, string? keepToken, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            "DELETE FROM sign_in_sessions WHERE user_id = @userId AND token_hash <> @keep AND (parent_hash IS NULL OR parent_hash <> @keep)",
            new { userId, keep = keepToken is null ? "" : Tokens.Hash(keepToken) },
            cancellationToken),
        cancellationToken);

    /// <summary>Deletes what is over; returns how many.</summary>
    public Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("DELETE FROM sign_in_sessions WHERE idle_ends_at <= @now OR ends_at <= @now", new { now = now.ToUnixTimeMilliseconds() }, cancellationToken),
        cancellationToken);

    // A person who draws in Studio for hours makes no call with the cookie: using the token keeps the session behind it alive too.
    private Task<int> TouchAsync(string hash, SessionKind kind, string? parentHash, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await ExtendAsync(session, hash, Idle(kind), now, cancellationToken);
            if (parentHash is not null)
            {
                await ExtendAsync(session, parentHash, Idle(SessionKind.Browser), now, cancellationToken);
            }

            return 0;
        },
        cancellationToken);

    private static Task<int> ExtendAsync(DatabaseSession session, string hash, TimeSpan idle, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE sign_in_sessions SET last_seen_at = @now, idle_ends_at = CASE WHEN ends_at < @idle THEN ends_at ELSE @idle END WHERE token_hash = @hash",
        new { hash, now = now.ToUnixTimeMilliseconds(), idle = (now + idle).ToUnixTimeMilliseconds() },
        cancellationToken);

    private TimeSpan Idle(SessionKind kind) => kind == SessionKind.Studio ? options.Value.StudioTokenTimeout : options.Value.IdleTimeout;

    private static string Name(SessionKind kind) => kind == SessionKind.Studio ? "studio" : "browser";

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private sealed record Row
    {
        public string UserId { get; init; } = "";

        public string Kind { get; init; } = "";

        public string? ParentHash { get; init; }

        public long LastSeenAt { get; init; }

        public long EndsAt { get; init; }

        public string Name { get; init; } = "";

        public string Role { get; init; } = "";

        public long MustChangePassword { get; init; }
    }
}
