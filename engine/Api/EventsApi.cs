using System.ComponentModel;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api;

/// <summary>Events in both directions: published for workflows that wait for one, and one stream that says which kind of thing changed here. What it is now, its reader asks for itself, with its own rights.</summary>
internal static class EventsApi
{
    // The stream ends now and then, so that a session that is over, or a role that was taken away, is noticed when the browser comes back.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(20);

    public static IEndpointRouteBuilder MapEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/events", (LiveFeed feed, IHostApplicationLifetime host, TimeProvider time, CancellationToken cancellationToken) =>
                TypedResults.ServerSentEvents(StreamAsync(feed, host, time, cancellationToken)))
            .RequireAuthorization(Policies.Viewer)
            .DisableRequestTimeout()
            .WithTags("Events")
            .WithName("WatchEvents")
            .WithSummary("Server-sent events: run, job, approval, audit, change, control, decision, document, finding, forecast, incident, report, workflow, and step-progress with how far a step is");
        api.MapPost("/events", PublishAsync)
            .RequireAuthorization(Policies.Operator)
            .WithTags("Events")
            .WithName("PublishEvent")
            .WithSummary("Publish an event: starts the workflows that it triggers and wakes the runs that wait for it");
        return api;
    }

    private static async Task<Results<Accepted<EventPublished>, ProblemHttpResult>> PublishAsync(
        EventToPublish request, HttpContext context, Dispatch.Runs runs, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Name))
            return Problems.Invalid("name", request.Name, "An event has a name.", "Send the name that the workflow's Event activity has.");
        var key = context.Request.Headers.TryGetValue("Idempotency-Key", out var given) ? $"event/{request.Name}/{given}" : null;
        var stimulus = Stimulus.OfEvent(request.Name, request.CorrelationId, request.Payload?.DeepClone()) with { RunId = request.RunId is { } run ? new RunId(run) : null };
        var result = await runs.SendStimulusAsync(stimulus, key, cancellationToken);
        return TypedResults.Accepted("/api/runs", new EventPublished([.. result.Started.Select(id => id.Value)], [.. result.Resumed.Select(id => id.Value)]));
    }

    private static async IAsyncEnumerable<SseItem<string>> StreamAsync(
        LiveFeed feed, IHostApplicationLifetime host, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Longest, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, host.ApplicationStopping, limit.Token);
        var changes = feed.WatchAsync(ends.Token).GetAsyncEnumerator(ends.Token);
        await using var closing = changes;
        var next = changes.MoveNextAsync().AsTask();

        try
        {
            // Only now: whoever hears it misses nothing from here on.
            yield return new SseItem<string>("{}", "hello");
            while (true)
            {
                var change = await NextAsync(next, time, ends.Token);
                switch (change)
                {
                    case false:
                        yield break;
                    case true:
                        yield return new SseItem<string>(changes.Current.Data, changes.Current.Kind);
                        next = changes.MoveNextAsync().AsTask();
                        break;
                    case null:
                        // Proxies and browsers close what is silent.
                        yield return new SseItem<string>("{}", "beat");
                        break;
                }
            }
        }
        finally
        {
            // Whoever goes away leaves it waiting for the next change, and what still waits cannot be closed.
            await ends.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>True: there is one; false: the stream is over; null: nothing came for a while.</summary>
    private static async Task<bool?> NextAsync(Task<bool> next, TimeProvider time, CancellationToken ends)
    {
        try
        {
            return await next.WaitAsync(Beat, time, ends);
        }
        catch (TimeoutException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

internal sealed record EventToPublish
{
    [Description("As the workflow's Event activity names it")]
    public required string Name { get; init; }

    [Description("Only runs of this correlation are woken; those that start get it")]
    public string? CorrelationId { get; init; }

    [Description("Only this run is woken; nothing starts")]
    public string? RunId { get; init; }

    [Description("What the Event activity gives as its result")]
    public JsonNode? Payload { get; init; }
}

/// <summary>Both empty: it is stored, and kept ten minutes for a run that comes to wait for it; a repetition of the same Idempotency-Key publishes nothing.</summary>
internal sealed record EventPublished(
    [property: Description("The runs that it started")] IReadOnlyList<string> Started,
    [property: Description("The runs that it woke")] IReadOnlyList<string> Resumed);
