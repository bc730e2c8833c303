using System.Security.Claims;
using System.Diagnostics.CodeAnalysis;

namespace Homelab.Engine.SignIn;

/// <summary>Who makes a request: what approvals and the audit record.</summary>
/// <param name="Id">The user's id, or <c>key:</c> and the API key's id.</param>
/// <param name="Name">The name people know it by.</param>
/// <param name="Role">What it may do.</param>
/// <param name="IsMachine">An API key, not a person.</param>
internal sealed record Caller(string Id, string Name, Role Role, bool IsMachine)
{
    public const string KindClaim = "homelab:kind";
    public const string ScopeClaim = "homelab:scope";
    /// <summary>The password was given by somebody else: until it is changed, nothing else is allowed.</summary>
    public const string MustChangeClaim = "homelab:must-change";

    public const string Cookie = "cookie";
    public const string Studio = "studio";
    public const string Machine = "machine";

    public static bool TryRead(ClaimsPrincipal principal, [NotNullWhen(true)] out Caller? caller)
    {
        caller = principal.FindFirstValue(ClaimTypes.NameIdentifier) is { } id && Roles.TryParse(principal.FindFirstValue(ClaimTypes.Role), out var role)
            ? new Caller(id, principal.Identity?.Name ?? id, role, principal.HasClaim(KindClaim, Machine))
            : null;
        return caller is not null;
    }

    /// <summary>The caller of a route that has a policy; there always is one behind it.</summary>
    public static Caller Of(ClaimsPrincipal principal) =>
        TryRead(principal, out var caller) ? caller : throw new InvalidOperationException("This route has no policy, so nobody is known to call it. Give it one with RequireAuthorization.");

    public static ClaimsPrincipal Person(SignedIn session) => Principal(
        session.UserId, session.UserName, session.Role, session.Kind == SessionKind.Studio ? Studio : Cookie, [], session.MustChangePassword);

    public static ClaimsPrincipal Key(ApiKey key) => Principal($"key:{key.Id}", key.Name, key.Role, Machine, key.Scopes);

    private static ClaimsPrincipal Principal(string id, string name, Role role, string kind, IReadOnlyList<string> scopes, bool mustChange = false) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, id),
            new Claim(ClaimTypes.Name, name),
            new Claim(ClaimTypes.Role, role.Name()),
            new Claim(KindClaim, kind),
            .. mustChange ? new[] { new Claim(MustChangeClaim, "") } : [],
            .. scopes.Select(scope => new Claim(ScopeClaim, scope)),
        ],
        SignInHandler.SchemeName));
}
