using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Microsoft.AspNetCore.SignalR;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Elsa's hub of live updates: a client names one run, and is told that its journal, its activities and its state changed.</summary>
internal sealed class WorkflowInstanceHub(RunFeed feed) : Hub
{
    /// <summary>Called by Studio's viewer.</summary>
    public Task ObserveInstanceAsync(string instanceId)
    {
        feed.Add(Context.ConnectionId, new RunId(instanceId));
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        feed.Remove(Context.ConnectionId);
        return base.OnDisconnectedAsync(exception);
    }
}

/// <summary>One loop for each observed run: sends on a commit of this node at once, and looks once a second for those of other nodes.</summary>
internal sealed partial class RunFeed(IHubContext<WorkflowInstanceHub> hub, RunWatch watch, RunReader reader, Dispatch.Runs runs, TimeProvider time, ILogger<RunFeed> logger)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, CancellationTokenSource> _connections = new();

    public void Add(string connectionId, RunId run)
    {
        var stop = new CancellationTokenSource();
        Remove(connectionId);
        _connections[connectionId] = stop;
        _ = FollowAsync(connectionId, run, stop);
    }

    public void Remove(string connectionId)
    {
        if (_connections.TryRemove(connectionId, out var stop))
            stop.Cancel();
    }

    private async Task FollowAsync(string connectionId, RunId run, CancellationTokenSource stop)
    {
        var token = stop.Token;
        try
        {
            using var subscription = watch.Subscribe(run);
            var client = hub.Clients.Client(connectionId);
            DateTimeOffset? seen = null;
            while (!token.IsCancellationRequested)
            {
                var summary = await runs.FindAsync(run, token);
                if (summary is not null && summary.UpdatedAt != seen)
                {
                    seen = summary.UpdatedAt;
                    await SendAsync(client, run, token);
                }

                if (summary is null or { Status: RunStatus.Finished } && seen is not null && !await ReopensAsync(subscription, token))
                    return;
                await WaitAsync(subscription, Look, token);
            }
        }
        catch (OperationCanceledException)
        {
            // The client went.
        }
#pragma warning disable CA1031 // A live view that fails must not take anything else with it; the client polls or reconnects.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.FeedFailed(logger, run.Value, error);
        }
        finally
        {
            stop.Dispose();
        }
    }

    /// <summary>A finished run stays quiet until it is retried.</summary>
    private static async Task<bool> ReopensAsync(RunWatch.Subscription subscription, CancellationToken token) => await subscription.Commits.WaitToReadAsync(token);

    private async Task WaitAsync(RunWatch.Subscription subscription, TimeSpan limit, CancellationToken token)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(token, timeout.Token);
        try
        {
            await subscription.Commits.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            // Nothing happened here; look at the store.
        }
    }

    private async Task SendAsync(IClientProxy client, RunId run, CancellationToken token)
    {
        if (await reader.FindAsync(run, token) is not { } found)
            return;
        JsonArray stats = [.. ActivityExecutions.Stats(found.Executions)];
        await client.SendAsync("ActivityExecutionLogUpdatedAsync", new JsonObject { ["stats"] = stats }, token);
        await client.SendAsync("WorkflowExecutionLogUpdatedAsync", new JsonObject(), token);
        await client.SendAsync("WorkflowInstanceUpdatedAsync", new JsonObject { ["workflowInstanceId"] = run.Value }, token);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1121, Level = LogLevel.Warning, Message = "Live updates of run {RunId} ended with an error.")]
        public static partial void FeedFailed(ILogger logger, string runId, Exception error);
    }
}
