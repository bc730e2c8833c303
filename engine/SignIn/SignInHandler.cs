using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.SignIn;

/// <summary>
/// Finds out who calls: an API key (<c>Authorization: ApiKey KEY</c> or <c>X-Api-Key</c>), a Studio token (<c>Authorization: Bearer</c>, or
/// <c>access_token</c> in the query of the hub; under <c>/elsa</c> only), or a session's cookie. A wrong key is never made good by a cookie.
/// </summary>
internal sealed class SignInHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    SessionStore sessions,
    ApiKeyStore keys,
    TimeProvider time) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "homelab";
    public const string CookieName = "homelab_session";

    private static readonly PathString ElsaPath = new("/elsa");
    private static readonly PathString HubPath = new("/elsa/hubs");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (ReadKey() is { } key)
        {
            return await keys.FindAsync(key, time.GetUtcNow(), Context.RequestAborted) is { } found
                ? Success(Caller.Key(found))
                : AuthenticateResult.Fail("The API key is unknown, revoked or expired.");
        }

        if (ReadBearer() is { } bearer)
        {
            return await sessions.FindAsync(bearer, time.GetUtcNow(), Context.RequestAborted) is { Kind: SessionKind.Studio } session
                ? Success(Caller.Person(session))
                : AuthenticateResult.Fail("The token is unknown or its session ended.");
        }

        return Request.Cookies.TryGetValue(CookieName, out var cookie) && cookie.Length > 0
            ? await sessions.FindAsync(cookie, time.GetUtcNow(), Context.RequestAborted) is { Kind: SessionKind.Browser } signedIn
                ? Success(Caller.Person(signedIn))
                : AuthenticateResult.Fail("The session ended.")
            : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => Api.Problems.NotSignedIn().ExecuteAsync(Context);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => 
        (Context.User.HasClaim(claim => claim.Type == Caller.MustChangeClaim) ? Api.Problems.MustChangePassword() : Api.Problems.NotAllowed(Context)).ExecuteAsync(Context);

    private string? ReadKey()
    {
        if (Request.Headers.TryGetValue("X-Api-Key", out var header))
        {
            return header.ToString();
        }

        return AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var authorization) &&
            authorization.Scheme.Equals("ApiKey", StringComparison.OrdinalIgnoreCase)
            ? authorization.Parameter ?? ""
            : null;
    }

    private string? ReadBearer()
    {
        if (!Request.Path.StartsWithSegments(ElsaPath))
        {
            return null;
        }

        if (AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var authorization) &&
            authorization.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return authorization.Parameter ?? "";
        }

        // A browser's WebSocket cannot set headers; SignalR's clients put the token here.
        return Request.Path.StartsWithSegments(HubPath) && Request.Query.TryGetValue("access_token", out var token) ? token.ToString() : null;
    }

    private AuthenticateResult Success(System.Security.Claims.ClaimsPrincipal principal) =>
        AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
}
