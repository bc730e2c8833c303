using Homelab.Engine.Storage;

namespace Homelab.Engine.SignIn;

internal sealed class UserStore(Database database)
{
    private const string Columns =
        "id AS Id, name AS Name, role AS Role, password_hash AS PasswordHash, must_change_password AS MustChangePassword, disabled AS Disabled, created_at AS CreatedAt, last_sign_in_at AS LastSignInAt";

    public Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<User>>(
        async session => [.. (await session.QueryAsync<Row>($"SELECT {Columns} FROM users ORDER BY name", null, cancellationToken)).Select(row => row.ToUser())],
        cancellationToken);

    public Task<User?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        async session => (await session.QueryFirstOrDefaultAsync<Row>($"SELECT {Columns} FROM users WHERE id = @id", new { id }, cancellationToken))?.ToUser(),
        cancellationToken);

    public Task<User?> FindByNameAsync(string name, CancellationToken cancellationToken) => database.ReadAsync(
        async session => (await session.QueryFirstOrDefaultAsync<Row>($"SELECT {Columns} FROM users WHERE name = @name", new { name = User.Normalise(name) }, cancellationToken))?.ToUser(),
        cancellationToken);

    /// <summary>False when the name is taken.</summary>
    public Task<bool> AddAsync(User user, CancellationToken cancellationToken) => database.WriteAsync(
        async session => await session.ExecuteAsync(
            """
            INSERT INTO users (id, name, role, password_hash, must_change_password, disabled, created_at)
            VALUES (@Id, @Name, @Role, @PasswordHash, @MustChangePassword, @Disabled, @CreatedAt)
            ON CONFLICT (name) DO NOTHING
            """,
            Row.Of(user),
            cancellationToken) == 1,
        cancellationToken);

    /// <summary>Adds the user only while there is none at all, so that of two nodes that start together one makes the administrator.</summary>
    public Task<bool> AddFirstAsync(User user, CancellationToken cancellationToken) => database.WriteAsync(
        async session => await session.ExecuteAsync(
            """
            INSERT INTO users (id, name, role, password_hash, must_change_password, disabled, created_at)
            SELECT @Id, @Name, @Role, @PasswordHash, @MustChangePassword, @Disabled, @CreatedAt
            WHERE NOT EXISTS (SELECT 1 FROM users)
            ON CONFLICT (name) DO NOTHING
            """,
            Row.Of(user),
            cancellationToken) == 1,
        cancellationToken);

    public Task SetPasswordAsync(string id, string passwordHash, bool mustChange, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            "UPDATE users SET password_hash = @passwordHash, must_change_password = @mustChange WHERE id = @id",
            new { id, passwordHash, mustChange = mustChange ? 1 : 0 },
            cancellationToken),
        cancellationToken);

    public Task SignedInAsync(string id, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE users SET last_sign_in_at = @at WHERE id = @id", new { id, at = now.ToUnixTimeMilliseconds() }, cancellationToken),
        cancellationToken);

    /// <summary>Changes role and standing, and ends the person's sessions in the same transaction. False when it would leave no administrator who can sign in.</summary>
    public Task<bool> ChangeAsync(string id, Role role, bool disabled, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            // The condition is in the statement, so that two admins who demote each other at once do not both succeed on SQLite;
            // on PostgreSQL the row locks taken first make the second wait.
            await LockAdminsAsync(session, cancellationToken);
            var changed = await session.ExecuteAsync(
                """
                UPDATE users SET role = @role, disabled = @disabled
                WHERE id = @id AND (@keeps = 1 OR EXISTS (SELECT 1 FROM users WHERE id <> @id AND role = 'admin' AND disabled = 0))
                """,
                new { id, role = role.Name(), disabled = disabled ? 1 : 0, keeps = role == Role.Admin && !disabled ? 1 : 0 },
                cancellationToken);
            if (changed == 1)
            {
                await session.ExecuteAsync("DELETE FROM sign_in_sessions WHERE user_id = @id", new { id }, cancellationToken);
            }

            return changed == 1;
        },
        cancellationToken);

    /// <summary>False when there is no such user, or none but this one is an administrator.</summary>
    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await LockAdminsAsync(session, cancellationToken);
            var deleted = await session.ExecuteAsync(
                "DELETE FROM users WHERE id = @id AND EXISTS (SELECT 1 FROM users WHERE id <> @id AND role = 'admin' AND disabled = 0)",
                new { id },
                cancellationToken) == 1;
            if (deleted)
            {
                await session.ExecuteAsync("DELETE FROM sign_in_sessions WHERE user_id = @id", new { id }, cancellationToken);
            }

            return deleted;
        },
        cancellationToken);

    // An update that changes nothing takes the row locks on both databases.
    private static Task<int> LockAdminsAsync(DatabaseSession session, CancellationToken cancellationToken) =>
        session.ExecuteAsync("UPDATE users SET role = role WHERE role = 'admin'", null, cancellationToken);

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Role { get; init; } = "";

        public string PasswordHash { get; init; } = "";

        public long MustChangePassword { get; init; }

        public long Disabled { get; init; }

        public long CreatedAt { get; init; }

        public long? LastSignInAt { get; init; }

        public static Row Of(User user) => new()
        {
            Id = user.Id,
            Name = user.Name,
            Role = user.Role.Name(),
            PasswordHash = user.PasswordHash,
            MustChangePassword = user.MustChangePassword ? 1 : 0,
            Disabled = user.Disabled ? 1 : 0,
            CreatedAt = user.CreatedAt.ToUnixTimeMilliseconds(),
        };

        public User ToUser() => new()
        {
            Id = Id,
            Name = Name,
            Role = Roles.TryParse(Role, out var role) ? role : SignIn.Role.Viewer,
            PasswordHash = PasswordHash,
            MustChangePassword = MustChangePassword != 0,
            Disabled = Disabled != 0,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            LastSignInAt = LastSignInAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        };
    }
}
