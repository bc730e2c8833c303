using System.ComponentModel;
using Homelab.Engine.SignIn;
using Homelab.Engine.SignIn.Oidc;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Api;

/// <summary>Signing in and out of the console. The first three routes are open: one must get in somehow.</summary>
internal static class SessionApi
{
    public static IEndpointRouteBuilder MapSession(this IEndpointRouteBuilder api)
    {
        var session = api.MapGroup("/session").WithTags("Session");
        session.MapGet("", GetAsync).AllowAnonymous().WithName("GetSession").WithSummary("Who is signed in, if anybody");
        session.MapPost("", SignInAsync).AllowAnonymous().WithName("SignIn").WithSummary("Sign in with name and password");
        session.MapDelete("", SignOutAsync).RequireAuthorization(Policies.Viewer).WithName("SignOut").WithSummary("End the session");
        session.MapPost("/password", ChangePasswordAsync).RequireAuthorization(Policies.Viewer).WithName("ChangePassword").WithSummary("Change one's own password");
        session.MapOidc();
        session.MapGet("/studio-token", StudioTokenAsync).RequireAuthorization(Policies.Viewer).WithName("GetStudioToken").WithSummary("A short-lived bearer token for /elsa/api");
        return api;
    }

    private static async Task<Ok<SessionInfo>> GetAsync(
        HttpContext context, SessionStore sessions, ApiAreas areas, IOptions<OidcOptions> oidc, TimeProvider time, CancellationToken cancellationToken) =>
        TypedResults.Ok(
            context.Request.Cookies.TryGetValue(SignInHandler.CookieName, out var token) &&
            await sessions.FindAsync(token, time.GetUtcNow(), cancellationToken) is { Kind: SessionKind.Browser } session
                ? SessionInfo.Of(session, token, areas)
                : SessionInfo.None with { Provider = oidc.Value.IsOn ? oidc.Value.Name : null });

    private static async Task<Results<Ok<SessionInfo>, ProblemHttpResult>> SignInAsync(
        SignInRequest request, HttpContext context, PasswordSignIn signIn, ApiAreas areas, CancellationToken cancellationToken) =>
        await signIn.TryAsync(request.Name, request.Password, SessionKind.Browser, Address(context), cancellationToken) switch
        {
            SignInResult.Succeeded done => SignedIn(context, done, areas),
            SignInResult.Wait wait => Problems.TryLater(context, wait.For, "sign-in", "There were too many wrong passwords for this name or from this address."),
            _ => WrongPassword(),
        };

    private static async Task<NoContent> SignOutAsync(HttpContext context, SessionStore sessions, CancellationToken cancellationToken)
    {
        if (context.Request.Cookies.TryGetValue(SignInHandler.CookieName, out var token))
        {
            await sessions.EndAsync(token, cancellationToken);
            context.Response.Cookies.Delete(SignInHandler.CookieName, Cookie(context, null));
        }

        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangePasswordAsync(
        ChangePasswordRequest request, HttpContext context, PasswordSignIn signIn, CancellationToken cancellationToken)
    {
        if (!context.Request.Cookies.TryGetValue(SignInHandler.CookieName, out var token) || Caller.Of(context.User) is not { IsMachine: false } caller)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "A key has no password.", "credentials", null, "Only a person who signed in has a password to change.", "Sign in to the console.");
        }

        return await signIn.ChangePasswordAsync(caller.Id, request.Current, request.New, token, Address(context), cancellationToken) switch
        {
            PasswordChange.Changed => TypedResults.NoContent(),
            PasswordChange.Wait wait => Problems.TryLater(context, wait.For, "password", "There were too many wrong passwords."),
            PasswordChange.Refused refused => Problems.Invalid(refused.Path, null, refused.Rule, refused.Action),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<Results<Ok<StudioToken>, ProblemHttpResult>> StudioTokenAsync(
        HttpContext context, SessionStore sessions, TimeProvider time, IOptions<SignInOptions> options, CancellationToken cancellationToken) =>
        context.Request.Cookies.TryGetValue(SignInHandler.CookieName, out var parent) &&
        Caller.Of(context.User) is { IsMachine: false } caller &&
        await sessions.StartAsync(caller.Id, SessionKind.Studio, parent, Address(context), time.GetUtcNow(), cancellationToken) is { } token
            ? TypedResults.Ok(new StudioToken(token, (int)options.Value.StudioTokenTimeout.TotalSeconds))
            : Problems.Of(400, "A token is made for a session.", "credentials", null, "Only a person who signed in with the cookie gets a token for Studio.", "Use the API key itself under /elsa/api: it is taken there too.");

    private static Ok<SessionInfo> SignedIn(HttpContext context, SignInResult.Succeeded done, ApiAreas areas)
    {
        context.Response.Cookies.Append(SignInHandler.CookieName, done.Token, Cookie(context, done.Session.EndsAt));
        return TypedResults.Ok(SessionInfo.Of(done.Session, done.Token, areas));
    }

    // Lax, so that a link in a chat opens the console signed in; what changes anything needs the header besides.
    internal static CookieOptions Cookie(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        SameSite = SameSiteMode.Lax,
        Secure = context.Request.IsHttps,
        Path = "/",
        Expires = expires,
    };

    private static ProblemHttpResult WrongPassword() => Problems.Of(
        StatusCodes.Status401Unauthorized, "The name or the password is wrong.", "sign-in", null, "Name and password must match a user who is not disabled.", "Try again; an administrator can set a new password under Users.");

    // One spelling for each address, or whoever guesses passwords would have two.
    internal static string Address(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address.ToString(),
    };
}

internal sealed record SignInRequest
{
    [Description("The user's name; case does not matter.")]
    public required string Name { get; init; }

    public required string Password { get; init; }
}

internal sealed record ChangePasswordRequest
{
    public required string Current { get; init; }

    public required string New { get; init; }
}

internal sealed record StudioToken(string AccessToken, int ExpiresInSeconds);

internal sealed record SessionUser(string Id, string Name, string Role);

/// <summary>Who is signed in, and what the browser needs to act for them.</summary>
internal sealed record SessionInfo
{
    public static SessionInfo None { get; } = new() { SignedIn = false };

    public required bool SignedIn { get; init; }

    public SessionUser? User { get; init; }

    [Description("The password was made by somebody else; the console asks for another.")]
    public bool MustChangePassword { get; init; }

    [Description("Sent back in the header X-CSRF-Token with every change.")]
    public string? CsrfToken { get; init; }

    public DateTimeOffset? EndsAt { get; init; }

    [Description("What one may sign in with beside a password, as the settings call it; only where nobody is signed in.")]
    public string? Provider { get; init; }

    [Description("The parts of the API that this server has.")]
    public IReadOnlyList<string> Areas { get; init; } = [];

    public static SessionInfo Of(SignedIn session, string token, ApiAreas areas) => new()
    {
        SignedIn = true,
        User = new SessionUser(session.UserId, session.UserName, session.Role.Name()),
        MustChangePassword = session.MustChangePassword,
        CsrfToken = Tokens.Csrf(token),
        EndsAt = session.EndsAt,
        Areas = areas.Names,
    };
}
