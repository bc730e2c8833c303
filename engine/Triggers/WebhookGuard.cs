using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Homelab.Activities;
using Homelab.Engine.SignIn;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Triggers;

/// <summary>Whether a request may use an endpoint, and if not why. Anything it does not understand is a no.</summary>
internal sealed class WebhookGuard(IOptions<WebhookSettings> settings, ISecretSource store, TimeProvider time)
{
    /// <summary>The secret that guards the endpoint; null when none does.</summary>
    public WebhookSecret? SecretOf(EndpointRoute route)
    {
        foreach (var secret in settings.Value.Secrets.Values)
        {
            if (!string.IsNullOrEmpty(secret.Path) && Definitions.TriggerIndex.NormalizePath(secret.Path) == route.Path)
                return secret;
        }

        return route.Authorize && route.Policy is { } policy ? settings.Value.Secrets.GetValueOrDefault(policy) : null;
    }

    /// <returns>Null when it may; else why not, without anything of the secret.</returns>
    public async Task<string?> RefusalAsync(HttpContext http, EndpointRoute route, byte[] body)
    {
        if (SecretOf(route) is { } secret)
        {
            return await ValueAsync(secret, http.RequestAborted) is { } value
                ? Check(http.Request.Headers, secret, value, body)
                : $"The secret of this endpoint ({secret.Secret}) is not in the secret store, or shorter than {WebhookSecret.ShortestSecret} characters: homelab secrets set {secret.Secret[WebhookSecret.Reference.Length..]}";
        }


        if (route.Authorize)
        {
            var roles = (route.Policy?.ToLowerInvariant() ?? Policies.Operator) switch
            {
                Policies.Viewer => new[] { Policies.Viewer, Policies.Operator, Policies.Admin },
                Policies.Operator => [Policies.Operator, Policies.Admin],
                Policies.Admin => [Policies.Admin],
                _ => [],
            };
            if (roles.Length == 0)
                return $"The endpoint asks for the policy \"{route.Policy}\", which is neither viewer, operator, admin nor a name under Webhooks:Secrets.";
            return roles.Any(http.User.IsInRole) ? null : "The endpoint needs a signed-in caller: send the header X-Api-Key with a key of enough rights.";
        }

        return settings.Value.AllowOpen || http.User.Identity?.IsAuthenticated == true || IsLocal(http)
            ? null
            : "The endpoint has no secret, so it answers only this machine and signed-in callers. Give it one (Webhooks:Secrets), send X-Api-Key, or set Webhooks:AllowOpen.";
    }

    /// <summary>From this very machine and not passed on for somebody else by a proxy on it.</summary>
    private static bool IsLocal(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !http.Request.Headers.ContainsKey("X-Forwarded-For") && !http.Request.Headers.ContainsKey("Forwarded");

    /// <summary>Null when the store does not have it or cannot open it: then nobody is let in.</summary>
    private async Task<string?> ValueAsync(WebhookSecret secret, CancellationToken cancellationToken)
    {
        if (!secret.IsReference)
            return secret.Secret;
        try
        {
            return await store.FindAsync(secret.Secret[WebhookSecret.Reference.Length..], cancellationToken) is { Length: >= WebhookSecret.ShortestSecret } value ? value : null;
        }
        catch (ActivityException)
        {
            return null;
        }
    }

    private string? Check(IHeaderDictionary headers, WebhookSecret secret, string value, byte[] body)
    {
        var given = headers[secret.HeaderName].ToString();
        if (given.Length == 0)
            return $"The header {secret.HeaderName} is missing.";
        if (secret.Proof == WebhookProof.Header)
            return Same(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(value)) ? null : $"The header {secret.HeaderName} does not hold the secret of this endpoint.";

        var signed = body;
        if (!string.IsNullOrEmpty(secret.TimestampHeader))
        {
            var sent = headers[secret.TimestampHeader].ToString();
            if (!long.TryParse(sent, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                return $"The header {secret.TimestampHeader} must hold the time of sending in seconds since 1970.";
            if (Math.Abs((double)time.GetUtcNow().ToUnixTimeSeconds() - seconds) > secret.Tolerance.TotalSeconds)
                return $"The request is signed for another time than now ({secret.TimestampHeader}); it is a repetition, or a clock is wrong.";
            signed = [.. Encoding.UTF8.GetBytes(sent + "."), .. signed];
        }

        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(value), signed));
        var hex = given.StartsWith("sha256=", StringComparison.OrdinalIgnoreCase) ? given["sha256=".Length..] : given;
        return Same(Encoding.UTF8.GetBytes(hex.ToLowerInvariant()), Encoding.UTF8.GetBytes(expected))
            ? null
            : $"The signature in {secret.HeaderName} is not that of this body with the secret of this endpoint.";
    }

    /// <summary>In a time that does not tell where they differ; hashed first, so that it does not tell the length either.</summary>
    private static bool Same(byte[] left, byte[] right) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(left), SHA256.HashData(right));
}
