using System.Text.Json.Nodes;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Messages to runs that wait: events and completed tasks.</summary>
internal static class SignalsApi
{
    public static void Map(RouteGroupBuilder operate)
    {
        operate.MapPost("/events/{eventName}/trigger", TriggerAsync);
        operate.MapPost("/tasks/{taskId}/complete", CompleteAsync);
    }

    private static async Task<IResult> TriggerAsync(string eventName, EventRequest? request, Dispatch.Runs runs, CancellationToken token)
    {
        if (request?.WorkflowInstanceId is null && request?.ActivityInstanceId is null)
            await runs.PublishEventAsync(eventName, request?.CorrelationId, request?.Input?.DeepClone(), token);
        else
            await runs.SendStimulusAsync(
                new Stimulus("Elsa.Event", BookmarkHash.OfEvent(eventName), request.Input?.DeepClone(), request.CorrelationId, request.WorkflowInstanceId is { } run ? new RunId(run) : null, ActivityInstanceId: request.ActivityInstanceId),
                null, token);
        return TypedResults.Ok();
    }

    /// <summary>A task nobody waits for is no error, as in Elsa: it may have been completed twice.</summary>
    private static async Task<IResult> CompleteAsync(string taskId, TaskRequest? request, Dispatch.Runs runs, CancellationToken token)
    {
        foreach (var bookmark in await runs.BookmarksAsync(null, "Elsa.RunTask", null, token))
            if (Payload(bookmark.Payload, "taskId") == taskId)
                await runs.SendAsync(bookmark.RunId, new RunEvent.Resume(bookmark.Id, request?.Result?.DeepClone()), $"task:{taskId}", token);
        return TypedResults.Ok();
    }

    private static string? Payload(JsonNode? payload, string name) =>
        payload is JsonObject values ? values.FirstOrDefault(value => value.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?.ToString() : null;

    internal sealed record EventRequest(string? CorrelationId, string? WorkflowInstanceId, string? ActivityInstanceId, JsonNode? Input);

    internal sealed record TaskRequest(JsonNode? Result);
}
