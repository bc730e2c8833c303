using System.Text.Json.Nodes;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Triggers;

/// <param name="Payload">Given to whoever waits for the event.</param>
/// <param name="CorrelationId">Only runs of that correlation hear it.</param>
internal sealed record EventBody(JsonNode? Payload, string? CorrelationId);

internal static class TriggersApi
{
    public static IEndpointRouteBuilder MapTriggers(this IEndpointRouteBuilder routes)
    {
        // Each endpoint has its own proof; requests are limited by the inbox and the endpoint, not by the API's rates.
        routes.Map(WorkflowEndpoints.BasePath + "/{**path}", (HttpContext http, WorkflowEndpoints endpoints, string? path) => endpoints.HandleAsync(http, path ?? ""))
            .AllowAnonymous()
            .DisableRequestTimeout()
            .ExcludeFromDescription();
        routes.MapPost("/api/events/{name}", PublishAsync).RequireAuthorization(Policies.Operator).WithTags("Triggers")
            .WithSummary("Publishes an event: wakes the runs that wait for it and starts the workflows it triggers.");
        return routes;
    }

    private static async Task<Accepted> PublishAsync(string name, EventBody? body, Dispatch.Runs runs, CancellationToken cancellationToken)
    {
        await runs.PublishEventAsync(name, body?.CorrelationId, body?.Payload, cancellationToken);
        return TypedResults.Accepted((string?)null);
    }
}
