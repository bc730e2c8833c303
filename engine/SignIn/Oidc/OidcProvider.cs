using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Homelab.Engine.SignIn.Oidc;

/// <summary>The provider did not say who signed in, or not so that it could be believed. The message is for the log: nothing secret is in it.</summary>
internal sealed class OidcException(string message) : Exception(message);

/// <summary>Who signed in there.</summary>
internal sealed record OidcIdentity(string Issuer, string Subject, string Name, IReadOnlyCollection<string> Groups);

/// <summary>What is asked of the provider: its description, a token for a code, and what it says of a person. What is not proven is refused.</summary>
internal sealed class OidcProvider : IDisposable
{
    private const long LargestAnswer = 1 << 20;

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly OidcOptions _options;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = TimeSpan.FromSeconds(15), MaxResponseContentBufferSize = LargestAnswer };
    private readonly JsonWebTokenHandler _tokens = new() { MapInboundClaims = false };
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _description;

    public OidcProvider(IOptions<OidcOptions> options)
    {
        _options = options.Value;
        _description = new ConfigurationManager<OpenIdConnectConfiguration>(
            $"{_options.Authority.TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(_http) { RequireHttps = _options.Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase) });
    }

    /// <summary>Where the browser is sent to.</summary>
    public async Task<string> AddressAsync(OidcAttempt attempt, string redirect, CancellationToken cancellationToken)
    {
        var description = await DescriptionAsync(cancellationToken);
        return new OpenIdConnectMessage
        {
            IssuerAddress = Checked(description.AuthorizationEndpoint, "authorization_endpoint"),
            ClientId = _options.ClientId,
            RedirectUri = redirect,
            ResponseType = OpenIdConnectResponseType.Code,
            Scope = _options.Scopes,
            State = attempt.State,
            Nonce = attempt.Nonce,
            Parameters = { ["code_challenge"] = attempt.Challenge, ["code_challenge_method"] = "S256" },
            EnableTelemetryParameters = false,
        }.CreateAuthenticationRequestUrl();
    }

    /// <param name="issuer">As the answer's address names it (RFC 9207); null where it does not.</param>
    /// <exception cref="OidcException">It cannot be believed.</exception>
    public async Task<OidcIdentity> RedeemAsync(OidcAttempt attempt, string code, string? issuer, string redirect, CancellationToken cancellationToken)
    {
        var description = await DescriptionAsync(cancellationToken);
        if (issuer is not null && issuer != description.Issuer)
            throw new OidcException("the answer names another issuer than the provider");
        var answer = await TokensAsync(description, attempt, code, redirect, cancellationToken);
        var identity = await ValidateAsync(description, Text(answer, "id_token") ?? throw new OidcException("the provider gave no identity token"), attempt.Nonce, cancellationToken);
        var claims = identity.Claims.ToLookup(claim => claim.Type, claim => claim.Value, StringComparer.Ordinal);
        var subject = claims["sub"].FirstOrDefault() is { Length: > 0 } sub ? sub : throw new OidcException("the identity token names nobody");
        if ((claims[_options.GroupsClaim].Any() && claims[_options.NameClaim].Any()) || description.UserInfoEndpoint is not { Length: > 0 } || Text(answer, "access_token") is not { } access)
            return new OidcIdentity(description.Issuer, subject, claims[_options.NameClaim].FirstOrDefault() ?? "", [.. claims[_options.GroupsClaim]]);
        var person = await PersonAsync(description, access, subject, cancellationToken);
        return new OidcIdentity(
            description.Issuer, subject, claims[_options.NameClaim].FirstOrDefault() ?? Text(person, _options.NameClaim) ?? "", claims[_options.GroupsClaim].Any() ? [.. claims[_options.GroupsClaim]] : Texts(person, _options.GroupsClaim));
    }

    public void Dispose() => _http.Dispose();

    private async Task<OpenIdConnectConfiguration> DescriptionAsync(CancellationToken cancellationToken)
    {
        OpenIdConnectConfiguration description;
        try
        {
            description = await _description.GetConfigurationAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or HttpRequestException or ArgumentException)
        {
            throw new OidcException($"the description of {_options.Authority} cannot be read");
        }

        return description.Issuer.TrimEnd('/') == _options.Authority.TrimEnd('/') ? description : throw new OidcException($"{_options.Authority} describes itself as \"{description.Issuer}\"");
    }

    private async Task<JsonElement> TokensAsync(OpenIdConnectConfiguration description, OidcAttempt attempt, string code, string redirect, CancellationToken cancellationToken)
    {
        Dictionary<string, string> form = new()
        {
            ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirect, ["code_verifier"] = attempt.Verifier,
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, Checked(description.TokenEndpoint, "token_endpoint"));
        if (_options.ClientSecret.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(_options.ClientId)}:{Uri.EscapeDataString(_options.ClientSecret)}")));
        else
            form["client_id"] = _options.ClientId;
        request.Content = new FormUrlEncodedContent(form);
        return await SendAsync(request, "the token endpoint", cancellationToken);
    }

    private async Task<System.Security.Claims.ClaimsIdentity> ValidateAsync(OpenIdConnectConfiguration description, string token, string nonce, CancellationToken cancellationToken)
    {
        var result = await CheckAsync(description);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            // The provider may have changed its keys since they were read.
            _description.RequestRefresh();
            result = await CheckAsync(await DescriptionAsync(cancellationToken));
        }

        if (!result.IsValid)
            throw new OidcException($"the identity token is not valid ({result.Exception?.GetType().Name})");
        var identity = result.ClaimsIdentity;
        if (identity.FindFirst("nonce")?.Value is not { } given || !OidcAttempt.Same(given, nonce))
            throw new OidcException("the identity token is not for this sign-in (nonce)");
        if (identity.FindAll("aud").Count() > 1 && identity.FindFirst("azp")?.Value != _options.ClientId)
            throw new OidcException("the identity token is for another client (azp)");
        return identity;

        Task<TokenValidationResult> CheckAsync(OpenIdConnectConfiguration now) => _tokens.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = now.Issuer,
            ValidAudience = _options.ClientId,
            IssuerSigningKeys = now.SigningKeys,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ClockSkew = TimeSpan.FromMinutes(1),
        });
    }

    private async Task<JsonElement> PersonAsync(OpenIdConnectConfiguration description, string access, string subject, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Checked(description.UserInfoEndpoint, "userinfo_endpoint"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access);
        var person = await SendAsync(request, "the userinfo endpoint", cancellationToken);
        return Text(person, "sub") == subject ? person : throw new OidcException("the userinfo endpoint speaks of somebody else than the identity token");
    }

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, string what, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.SendAsync(request, cancellationToken);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!answer.IsSuccessStatusCode)
                throw new OidcException($"{what} answered {(int)answer.StatusCode}");
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new OidcException($"{what} answered no object");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new OidcException($"{what} did not answer as it should ({exception.GetType().Name})");
        }
    }

    /// <summary>An address of the description carries secrets, so it is held to the same as the provider's.</summary>
    private static string Checked(string? address, string name) => address is not null && OidcOptions.IsSafe(address) ? address : throw new OidcException($"the provider's {name} is missing or without TLS");

    private static string? Text(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IReadOnlyCollection<string> Texts(JsonElement owner, string name) => !owner.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
        : value.ValueKind == JsonValueKind.String ? [value.GetString()!] : [];
}
