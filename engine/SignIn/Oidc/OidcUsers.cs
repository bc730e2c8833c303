using Homelab.Engine.Storage;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.SignIn.Oidc;

/// <summary>Which user somebody is here whom a provider named: the one of the same issuer and subject, never the one of the same name.</summary>
internal sealed class OidcUsers(Database database, UserStore users, IOptions<SignInOptions> options, TimeProvider time)
{
    private const int LongestName = 64;

    /// <summary>The user with the role that the groups give now; null with the reason where there is none.</summary>
    public async Task<(User? User, string? Problem)> FindOrAddAsync(OidcIdentity identity, Role role, CancellationToken cancellationToken)
    {
        var id = await database.ReadAsync(
            session => session.ScalarAsync<string?>("SELECT user_id FROM external_identities WHERE issuer = @Issuer AND subject = @Subject", new { identity.Issuer, identity.Subject }, cancellationToken), cancellationToken);
        if (id is null || await users.FindAsync(id, cancellationToken) is not { } known)
            return await AddAsync(identity, role, cancellationToken);
        if (known.Disabled)
            return (null, "disabled");
        if (known.Role == role)
            return (known, null);
        // The last administrator stays one: nobody could undo it.
        return await users.ChangeAsync(known.Id, role, disabled: false, cancellationToken) ? (known with { Role = role }, null) : (known, null);
    }

    private async Task<(User? User, string? Problem)> AddAsync(OidcIdentity identity, Role role, CancellationToken cancellationToken)
    {
        var name = User.Normalise(identity.Name);
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
            return (null, "name");
        var now = time.GetUtcNow();
        var user = new User
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Name = name,
            Role = role,
            // One that nobody knows: the way in is the provider's, and guessing takes as long as for everybody.
            PasswordHash = PasswordHash.Create(Tokens.New(), options.Value.PasswordIterations),
            CreatedAt = now,
        };
        if (!await users.AddAsync(user, cancellationToken))
            return (null, "taken");
        await database.WriteAsync(
            session => session.ExecuteAsync(
                "INSERT INTO external_identities (issuer, subject, user_id) VALUES (@Issuer, @Subject, @Id) ON CONFLICT (issuer, subject) DO UPDATE SET user_id = excluded.user_id",
                new { identity.Issuer, identity.Subject, user.Id }, cancellationToken),
            cancellationToken);
        return (user, null);
    }
}
