using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>What becomes of a row that cannot be processed here or now: given back, tried later, buried; and of work while the database is away.</summary>
internal sealed partial class Dispatcher
{
    /// <summary>Rows that are this node's, but that nobody here will process: given back at the next look.</summary>
    public void LeaveBehind(List<InboxRow> rows)
    {
        Interlocked.Add(ref _pending, -rows.Count);
        foreach (var row in rows)
            _orphans.Enqueue(row.Id);
        if (rows.Count > 0)
            Wake();
    }

    /// <summary>The row's run is another node's, or is gone.</summary>
    public async Task ForeignAsync(InboxRow row, string owner, bool missing, CancellationToken cancellationToken)
    {
        Interlocked.Decrement(ref _pending);
        if (missing)
        {
            Log.Dropped(Logger, row.RunId?.Value, row.Id);
            if (await InsistAsync(token => Store.DropAsync(row.Id, owner, token), cancellationToken))
                return;
            // Its start waits to be tried again, and so does this.
            await InsistAsync(async token => { await Store.ReturnAsync([row.Id], owner, Now + _options.RetryDelay, false, token); return true; }, cancellationToken);
        }
        else
        {
            await InsistAsync(async token => { await Store.ReturnAsync([row.Id], owner, Now, false, token); return true; }, cancellationToken);
        }
    }

    /// <summary>One more attempt later, or the dead letters.</summary>
    public async Task FailAsync(InboxRow row, string owner, Exception exception, CancellationToken cancellationToken)
    {
        Interlocked.Decrement(ref _pending);
        var error = $"{exception.GetType().FullName}: {exception.Message}";
        var child = row.Kind == InboxKind.Start ? InboxJson.Read<StartPayload>(row.Payload).Start : null;
        // A parent that waits for a workflow which does not exist is told at once.
        var isHopeless = child?.ParentRunId is not null && exception is KeyNotFoundException;
        if (row.Attempts + 1 < _options.MaxAttempts && !isHopeless)
        {
            var due = Now + (_options.RetryDelay * Math.Pow(2, row.Attempts));
            await InsistAsync(async token => { await Store.ReturnAsync([row.Id], owner, due, true, token); return true; }, cancellationToken);
            WakeAt(due);
            return;
        }

        Log.Buried(Logger, row.RunId?.Value, row.Id, row.Attempts + 1, exception);
        List<InboxRow> instead = [];
        if (child is { ParentRunId: { } parent, ParentBookmarkId: { } bookmark })
        {
            instead.Add(NewRow(InboxKind.Event, parent, new RunEvent.Resume(bookmark, new JsonObject
            {
                ["workflowInstanceId"] = row.RunId?.Value,
                ["status"] = "Finished",
                ["subStatus"] = "Faulted",
                ["error"] = $"The run {row.RunId} could not start: {exception.Message}",
            }), null));
        }

        Interlocked.Increment(ref _buried);

        await InsistAsync(async token => { await Store.BuryAsync(row, owner, error, Now, instead, token); return true; }, cancellationToken);
        if (instead.Count > 0)
            Wake();
    }

    /// <summary>Does it, and again with growing pauses while the database is away.</summary>
    public async Task<T> InsistAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work(cancellationToken);
            }
            catch (StoreUnavailableException exception)
            {
                await BackOffAsync(attempt, exception, cancellationToken);
            }
        }
    }

    public Task BackOffAsync(int attempt, Exception why, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(Math.Min(5000, 50 * Math.Pow(2, Math.Min(attempt, 10))));
        Log.StoreAway(Logger, attempt, pause, why.Message);
        return Task.Delay(pause, _time, cancellationToken);
    }
}
