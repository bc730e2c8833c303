using System.Net;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Api;

/// <summary>Every route that the product has, called as nobody and as each role. The list is the product's own, so a new route without a stated policy fails here.</summary>
public sealed class AuthorizationMatrixTests(ApiHost host) : IClassFixture<ApiHost>
{
    /// <summary>All that is open, and why.</summary>
    private static readonly Dictionary<string, string> Open = new()
    {
        ["/{**path}"] = "the console's files",
        ["/api/alerts/alertmanager"] = "senders of alerts have a secret, a key, or are on this machine",
        ["/api/alerts/grafana"] = "senders of alerts have a secret, a key, or are on this machine",
        ["/api/alerts/json/{mapping}"] = "senders of alerts have a secret, a key, or are on this machine",
        ["/api/alerts/text"] = "senders of alerts have a secret, a key, or are on this machine",
        ["/api/alerts/uptime-kuma"] = "senders of alerts have a secret, a key, or are on this machine",
        ["/api/session"] = "one must be able to sign in",
        ["/api/session/oidc/callback"] = "one must be able to sign in",
        ["/api/session/oidc/start"] = "one must be able to sign in",
        ["/api/telegram/webhook"] = "Telegram sends a secret of its own",
        ["/elsa/api/identity/login"] = "one must be able to sign in",
        ["/health/live"] = "supervisors have no key",
        ["/health/ready"] = "supervisors have no key",
        ["/studio/{**path}"] = "Studio's files",
        ["/workflows/{**path}"] = "workflow endpoints have their own secret",
    };

    [Fact]
    public void Routes_All_StateAPolicyOrAreListedAsOpen()
    {
        var unstated = Routes().Where(route => Stated(route) is null).Select(Describe);
        unstated.Should().BeEmpty("a route says who may use it with RequireAuthorization, or is added to the open ones here with the reason");
    }

    [Theory]
    [InlineData("/api/approvals")]
    [InlineData("/api/audit")]
    [InlineData("/api/changes")]
    [InlineData("/api/controls")]
    [InlineData("/api/controls/dependencies")]
    [InlineData("/api/controls/limits")]
    [InlineData("/api/decisions")]
    [InlineData("/api/preferences")]
    public async Task Gate_LookedAtByAViewer_IsShown(string path)
    {
        using var viewer = host.As(Role.Viewer);
        using var answer = await viewer.GetAsync(path);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public void Routes_ThatChangeSomething_NeedMoreThanAViewer()
    {
        string[] readOnlyPosts = ["validate", "query", "queries", "search", "count", "filter", "export", "journal", "batch", "graph", "options", "type-definitions", "report", "dry-run"];
        var wrong = Routes()
            .Where(route => Stated(route) == Policies.Viewer && Methods(route).Any(method => method is not ("GET" or "HEAD" or "OPTIONS")))
            .Where(route => Text(route) is not ("/api/session" or "/api/session/password" or "/api/notifications/choices" or "/api/notifications/choices/{channel}/test" or "/api/{**path}" or "/elsa/api/workflow-instances"))
            .Where(route => !readOnlyPosts.Any(word => Text(route).Contains(word, StringComparison.OrdinalIgnoreCase)) && !Text(route).StartsWith("/elsa/hubs", StringComparison.Ordinal))
            .Select(Describe);
        wrong.Should().BeEmpty("a viewer cannot act");
    }

    [Fact]
    public async Task Routes_CalledAsEachRole_AnswerAsTheirPolicySays()
    {
        var clients = new Dictionary<string, HttpClient> { ["nobody"] = host.Nobody() };
        foreach (var role in Enum.GetValues<Role>())
        {
            clients[role.Name()] = host.As(role);
        }

        List<string> wrong = [];
        var asked = 0;
        foreach (var route in Routes().Where(route => Stated(route) is not (null or "open")))
        {
            foreach (var method in Methods(route))
            {
                foreach (var (caller, client) in clients)
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method), Path(route));
                    if (method is "POST" or "PUT" or "PATCH")
                    {
                        request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
                    }

                    using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                    asked++;
                    var allowed = caller != "nobody" && Rank(caller) >= Rank(Stated(route)!);
                    var asItShould = allowed
                        ? answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                        : answer.StatusCode == (caller == "nobody" ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden);
                    if (!asItShould)
                    {
                        wrong.Add($"{method} {Text(route)} ({Stated(route)}) as {caller}: {(int)answer.StatusCode}");
                    }
                }
            }
        }

        wrong.Should().BeEmpty();
        asked.Should().BeGreaterThan(100);
        foreach (var client in clients.Values)
        {
            client.Dispose();
        }
    }

    private IEnumerable<RouteEndpoint> Routes() => host.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <summary>The policy, "open", or null when it says neither, or says it is open and is not listed.</summary>
    private static string? Stated(RouteEndpoint route)
    {
        if (route.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return Open.ContainsKey(Text(route)) ? "open" : null;
        }

        var policies = route.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).OfType<string>().Where(Policies.All.Contains).ToArray();
        return policies.MaxBy(Rank);
    }

    private static int Rank(string role) => Policies.All.ToList().IndexOf(role);

    private static string Text(RouteEndpoint route) => "/" + (route.RoutePattern.RawText ?? "").Trim('/');

    private static string Path(RouteEndpoint route) =>
        "/" + string.Join('/', route.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => parameter.ParameterPolicies.Any(policy => policy.Content == "int") ? "0" : "no-such-thing",
            _ => "",
        }))));

    private static IReadOnlyList<string> Methods(RouteEndpoint route) => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET"];

    private static string Describe(RouteEndpoint route) => $"{string.Join(",", Methods(route))} {Text(route)}";
}
