using System.ComponentModel;
using Homelab.Engine.Api;
using Homelab.Engine.Gate;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.SignIn.Oidc;

/// <summary>The way to the provider and back. Both are addresses that a browser opens; whatever goes wrong ends on the sign-in page, which says it in words.</summary>
internal static partial class OidcApi
{
    private const string CookieName = "homelab_oidc";
    private const string Path = "/api/session/oidc";

    public static RouteGroupBuilder MapOidc(this RouteGroupBuilder session)
    {
        session.MapGet("/oidc/start", StartAsync).AllowAnonymous().WithName("StartOidc").WithSummary("Sends the browser to the provider that Oidc names");
        session.MapGet("/oidc/callback", ReturnAsync).AllowAnonymous().WithName("ReturnFromOidc").WithSummary("Where the provider sends the browser back to");
        return session;
    }

    private static async Task<Results<RedirectHttpResult, ProblemHttpResult>> StartAsync(
        [Description("The page to go on to, such as /approvals")] string? @return,
        HttpContext context, IOptions<OidcOptions> options, OidcProvider provider, HashKey key, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (!options.Value.IsOn)
            return Problems.NotFound("provider", "Oidc", "Sign in with name and password, or set Oidc:Authority.");
        var attempt = OidcAttempt.Begin(SafeReturn(@return), time.GetUtcNow());
        try
        {
            var address = await provider.AddressAsync(attempt, Redirect(context, options.Value), cancellationToken);
            context.Response.Cookies.Append(CookieName, attempt.Protect(await key.ReadAsync(cancellationToken)), Cookie(context, DateTimeOffset.FromUnixTimeMilliseconds(attempt.EndsAt)));
            return TypedResults.Redirect(address);
        }
        catch (OidcException exception)
        {
            return Refused(context, loggers, attempt, "provider", exception.Message);
        }
    }

    private static async Task<Results<RedirectHttpResult, ProblemHttpResult>> ReturnAsync(
        string? code, string? state, string? error, string? iss,
        HttpContext context, IOptions<OidcOptions> options, OidcProvider provider, OidcUsers people, UserStore users, SessionStore sessions, HashKey key, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (!options.Value.IsOn)
            return Problems.NotFound("provider", "Oidc", "Sign in with name and password, or set Oidc:Authority.");
        var now = time.GetUtcNow();
        var attempt = OidcAttempt.Read(context.Request.Cookies[CookieName], state, await key.ReadAsync(cancellationToken), now);
        context.Response.Cookies.Delete(CookieName, Cookie(context, null));
        if (attempt is null)
            return Refused(context, loggers, null, "expired", "no sign-in of this browser waits for this answer");
        if (error is not null || code is not { Length: > 0 })
            return Refused(context, loggers, attempt, "denied", "the provider said no");
        OidcIdentity identity;
        try
        {
            identity = await provider.RedeemAsync(attempt, code, iss, Redirect(context, options.Value), cancellationToken);
        }
        catch (OidcException exception)
        {
            return Refused(context, loggers, attempt, "provider", exception.Message);
        }

        if (options.Value.RoleOf(identity.Groups) is not { } role)
            return Refused(context, loggers, attempt, "group", "none of the person's groups has a role here");
        var (user, problem) = await people.FindOrAddAsync(identity, role, cancellationToken);
        if (user is null)
            return Refused(context, loggers, attempt, problem ?? "provider", $"there is no user for this person ({problem})");
        await users.SignedInAsync(user.Id, now, cancellationToken);
        var token = await sessions.StartAsync(user.Id, SessionKind.Browser, null, SessionApi.Address(context), now, cancellationToken);
        if (token is null || await sessions.FindAsync(token, now, cancellationToken) is not { } session)
            return Refused(context, loggers, attempt, "provider", "the session could not be stored");
        context.Response.Cookies.Append(SignInHandler.CookieName, token, SessionApi.Cookie(context, session.EndsAt));
        Log.SignedIn(loggers.CreateLogger(typeof(OidcApi)), user.Name, SessionApi.Address(context));
        return TypedResults.LocalRedirect(attempt.Return);
    }

    /// <summary>The page that was wanted comes along, so that another try ends there.</summary>
    private static RedirectHttpResult Refused(HttpContext context, ILoggerFactory loggers, OidcAttempt? attempt, string problem, string reason)
    {
        Log.Refused(loggers.CreateLogger(typeof(OidcApi)), SessionApi.Address(context), reason);
        return TypedResults.LocalRedirect($"/sign-in?problem={problem}{(attempt is null or { Return: "/" } ? "" : $"&return={Uri.EscapeDataString(attempt.Return)}")}");
    }

    private static string Redirect(HttpContext context, OidcOptions options) =>
        $"{(options.PublicUrl.Length > 0 ? options.PublicUrl.TrimEnd('/') : $"{context.Request.Scheme}://{context.Request.Host}")}{Path}/callback";

    /// <summary>A page of this server, and of no other.</summary>
    internal static string SafeReturn(string? page) =>
        page is { Length: > 0 and < 1000 } && page[0] == '/' && !page.StartsWith("//", StringComparison.Ordinal) && !page.Contains('\\', StringComparison.Ordinal) && !page.Any(char.IsControl) ? page : "/";

    // Lax: it must come along when the provider sends the browser back.
    private static CookieOptions Cookie(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true, IsEssential = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = Path, Expires = expires,
    };

    private static partial class Log
    {
        [LoggerMessage(2011, LogLevel.Information, "User {User} signed in by the provider from {Address}")]
        public static partial void SignedIn(ILogger logger, string user, string address);

        [LoggerMessage(2012, LogLevel.Warning, "Sign-in by the provider refused from {Address}: {Reason}")]
        public static partial void Refused(ILogger logger, string address, string reason);
    }
}
