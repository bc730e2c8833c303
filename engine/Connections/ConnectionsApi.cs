using System.ComponentModel;
using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.Operations;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Connections;

internal static class ConnectionsSetup
{
    public static IServiceCollection AddConnectionHealth(this IServiceCollection services)
    {
        services.AddSettings<ConnectionSettings>("Connections");
        services.AddSingleton<ConnectionHealth>();
        services.AddHostedService(provider => provider.GetRequiredService<ConnectionHealth>());
        return services;
    }
}

/// <summary>The configured connections of all tools and how they are.</summary>
internal static class ConnectionsApi
{
    public static IEndpointRouteBuilder MapConnections(this IEndpointRouteBuilder api)
    {
        var connections = api.MapGroup("/connections").WithTags("Connections");
        connections.MapGet("", List).RequireAuthorization(Policies.Viewer).WithName("ListConnections").WithSummary("Every configured connection with its last test");
        connections.MapGet("/tools", ListTools).RequireAuthorization(Policies.Viewer).WithName("ListConnectionTools").WithSummary("What a connection of each tool can hold in the settings");
        connections.MapPost("/{tool}/{name}/test", TestAsync).RequireAuthorization(Policies.Operator).WithName("TestConnection").WithSummary("Test a connection now: one read that changes nothing");
        return api;
    }

    private static Ok<Listing<ConnectionInfo>> List([AsParameters] Paging paging, string? search, ConnectionHealth health)
    {
        ConnectionInfo[] all = [.. health.List()
            .Where(state => string.IsNullOrWhiteSpace(search) || $"{state.Tool} {state.Name} {state.Version}".Contains(search.Trim(), StringComparison.OrdinalIgnoreCase))
            .Select(ConnectionInfo.Of)];
        return TypedResults.Ok(Listing<ConnectionInfo>.Of([.. all.Skip(paging.Skip).Take(paging.Size)], paging, all.Length));
    }

    private static Ok<Listing<ConnectionTool>> ListTools([AsParameters] Paging paging, IEnumerable<ITestableConnection> tools)
    {
        ConnectionTool[] all = [.. tools.OrderBy(tool => tool.Tool, StringComparer.Ordinal).Select(tool => new ConnectionTool(tool.Tool, tool.Settings))];
        return TypedResults.Ok(Listing<ConnectionTool>.Of([.. all.Skip(paging.Skip).Take(paging.Size)], paging, all.Length));
    }

    private static async Task<Results<Ok<ConnectionInfo>, ProblemHttpResult>> TestAsync(string tool, string name, ConnectionHealth health, CancellationToken cancellationToken) =>
        await health.TestAsync(tool, name, cancellationToken) is { } state
            ? TypedResults.Ok(ConnectionInfo.Of(state))
            : Problems.NotFound("connection", $"{tool}/{name}", "GET /api/connections lists them; a new one is made in the settings under Activities:TOOL:NAME.");
}

/// <param name="Settings">Of <c>Activities:TOOL:NAME</c>.</param>
internal sealed record ConnectionTool(string Tool, IReadOnlyList<ConnectionSetting> Settings);

internal sealed record ConnectionInfo
{
    public required string Tool { get; init; }

    public required string Name { get; init; }

    [Description("http, or the tool's own way of connecting")]
    public required string Kind { get; init; }

    [Description("untested, reachable or unreachable")]
    public required string State { get; init; }

    public DateTimeOffset? TestedAt { get; init; }

    public string? Version { get; init; }

    public double? Milliseconds { get; init; }

    [Description("What is wrong and what to do")]
    public string? Problem { get; init; }

    public static ConnectionInfo Of(ConnectionState state) => new()
    {
        Tool = state.Tool,
        Name = state.Name,
        Kind = state.Kind,
        State = state.TestedAt is null ? "untested" : state.Reachable ? "reachable" : "unreachable",
        TestedAt = state.TestedAt,
        Version = state.Version,
        Milliseconds = state.TestedAt is null ? null : Math.Round(state.Latency.TotalMilliseconds, 1),
        Problem = state.Problem,
    };
}
