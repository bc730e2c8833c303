using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Homelab.Engine.Api;
using Homelab.Engine.SignIn;
using Xunit;

namespace Homelab.Tests.Engine.Api;

public sealed class SessionApiTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task Get_Nobody_SaysSoWithoutAnError()
    {
        using var client = host.Nobody();
        (await client.GetFromJsonAsync<SessionInfo>("/api/session")).Should().BeEquivalentTo(new { SignedIn = false });
    }

    [Fact]
    public async Task SignIn_RightPassword_SetsACookieThatScriptsAndOtherSitesCannotUse()
    {
        using var client = host.Nobody();
        using var answer = await client.PostAsJsonAsync("/api/session", new { name = "Admin", password = ApiHost.FirstPassword });
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        cookie.Should().StartWith("homelab_session=").And.Contain("httponly").And.Contain("samesite=lax").And.Contain("path=/");
        var session = await answer.Content.ReadFromJsonAsync<SessionInfo>();
        session!.User.Should().BeEquivalentTo(new { Name = "admin", Role = "admin" });
        session.MustChangePassword.Should().BeFalse("the owner set it");
        session.Areas.Should().Contain(["runs", "users", "workflows"]).And.BeInAscendingOrder();
    }

    [Fact]
    public async Task SignIn_WrongPassword_401AndThen429WithRetryAfter()
    {
        using var client = host.Nobody();
        for (var i = 0; i < 5; i++)
        {
            using var refused = await client.PostAsJsonAsync("/api/session", new { name = "guess-me", password = "wrong" });
            refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }

        using var slowed = await client.PostAsJsonAsync("/api/session", new { name = "guess-me", password = "wrong" });
        slowed.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        slowed.Headers.RetryAfter!.Delta.Should().BeGreaterThan(TimeSpan.Zero);
        (await ApiHost.JsonOf(slowed)).GetProperty("action").GetString().Should().StartWith("Try again in");
    }

    [Fact]
    public async Task SignOut_Cookie_IsWorthNothingAfter()
    {
        var (client, _) = await host.SignInAsync("admin", ApiHost.FirstPassword);
        using (client)
        {
            (await client.GetAsync("/api/users")).StatusCode.Should().Be(HttpStatusCode.OK);
            (await client.DeleteAsync("/api/session")).StatusCode.Should().Be(HttpStatusCode.NoContent);
            (await client.GetAsync("/api/users")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task Change_ByCookieWithoutTokenAndFromElsewhere_403()
    {
        var (client, _) = await host.SignInAsync("admin", ApiHost.FirstPassword);
        using (client)
        {
            client.DefaultRequestHeaders.Remove(CsrfProtection.Header);
            using var bare = await client.PostAsJsonAsync("/api/users", new { name = "x", role = "viewer" });
            bare.StatusCode.Should().Be(HttpStatusCode.Forbidden);
            (await ApiHost.JsonOf(bare)).GetProperty("thing").GetString().Should().Be(CsrfProtection.Header);

            using var foreign = await client.SendAsync(From("http://evil.example"));
            foreign.StatusCode.Should().Be(HttpStatusCode.Forbidden);
            using var hidden = await client.SendAsync(From("null"));
            hidden.StatusCode.Should().Be(HttpStatusCode.Forbidden);
            using var wrong = From("http://evil.example");
            wrong.Headers.Add(CsrfProtection.Header, "guessed");
            (await client.SendAsync(wrong)).StatusCode.Should().Be(HttpStatusCode.Forbidden);

            using var same = await client.SendAsync(From(host.Address.GetLeftPart(UriPartial.Authority)));
            same.StatusCode.Should().Be(HttpStatusCode.BadRequest, "it came through to the check of the name");
        }
    }

    [Fact]
    public async Task Key_WrongWithAGoodCookie_IsNotMadeGoodByIt()
    {
        var (client, _) = await host.SignInAsync("admin", ApiHost.FirstPassword);
        using (client)
        {
            client.DefaultRequestHeaders.Add("X-Api-Key", "hlk_wrong");
            (await client.GetAsync("/api/users")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task Key_WithScopes_ReachesThoseOnly()
    {
        using var client = host.WithKey(await host.AddKeyAsync(Role.Admin, "users:read", "api-keys"));
        (await client.GetAsync("/api/users")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await client.PostAsJsonAsync("/api/users", new { name = "x", role = "viewer" })).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await client.GetAsync("/api/api-keys")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await client.GetAsync("/api/settings")).StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task StudioToken_OfASession_OpensElsaOnlyAndEndsWithIt()
    {
        var (client, _) = await host.SignInAsync("admin", ApiHost.FirstPassword);
        using (client)
        {
            var token = await client.GetFromJsonAsync<StudioToken>("/api/session/studio-token");
            using var studio = host.Nobody();
            studio.DefaultRequestHeaders.Authorization = new("Bearer", token!.AccessToken);
            (await studio.GetAsync("/elsa/api/workflow-definitions")).StatusCode.Should().Be(HttpStatusCode.OK);
            (await studio.GetAsync("/api/users")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
            await client.DeleteAsync("/api/session");
            (await studio.GetAsync("/elsa/api/workflow-definitions")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task Login_ElsaRoute_GivesABearerToken()
    {
        using var client = host.Nobody();
        using var refused = await client.PostAsJsonAsync("/elsa/api/identity/login", new { username = "admin", password = "wrong" });
        (await ApiHost.JsonOf(refused)).GetProperty("isAuthenticated").GetBoolean().Should().BeFalse();
        using var answer = await client.PostAsJsonAsync("/elsa/api/identity/login", new { username = "admin", password = ApiHost.FirstPassword });
        var token = (await ApiHost.JsonOf(answer)).GetProperty("accessToken").GetString();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        (await client.GetAsync("/elsa/api/workflow-definitions")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private static HttpRequestMessage From(string origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/users") { Content = JsonContent.Create(new { name = "!", role = "viewer" }) };
        request.Headers.Add("Origin", origin);
        return request;
    }
}
