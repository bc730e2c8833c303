using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api.Elsa;

/// <summary>Elsa's own way to sign in, for clients of its API: name and password for a bearer token. The console's pages use the cookie instead.</summary>
internal static class IdentityApi
{
    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/elsa/api/identity/login", SignInAsync).AllowAnonymous().ExcludeFromDescription();
        return routes;
    }

    private static async Task<Results<Ok<LoginAnswer>, ProblemHttpResult>> SignInAsync(
        LoginRequest request, HttpContext context, PasswordSignIn signIn, CancellationToken cancellationToken) =>
        await signIn.TryAsync(request.Username, request.Password, SessionKind.Studio, SessionApi.Address(context), cancellationToken) switch
        {
            SignInResult.Succeeded done => TypedResults.Ok(new LoginAnswer(true, done.Token, null)),
            SignInResult.Wait wait => Problems.TryLater(context, wait.For, "sign-in", "There were too many wrong passwords for this name or from this address."),
            _ => TypedResults.Ok(new LoginAnswer(false, null, null)),
        };

    internal sealed record LoginRequest
    {
        public required string Username { get; init; }

        public required string Password { get; init; }
    }

    internal sealed record LoginAnswer(bool IsAuthenticated, string? AccessToken, string? RefreshToken);
}
