using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Homelab.Engine.Api;

/// <summary>One thing that is wrong with a request: where, what, which rule, and what to do.</summary>
internal sealed record Fault(string Path, string? Value, string Rule, string Action);

/// <summary>Every "no" of the API as problem details (RFC 9457) that name the thing, the value, the rule it broke and what to do.</summary>
internal static class Problems
{
    public static ProblemHttpResult NotFound(string thing, string value, string action) =>
        Of(StatusCodes.Status404NotFound, $"There is no {thing} '{value}'.", thing, value, $"The {thing} must exist.", action);

    public static ProblemHttpResult Conflict(string thing, string value, string rule, string action) =>
        Of(StatusCodes.Status409Conflict, $"This cannot be done with {thing} '{value}' now. {rule}", thing, value, rule, action);

    /// <summary>All that is wrong with the request at once.</summary>
    public static ProblemHttpResult Invalid(IReadOnlyList<Fault> faults) => TypedResults.Problem(new ProblemDetails
    {
        Status = StatusCodes.Status400BadRequest,
        Title = "The request is not valid.",
        Detail = string.Join(" ", faults.Select(fault => $"{fault.Path}: {fault.Rule}")),
        Extensions = { ["errors"] = faults, ["action"] = "Correct what 'errors' lists and send it again." },
    });

    public static ProblemHttpResult Invalid(string path, string? value, string rule, string action) => Invalid([new Fault(path, value, rule, action)]);

    public static ProblemHttpResult NotSignedIn() => Of(
        StatusCodes.Status401Unauthorized, "Nobody is signed in.", "credentials", null, "This address needs a session or an API key that is valid.", "Sign in, or send the header 'Authorization: ApiKey KEY'.");

    public static ProblemHttpResult NotAllowed(HttpContext context)
    {
        var role = SignIn.Caller.TryRead(context.User, out var caller) ? caller.Role.ToString().ToLowerInvariant() : "none";
        return Of(
            StatusCodes.Status403Forbidden,
            "You may not do this.",
            "role",
            role,
            $"The role '{role}', or this key's scopes, do not allow {context.Request.Method} {context.Request.Path}.",
            "Ask an administrator for a higher role, or use a key with this scope.");
    }

    public static ProblemHttpResult MustChangePassword() => Of(
        StatusCodes.Status403Forbidden, "Choose a password of your own first.", "password", null, "The one you signed in with was made by somebody else.", "POST /api/session/password with the current and a new one.");

    public static ProblemHttpResult MissingCsrfToken() => Of(
        StatusCodes.Status403Forbidden,
        "The request does not come from the console.",
        SignIn.CsrfProtection.Header,
        null,
        $"A change that is signed in by cookie needs the header {SignIn.CsrfProtection.Header} with the token that GET /api/session returns.",
        "Reload the page. A program uses an API key instead of the cookie.");

    public static ProblemHttpResult TryLater(HttpContext context, TimeSpan wait, string thing, string rule)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Of(StatusCodes.Status429TooManyRequests, "Too many tries.", thing, null, rule, $"Try again in {seconds} s.");
    }

    public static ProblemHttpResult Of(int status, string title, string thing, string? value, string rule, string action) => TypedResults.Problem(new ProblemDetails
    {
        Status = status,
        Title = title,
        Detail = $"{rule} {action}",
        Extensions = { ["thing"] = thing, ["value"] = value, ["rule"] = rule, ["action"] = action },
    });
}
