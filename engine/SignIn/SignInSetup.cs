using Homelab.Engine.Operations;
using Homelab.Engine.SignIn.Oidc;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace Homelab.Engine.SignIn;

internal static class SignInSetup
{
    public static IServiceCollection AddSignIn(this IServiceCollection services)
    {
        services.AddSettings<SignInOptions>("SignIn");
        services.AddSettings<OidcOptions>("Oidc");
        services.AddSingleton<OidcProvider>();
        services.AddSingleton<OidcUsers>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<SlowDown>();
        services.AddSingleton<PasswordSignIn>();
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<FirstAdministrator>(provider, Console.Out));
        services.AddHostedService<SessionCleaner>();

        // AddAuthentication would bring data protection with its key files; sessions are rows and tokens are random, so nothing here needs it.
        services.AddAuthenticationCore(authentication => authentication.DefaultScheme = SignInHandler.SchemeName);
        services.AddWebEncoders();
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, SignInHandler>(SignInHandler.SchemeName, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Viewer, policy => Allow(policy, Policies.Viewer, Policies.Operator, Policies.Admin))
            .AddPolicy(Policies.Operator, policy => Allow(policy, Policies.Operator, Policies.Admin))
            .AddPolicy(Policies.Admin, policy => Allow(policy, Policies.Admin))
            // A route that says nothing is not open by accident.
            .SetFallbackPolicy(Allow(new AuthorizationPolicyBuilder(), Policies.Admin).Build())
            .SetDefaultPolicy(Allow(new AuthorizationPolicyBuilder(), Policies.Admin).Build());
        return services;
    }

    private static AuthorizationPolicyBuilder Allow(AuthorizationPolicyBuilder policy, params string[] roles) => policy
        .RequireRole(roles)
        .RequireAssertion(context => context.Resource is HttpContext http && Scopes.Allow(context.User, http.Request) && HasOwnPassword(context.User, http.Request));

    /// <summary>Whoever signed in with a password of somebody else's making may choose another, and nothing else.</summary>
    private static bool HasOwnPassword(System.Security.Claims.ClaimsPrincipal user, HttpRequest request) =>
        !user.HasClaim(claim => claim.Type == Caller.MustChangeClaim) || request.Path.StartsWithSegments("/api/session");
}
