using System.Security.Claims;

namespace Homelab.Engine.SignIn;

/// <summary>
/// What an API key with scopes may reach. A scope is the first part of a route's path: <c>runs</c> is everything under <c>/api/runs</c>,
/// <c>elsa</c> everything under <c>/elsa</c>; <c>:read</c> behind it allows GET only. So a new route is covered without naming it anywhere.
/// </summary>
internal static class Scopes
{
    private const string ReadSuffix = ":read";

    public static bool Allow(ClaimsPrincipal principal, HttpRequest request)
    {
        var scopes = principal.FindAll(Caller.ScopeClaim).Select(claim => claim.Value).ToArray();
        if (scopes.Length == 0)
        {
            return true;
        }

        var area = AreaOf(request.Path);
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        return scopes.Any(scope => scope == area || (reads && scope == area + ReadSuffix));
    }

    /// <summary>What a scope must look like: lower-case letters, digits and dashes, with <c>:read</c> or without.</summary>
    public static bool IsWellFormed(string scope)
    {
        var area = scope.EndsWith(ReadSuffix, StringComparison.Ordinal) ? scope[..^ReadSuffix.Length] : scope;
        return area.Length is > 0 and <= 40 && area.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
    }

    private static string AreaOf(PathString path)
    {
        var parts = (path.Value ?? "").ToLowerInvariant().Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["api", var area, ..] => area,
            [var area, ..] => area,
            _ => "",
        };
    }
}
