using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Xunit;

namespace Homelab.Tests.Engine.Api;

/// <summary>What holds for all routes: errors, paging, limits, headers, the document.</summary>
public sealed class ApiFrameTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Theory]
    [InlineData("/api/users?page=0", "page")]
    [InlineData("/api/users?pageSize=201", "pageSize")]
    [InlineData("/api/jobs?pageSize=0", "pageSize")]
    public async Task List_PageOutOfRange_400NamesTheParameter(string path, string parameter)
    {
        using var client = host.As(Role.Admin);
        using var answer = await client.GetAsync(path);
        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var fault = (await ApiHost.JsonOf(answer)).GetProperty("errors")[0];
        fault.GetProperty("path").GetString().Should().Be(parameter);
        fault.GetProperty("action").GetString().Should().NotBeEmpty();
    }

    [Fact]
    public async Task List_TwoThingsWrong_ReportsBoth()
    {
        using var client = host.As(Role.Admin);
        using var answer = await client.GetAsync("/api/users?page=-1&pageSize=0");
        (await ApiHost.JsonOf(answer)).GetProperty("errors").GetArrayLength().Should().Be(2);
    }

    [Theory]
    [InlineData("GET", "/api/no-such-thing", 404)]
    [InlineData("GET", "/api/runs/no-such-run", 404)]
    [InlineData("PUT", "/api/session", 404)]
    [InlineData("GET", "/api/users?page=one", 400)]
    public async Task Error_OfAnyKind_IsProblemDetails(string method, string path, int status)
    {
        using var client = host.As(Role.Admin);
        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        ((int)answer.StatusCode).Should().Be(status);
        answer.Content.Headers.ContentType?.MediaType.Should().Be("application/problem+json");
        (await ApiHost.JsonOf(answer)).GetProperty("title").GetString().Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("/api/users?page=one&pageSize=1.5", "page", "pageSize")]
    [InlineData("/api/changes?since=yesterday", "since")]
    [InlineData("/api/activities/runs/x?waitSeconds=soon", "waitSeconds")]
    public async Task Query_OfAnotherType_IsToldByNameAndAllAtOnce(string path, params string[] names)
    {
        using var client = host.As(Role.Admin);
        using var answer = await client.GetAsync(path);
        ((int)answer.StatusCode).Should().Be(400);
        (await ApiHost.JsonOf(answer)).GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString()).Should().Equal(names);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"name\":5,\"role\":{}}")]
    [InlineData("{\"role\":\"viewer\"}")]
    public async Task Post_BrokenBody_400SaysWhere(string body)
    {
        using var client = host.As(Role.Admin);
        using var answer = await client.PostAsync("/api/users", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var text = await answer.Content.ReadAsStringAsync();
        text.Should().Contain("errors").And.NotContain("   at ", "a stack trace is not the caller's business");
    }

    [Fact]
    public async Task Post_NotJson_415()
    {
        using var client = host.As(Role.Admin);
        using var answer = await client.PostAsync("/api/users", new StringContent("name=x", System.Text.Encoding.UTF8, "text/plain"));
        answer.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Post_FiftyMegabytes_413AndTheServerLives()
    {
        using var client = host.As(Role.Admin);
        try
        {
            using var answer = await client.PostAsync("/api/workflows/import", new ByteArrayContent(new byte[50 << 20]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } });
            answer.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        }
        catch (HttpRequestException)
        {
            // The server may close while the body is still being sent; the answer is then lost on the way.
        }

        (await client.GetAsync("/api/users")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task AddUser_ManyThingsWrong_ReportsAllWithPaths()
    {
        using var client = host.As(Role.Admin);
        using var answer = await client.PostAsJsonAsync("/api/users", new { name = " x y ", role = "king" });
        (await ApiHost.JsonOf(answer)).GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString()).Should().BeEquivalentTo("name", "role");
    }

    [Fact]
    public async Task AddUser_Then_SignsInWithTheShownPasswordOnceAskedToChange()
    {
        using var admin = host.As(Role.Admin);
        using var added = await admin.PostAsJsonAsync("/api/users", new { name = "Newcomer", role = "operator" });
        added.StatusCode.Should().Be(HttpStatusCode.Created);
        var password = (await ApiHost.JsonOf(added)).GetProperty("password").GetString()!;
        (await admin.GetStringAsync("/api/users")).Should().Contain("newcomer").And.NotContain(password).And.NotContain("pbkdf2");
        var (client, session) = await host.SignInAsync("newcomer", password);
        using (client)
        {
            session.MustChangePassword.Should().BeTrue();
            foreach (var closed in new[] { "/api/users", "/api/runs", "/api/events", "/elsa/api/workflow-definitions" })
            {
                using var refused = await client.GetAsync(closed);
                refused.StatusCode.Should().Be(HttpStatusCode.Forbidden, closed);
            }

            using var told = await client.GetAsync("/api/runs");
            (await told.Content.ReadAsStringAsync()).Should().Contain("Choose a password of your own first.");
            (await client.PostAsJsonAsync("/api/session/password", new { current = password, @new = "a phrase of their own" })).StatusCode.Should().Be(HttpStatusCode.NoContent);
            (await client.GetAsync("/api/runs")).StatusCode.Should().Be(HttpStatusCode.OK);
            (await client.GetAsync("/api/users")).StatusCode.Should().Be(HttpStatusCode.Forbidden, "an operator is no administrator");
        }
    }

    [Fact]
    public async Task ApiKey_MadeUsedRevoked()
    {
        using var admin = host.As(Role.Admin);
        using var made = await admin.PostAsJsonAsync("/api/api-keys", new { name = "backup script", role = "viewer", scopes = new[] { "runs:read" } });
        var body = await ApiHost.JsonOf(made);
        var key = body.GetProperty("key").GetString()!;
        key.Should().StartWith("hlk_");
        (await admin.GetStringAsync("/api/api-keys")).Should().Contain("backup script").And.NotContain(key);
        using var client = host.WithKey(key);
        (await client.GetAsync("/api/jobs")).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await admin.DeleteAsync($"/api/api-keys/{body.GetProperty("info").GetProperty("id").GetString()}")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await client.GetAsync("/api/runs")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("/", "script", false)]
    [InlineData("/api/session", "script", false)]
    [InlineData("/studio/", "wasm-unsafe-eval", true)]
    [InlineData("/workflows/none", "sandbox", true)]
    public async Task Headers_EachKindOfPage_HasItsPolicy(string path, string directive, bool expected)
    {
        using var client = host.Nobody();
        using var answer = await client.GetAsync(path);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.Contains(directive, StringComparison.Ordinal).Should().Be(expected, policy);
        answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
    }

    [Fact]
    public async Task Settings_Admin_ShowsNoSecret()
    {
        using var client = host.As(Role.Admin);
        var text = await client.GetStringAsync("/api/settings");
        text.Should().Contain("SignIn:PasswordIterations").And.Contain("SQLite").And.NotContain(ApiHost.FirstPassword);
    }

    [Fact]
    public async Task Document_CheckedInForTheConsole_IsTheServers()
    {
        using var client = host.As(Role.Viewer);
        var served = await client.GetStringAsync("/api/openapi.json");
        var path = Path.Combine(Repository(), "designer", "src", "api", "openapi.json");
        if (Environment.GetEnvironmentVariable("HOMELAB_WRITE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(path, served);
        }

        var kept = await File.ReadAllTextAsync(path);
        kept.ReplaceLineEndings("\n").Should().Be(served.ReplaceLineEndings("\n"), "the console's types are made from it: run this test with HOMELAB_WRITE_OPENAPI=1, then `npm run types` in designer");
    }

    internal static string Repository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Homelab.Workflows.sln")))
        {
            at = at.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return at.FullName;
    }
}

public sealed class RateLimitTests(RateLimitTests.FewRequests host) : IClassFixture<RateLimitTests.FewRequests>
{
    [Fact]
    public async Task Get_MoreThanTheLimit_429WithRetryAfterForThatCallerOnly()
    {
        using var busy = host.As(Role.Viewer);
        HttpStatusCode last;
        var tries = 0;
        do
        {
            using var answer = await busy.GetAsync("/api/session");
            last = answer.StatusCode;
            if (last == HttpStatusCode.TooManyRequests)
            {
                answer.Headers.RetryAfter.Should().NotBeNull();
            }
        }
        while (last == HttpStatusCode.OK && ++tries < 500);

        last.Should().Be(HttpStatusCode.TooManyRequests);
        using var other = host.As(Role.Operator);
        (await other.GetAsync("/api/session")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    public sealed class FewRequests : ApiHost
    {
        protected override IEnumerable<KeyValuePair<string, string?>> Settings => [new("Api:RequestsPerSecond", "1")];
    }
}
