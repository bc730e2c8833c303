using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>A run's journal, page by page, whole or by activity and event.</summary>
internal static class JournalApi
{
    public static void Map(RouteGroupBuilder read)
    {
        read.MapGet("/workflow-instances/{id}/journal", PageAsync);
        read.MapPost("/workflow-instances/{id}/journal", FilteredAsync);
        read.MapGet("/workflow-instances/{workflowInstanceId}/journal/{activityId}", LastAsync);
    }

    private static async Task<IResult> PageAsync(string id, int? page, int? pageSize, int? skip, int? take, Dispatch.Runs runs, CancellationToken token)
    {
        var run = new RunId(id);
        var count = Math.Clamp(take ?? pageSize ?? 100, 1, 1000);
        // Sequences have no gaps, so how many to skip is the sequence to go on after.
        var found = await runs.JournalAsync(run, Math.Max(0, skip ?? (page ?? 0) * count), count, token);
        return ElsaAnswers.Ok(new ElsaPage<JsonObject>([.. found.Items.Select(entry => InstanceAnswers.Journal(run, entry))], found.Total));
    }

    private static async Task<IResult> FilteredAsync(string id, int? page, int? pageSize, int? skip, int? take, HttpRequest request, RunReader reader, Dispatch.Runs runs, CancellationToken token)
    {
        var filter = await FilterAsync(request, token);
        if (filter.IsEmpty)
            return await PageAsync(id, page, pageSize, skip, take, runs, token);
        var run = new RunId(id);
        var count = Math.Clamp(take ?? pageSize ?? 100, 1, 1000);
        var found = (await reader.JournalAsync(run, token)).Where(filter.Takes).ToArray();
        return ElsaAnswers.Ok(new ElsaPage<JsonObject>(
            [.. found.Skip(Math.Max(0, skip ?? (page ?? 0) * count)).Take(count).Select(entry => InstanceAnswers.Journal(run, entry))], found.Length));
    }

    private static async Task<IResult> LastAsync(string workflowInstanceId, string activityId, RunReader reader, CancellationToken token)
    {
        var run = new RunId(workflowInstanceId);
        return (await reader.JournalAsync(run, token)).LastOrDefault(entry => entry.ActivityId == activityId) is { } last
            ? ElsaAnswers.Ok(InstanceAnswers.Journal(run, last))
            : TypedResults.NotFound();
    }

    private static async Task<JournalFilter> FilterAsync(HttpRequest request, CancellationToken token)
    {
        if (request.ContentLength is null or 0)
            return new();
        var body = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body, ElsaJson.Options, token);
        var filter = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("filter", out var inner) ? inner : body;
        return filter.ValueKind == JsonValueKind.Object ? filter.Deserialize<JournalFilter>(ElsaJson.Options) ?? new() : new();
    }

    private sealed record JournalFilter
    {
        public IReadOnlyList<string>? ActivityIds { get; init; }

        public IReadOnlyList<string>? ActivityNodeIds { get; init; }

        public IReadOnlyList<string>? ExcludedActivityTypes { get; init; }

        public IReadOnlyList<string>? EventNames { get; init; }

        public bool IsEmpty => ActivityIds is null or { Count: 0 } && ActivityNodeIds is null or { Count: 0 } && ExcludedActivityTypes is null or { Count: 0 } && EventNames is null or { Count: 0 };

        public bool Takes(JournalEntry entry) =>
            (ActivityIds is null or { Count: 0 } || ActivityIds.Contains(entry.ActivityId))
            && (ActivityNodeIds is null or { Count: 0 } || ActivityNodeIds.Contains(entry.ActivityNodeId))
            && (EventNames is null or { Count: 0 } || EventNames.Contains(entry.EventName))
            && (ExcludedActivityTypes is null || !ExcludedActivityTypes.Contains(entry.ActivityType));
    }
}
