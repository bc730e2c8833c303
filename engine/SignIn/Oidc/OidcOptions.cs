using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.SignIn.Oidc;

/// <summary>Section <c>Oidc</c>: signing in by an OpenID Connect provider. Off while no authority is named.</summary>
internal sealed class OidcOptions : IValidatableObject
{
    /// <summary>The provider's address, as its discovery document names it; empty is off.</summary>
    public string Authority { get; set; } = "";

    public string ClientId { get; set; } = "";

    /// <summary>Empty for a public client: the code is proven by PKCE either way.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>What the button says: Sign in with NAME.</summary>
    public string Name { get; set; } = "single sign-on";

    public string Scopes { get; set; } = "openid profile groups";

    /// <summary>Where browsers reach this server, such as <c>https://homelab.example</c>; empty takes the address of the request.</summary>
    public string PublicUrl { get; set; } = "";

    public string NameClaim { get; set; } = "preferred_username";

    public string GroupsClaim { get; set; } = "groups";

    /// <summary>Values of the groups claim that make an administrator. Who has none of the three lists' gets in nowhere.</summary>
    public List<string> AdminGroups { get; set; } = [];

    public List<string> OperatorGroups { get; set; } = [];

    public List<string> ViewerGroups { get; set; } = [];

    public bool IsOn => Authority.Length > 0;

    public Role? RoleOf(IReadOnlyCollection<string> groups) =>
        groups.Any(AdminGroups.Contains) ? Role.Admin : groups.Any(OperatorGroups.Contains) ? Role.Operator : groups.Any(ViewerGroups.Contains) ? Role.Viewer : null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsOn)
            yield break;
        if (!IsSafe(Authority))
            yield return new ValidationResult($"\"{Authority}\" is no https address; only a provider on this machine may be asked without TLS.", [nameof(Authority)]);
        if (PublicUrl.Length > 0 && !Uri.TryCreate(PublicUrl, UriKind.Absolute, out _))
            yield return new ValidationResult($"\"{PublicUrl}\" is no address; write it as browsers do, such as https://homelab.example.", [nameof(PublicUrl)]);
        if (ClientId.Length == 0)
            yield return new ValidationResult("A provider is named, but not who this server is there; set Oidc:ClientId.", [nameof(ClientId)]);
        if (AdminGroups.Count + OperatorGroups.Count + ViewerGroups.Count == 0)
            yield return new ValidationResult("Nobody could sign in; name groups in Oidc:AdminGroups, OperatorGroups or ViewerGroups.", [nameof(AdminGroups)]);
        if (!Scopes.Split(' ').Contains("openid", StringComparer.Ordinal))
            yield return new ValidationResult($"\"{Scopes}\" lacks openid, without which the provider does not say who signed in.", [nameof(Scopes)]);
    }

    /// <summary>TLS, or this machine.</summary>
    public static bool IsSafe(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
}
