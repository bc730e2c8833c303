using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Homelab.Tests.Engine.SignIn;

/// <summary>An OpenID Connect provider that lies in one way, or in none: what a real one never does cannot be asked of it.</summary>
internal sealed class LyingProvider : IAsyncDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly RSA _other = RSA.Create(2048);
    private readonly WebApplication _app;
    private string _nonce = "";

    private LyingProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => Results.Text(Description().ToJsonString(), "application/json"));
        _app.MapGet("/keys", () => Results.Text(Keys().ToJsonString(), "application/json"));
        _app.MapGet("/authorize", (HttpRequest request) =>
        {
            _nonce = request.Query["nonce"].ToString();
            return Results.Redirect($"{request.Query["redirect_uri"]}?code=a-code&state={request.Query["state"]}{(Lie == "other-issuer-in-address" ? "&iss=https%3A%2F%2Felsewhere.example" : "")}");
        });
        _app.MapPost("/token", () => Lie switch
        {
            "failing" => Results.StatusCode(500),
            "no-token" => Results.Text("""{"access_token":"a","token_type":"Bearer"}""", "application/json"),
            _ => Results.Text(new JsonObject { ["access_token"] = "a", ["token_type"] = "Bearer", ["id_token"] = Token() }.ToJsonString(), "application/json"),
        });
        _app.MapGet("/person", () => Results.Text($$"""{"sub":"{{(Lie == "other-person" ? "somebody-else" : "number-of-ada")}}","preferred_username":"ada","groups":["homelab-admins"]}""", "application/json"));
    }

    /// <summary>What it lies about from now on; empty: nothing.</summary>
    public string Lie { get; set; } = "";

    public string Issuer => _app.Urls.First();

    public static async Task<LyingProvider> StartAsync()
    {
        var provider = new LyingProvider();
        await provider._app.StartAsync();
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
        _other.Dispose();
    }

    private JsonObject Description() => new()
    {
        ["issuer"] = Issuer,
        ["authorization_endpoint"] = $"{Issuer}/authorize",
        ["token_endpoint"] = $"{Issuer}/token",
        ["userinfo_endpoint"] = $"{Issuer}/person",
        ["jwks_uri"] = $"{Issuer}/keys",
    };

    private JsonObject Keys()
    {
        var key = _key.ExportParameters(includePrivateParameters: false);
        return new JsonObject { ["keys"] = new JsonArray(new JsonObject { ["kty"] = "RSA", ["kid"] = "one", ["use"] = "sig", ["n"] = Base64Url.EncodeToString(key.Modulus), ["e"] = Base64Url.EncodeToString(key.Exponent) }) };
    }

    private string Token()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Lie == "other-issuer" ? "https://elsewhere.example" : Issuer,
            ["sub"] = "number-of-ada",
            ["aud"] = Lie switch { "other-audience" => "another", "two-audiences" => new JsonArray("homelab", "another"), _ => "homelab" },
            ["iat"] = now - 3600,
            ["exp"] = Lie == "expired" ? now - 600 : now + 600,
            ["nonce"] = Lie == "other-nonce" ? "another" : _nonce,
        };
        foreach (var missing in new[] { ("no-expiry", "exp"), ("no-nonce", "nonce"), ("no-subject", "sub") }.Where(one => one.Item1 == Lie))
            claims.Remove(missing.Item2);
        var head = new JsonObject { ["alg"] = Lie switch { "no-signature" => "none", "key-as-password" => "HS256", _ => "RS256" }, ["kid"] = "one", ["typ"] = "JWT" };
        var body = $"{Encode(head.ToJsonString())}.{Encode(claims.ToJsonString())}";
        var bytes = Encoding.ASCII.GetBytes(body);
        return $"{body}." + Lie switch
        {
            "no-signature" => "",
            "key-as-password" => Base64Url.EncodeToString(HMACSHA256.HashData(_key.ExportSubjectPublicKeyInfo(), bytes)),
            "other-key" => Base64Url.EncodeToString(_other.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            _ => Base64Url.EncodeToString(_key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
        };
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
