using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Homelab.Engine.SignIn.Oidc;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.SignIn;

/// <summary>Signing in by a certified provider, and by one that lies in every way there is.</summary>
public sealed class OidcTests
{
    [OidcFact]
    public async Task SignIn_ByARealProvider_GivesTheRoleOfTheGroups()
    {
        using var provider = await OidcServer.StartAsync();
        await using var server = await StartAsync(provider.Issuer, "what only both of them know");
        (await server.Http.GetFromJsonAsync<JsonNode>("/api/session"))!["provider"]!.ToString().Should().Be("the house's provider");

        using var ada = new Browser(server.Http.BaseAddress!);
        (await ada.SignInAsync("ada", "/approvals")).Should().Be("/approvals");
        var session = await ada.SessionAsync();
        (session["user"]!["name"]!.ToString(), session["user"]!["role"]!.ToString(), (bool)session["mustChangePassword"]!).Should().Be(("ada", "admin", false));

        using var bob = new Browser(server.Http.BaseAddress!);
        await bob.SignInAsync("bob", "//elsewhere.example");
        bob.Last!.PathAndQuery.Should().Be("/", "nobody is sent to another site");
        (await bob.SessionAsync())["user"]!["role"]!.ToString().Should().Be("viewer");

        using var eve = new Browser(server.Http.BaseAddress!);
        (await eve.SignInAsync("eve", "/")).Should().Be("/sign-in?problem=group");
        ((bool)(await eve.SessionAsync())["signedIn"]!).Should().BeFalse();

        // The same person again is the same user, and no password lets anybody in as them.
        using var again = new Browser(server.Http.BaseAddress!);
        await again.SignInAsync("ada", "/");
        var users = await server.Services.GetRequiredService<UserStore>().ListAsync(default);
        users.Select(user => user.Name).Should().BeEquivalentTo("admin", "ada", "bob");
        using var guess = await server.Http.PostAsJsonAsync("/api/session", new { name = "ada", password = "" });
        guess.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [OidcFact]
    public async Task SignIn_NameOfSomebodyElseOrDisabled_IsRefused()
    {
        using var provider = await OidcServer.StartAsync();
        await using var server = await StartAsync(provider.Issuer, "what only both of them know");
        var users = server.Services.GetRequiredService<UserStore>();
        var here = new User { Id = "local", Name = "ada", Role = Role.Viewer, PasswordHash = PasswordHash.Create("my very own words", 1000), CreatedAt = DateTimeOffset.UnixEpoch };
        (await users.AddAsync(here, default)).Should().BeTrue();
        using var ada = new Browser(server.Http.BaseAddress!);
        (await ada.SignInAsync("ada", "/")).Should().Be("/sign-in?problem=taken");

        using var bob = new Browser(server.Http.BaseAddress!);
        await bob.SignInAsync("bob", "/");
        await users.ChangeAsync((await users.FindByNameAsync("bob", default))!.Id, Role.Viewer, disabled: true, default);
        using var later = new Browser(server.Http.BaseAddress!);
        (await later.SignInAsync("bob", "/")).Should().Be("/sign-in?problem=disabled");
        ((bool)(await bob.SessionAsync())["signedIn"]!).Should().BeFalse();
    }

    [Fact]
    public async Task SignIn_ForgedAnswers_AreRefusedAndATrueOneIsTaken()
    {
        string[] lies =
        [
            "other-key", "no-signature", "key-as-password", "expired", "no-expiry", "other-nonce", "no-nonce", "other-audience", "two-audiences", "other-issuer", "other-issuer-in-address",
            "no-subject", "other-person", "no-token", "failing",
        ];
        await using var liar = await LyingProvider.StartAsync();
        await using var server = await StartAsync(liar.Issuer, "");
        foreach (var lie in lies)
        {
            liar.Lie = lie;
            using var browser = new Browser(server.Http.BaseAddress!);
            (await browser.SignInAsync("ada", "/")).Should().Be("/sign-in?problem=provider", lie);
            ((bool)(await browser.SessionAsync())["signedIn"]!).Should().BeFalse(lie);
        }

        (await server.Services.GetRequiredService<UserStore>().FindByNameAsync("ada", default)).Should().BeNull();
        liar.Lie = "";
        using var honest = new Browser(server.Http.BaseAddress!);
        (await honest.SignInAsync("ada", "/runs")).Should().Be("/runs");
    }

    [Fact]
    public async Task Return_ThatNobodyBegan_IsRefused()
    {
        await using var liar = await LyingProvider.StartAsync();
        await using var server = await StartAsync(liar.Issuer, "");
        using var stranger = new Browser(server.Http.BaseAddress!);
        (await stranger.GoAsync(new Uri(server.Http.BaseAddress!, "/api/session/oidc/callback?code=c&state=s"))).Should().Be("/sign-in?problem=expired");

        // Begun, and brought back with another state; then the right one, which is over with the first.
        using var browser = new Browser(server.Http.BaseAddress!);
        var away = await browser.StepAsync(new Uri(server.Http.BaseAddress!, "/api/session/oidc/start"));
        var back = await browser.StepAsync(away!);
        var forged = new Uri(back!.ToString().Replace("state=", "state=x", StringComparison.Ordinal));
        (await browser.GoAsync(forged)).Should().Be("/sign-in?problem=expired");
        (await browser.GoAsync(back)).Should().Be("/sign-in?problem=expired");
        ((bool)(await browser.SessionAsync())["signedIn"]!).Should().BeFalse();
    }

    [Fact]
    public void Attempt_ChangedOverOrOfAnotherKey_IsNone()
    {
        var now = DateTimeOffset.UnixEpoch;
        var attempt = OidcAttempt.Begin("/", now);
        var cookie = attempt.Protect([1, 2, 3]);
        OidcAttempt.Read(cookie, attempt.State, [1, 2, 3], now).Should().Be(attempt);
        OidcAttempt.Read(cookie, attempt.State, [1, 2, 4], now).Should().BeNull();
        OidcAttempt.Read(cookie, attempt.Nonce, [1, 2, 3], now).Should().BeNull();
        OidcAttempt.Read(cookie, attempt.State, [1, 2, 3], now.AddMinutes(10)).Should().BeNull();
        OidcAttempt.Read("A" + cookie, attempt.State, [1, 2, 3], now).Should().BeNull();
        OidcAttempt.Read(null, attempt.State, [1, 2, 3], now).Should().BeNull();
    }

    [Fact]
    public async Task Off_ByDefault_ThereIsNoSuchWay()
    {
        await using var server = await TestServer.StartAsync();
        using var answer = await server.Http.GetAsync("/api/session/oidc/start");
        answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
        ((await server.Http.GetFromJsonAsync<JsonNode>("/api/session"))!["provider"]).Should().BeNull();
    }

    [Theory]
    [InlineData("http://idp.example", "homelab", "openid", "https")]
    [InlineData("https://idp.example", "", "openid", "ClientId")]
    [InlineData("https://idp.example", "homelab", "profile", "openid")]
    public void Settings_ThatMakeNoSense_AreRefused(string authority, string client, string scopes, string said) =>
        new OidcOptions { Authority = authority, ClientId = client, Scopes = scopes, AdminGroups = ["a"] }.Validate(new(new object())).Should().ContainSingle().Which.ErrorMessage.Should().Contain(said);

    private static Task<TestServer> StartAsync(string issuer, string secret) => TestServer.StartAsync(
        ("Oidc:Authority", issuer), ("Oidc:ClientId", "homelab"), ("Oidc:ClientSecret", secret), ("Oidc:Name", "the house's provider"),
        ("Oidc:AdminGroups:0", "homelab-admins"), ("Oidc:ViewerGroups:0", "homelab-watchers"));

    /// <summary>What a browser does with redirects, cookies and the provider's two forms.</summary>
    private sealed class Browser(Uri server) : IDisposable
    {
        private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });

        public Uri? Last { get; private set; }

        public Task<string> SignInAsync(string name, string page) => GoAsync(new Uri(server, $"/api/session/oidc/start?return={Uri.EscapeDataString(page)}"), name);

        /// <summary>Until a page of the console is reached; answers its path.</summary>
        public async Task<string> GoAsync(Uri address, string name = "")
        {
            for (var step = 0; step < 20; step++)
            {
                if (address.Authority == server.Authority && !address.AbsolutePath.StartsWith("/api/", StringComparison.Ordinal))
                {
                    Last = address;
                    return address.PathAndQuery;
                }

                if (await StepAsync(address) is { } next)
                {
                    address = next;
                    continue;
                }

                var prompt = (await _http.GetStringAsync(address)).Contains("name=\"login\"", StringComparison.Ordinal) ? "login" : "consent";
                using var answer = await _http.PostAsync(address, new FormUrlEncodedContent(new Dictionary<string, string> { ["prompt"] = prompt, ["login"] = name, ["password"] = "any" }));
                address = new Uri(address, answer.Headers.Location ?? throw new InvalidOperationException($"{address} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}"));
            }

            throw new InvalidOperationException($"The sign-in goes in circles; it is at {address}.");
        }

        /// <summary>Where an address sends one on to; null where it shows a page.</summary>
        public async Task<Uri?> StepAsync(Uri address)
        {
            using var answer = await _http.GetAsync(address);
            if (answer.Headers.Location is not { } location)
                return answer.IsSuccessStatusCode ? null : throw new InvalidOperationException($"{address} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            return new Uri(address, location);
        }

        public async Task<JsonNode> SessionAsync() => (await _http.GetFromJsonAsync<JsonNode>(new Uri(server, "/api/session")))!;

        public void Dispose() => _http.Dispose();
    }
}
