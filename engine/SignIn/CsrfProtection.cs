using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authorization;

namespace Homelab.Engine.SignIn;

/// <summary>
/// A browser sends the session's cookie whoever made the page. So a write that is signed in by cookie must carry the session's token in a
/// header, which another site can neither read nor set; or, for Studio, which knows no token, the header by which browsers say that the page
/// is of this very origin, which no page can set. Neither of them: refused.
/// </summary>
internal sealed class CsrfProtection(RequestDelegate next)
{
    public const string Header = "X-CSRF-Token";

    public Task InvokeAsync(HttpContext context) =>
        IsRead(context.Request.Method) || !IsFromCookie(context) || IsOpen(context) || HasToken(context.Request) || IsFromHere(context.Request)
            ? next(context)
            : Api.Problems.MissingCsrfToken().ExecuteAsync(context);

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool IsFromCookie(HttpContext context) => context.User.HasClaim(Caller.KindClaim, Caller.Cookie);

    // What anybody may call gains nothing from the cookie. Routing has run before this.
    private static bool IsOpen(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;

    private static bool IsFromHere(HttpRequest request) =>
        request.Headers.Origin is [{ } origin] && string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);

    private static bool HasToken(HttpRequest request) =>
        request.Cookies.TryGetValue(SignInHandler.CookieName, out var cookie) &&
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(request.Headers[Header].ToString()), Encoding.UTF8.GetBytes(Tokens.Csrf(cookie)));
}
