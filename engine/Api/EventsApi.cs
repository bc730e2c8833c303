using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Api;

/// <summary>One stream of server-sent events: which kind of thing changed. What it is now, the reader asks for itself, with its own rights.</summary>
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
            .WithSummary("Server-sent events: run, job, approval, audit, change, control, decision, workflow, and step-progress with how far a step is");
        return api;
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
