using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Homelab.Engine.SignIn.Oidc;

/// <summary>A sign-in that began in this browser and may come back to it: kept in its cookie, signed, for ten minutes.</summary>
/// <param name="State">What must come back in the address.</param>
/// <param name="Nonce">What must stand in the identity token.</param>
/// <param name="Verifier">What proves that who brings the code began it (PKCE).</param>
/// <param name="Return">The page to go on to.</param>
/// <param name="EndsAt">Unix milliseconds.</param>
internal sealed record OidcAttempt(string State, string Nonce, string Verifier, string Return, long EndsAt)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public static OidcAttempt Begin(string returnTo, DateTimeOffset now) => new(Tokens.New(), Tokens.New(), Tokens.New(), returnTo, (now + Lifetime).ToUnixTimeMilliseconds());

    public string Protect(byte[] key)
    {
        var body = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this));
        return $"{body}.{Signature(body, key)}";
    }

    /// <summary>Null: not made here, changed, over, or not for this state.</summary>
    public static OidcAttempt? Read(string? cookie, string? state, byte[] key, DateTimeOffset now)
    {
        if (cookie?.Split('.') is not [var body, var signature] || state is null || !Same(signature, Signature(body, key)))
            return null;
        var attempt = JsonSerializer.Deserialize<OidcAttempt>(Base64Url.DecodeFromChars(body));
        return attempt is not null && attempt.EndsAt > now.ToUnixTimeMilliseconds() && Same(attempt.State, state) ? attempt : null;
    }

    public static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private static string Signature(string body, byte[] key) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"oidc\n{body}")));
}
