using System.Threading.Channels;

namespace Homelab.Engine.Storage;

/// <summary>What is written all or none. Every guard must change exactly one row, otherwise nothing of this item is written (<see cref="GroupWriter.WriteAsync"/> answers false).</summary>
internal sealed record WriteItem(IReadOnlyList<SqlStatement> Guards, IReadOnlyList<SqlStatement> Rest);

/// <summary>
/// Group commit: items that arrive while a transaction is being committed go together into the next one, so that one wait for the disk
/// serves many runs. Every caller learns of its own item only; an item that fails is taken out and the others are written without it.
/// </summary>
internal abstract class GroupWriter : IAsyncDisposable
{
    private const int MaxBatch = 256;
    private readonly Channel<Pending> _queue = Channel.CreateUnbounded<Pending>(new() { SingleReader = false });
    private readonly Task[] _loops;

    protected GroupWriter(Database database, int loops)
    {
        Database = database;
        _loops = [.. Enumerable.Range(0, loops).Select(_ => Task.Run(LoopAsync))];
    }

    private protected Database Database { get; }

    public static GroupWriter For(Database database) =>
        database.Dialect == Dialect.Sqlite ? new SqliteGroupWriter(database) : new PostgresGroupWriter(database);

    /// <summary>True once the item is committed; false when a guard did not hold and nothing of it was written.</summary>
    /// <exception cref="StoreUnavailableException">The database could not be used. It may have been written all the same where the connection broke during the commit.</exception>
    public Task<bool> WriteAsync(WriteItem item)
    {
        var pending = new Pending(item, new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_queue.Writer.TryWrite(pending))
            throw new StoreUnavailableException("The engine is stopping; nothing was stored.");
        return pending.Done.Task;
    }

    public virtual async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAll(_loops);
    }

    /// <summary>Writes the items in one transaction and answers null when it is committed; the index of the first item whose guard did not hold when nothing was written.</summary>
    private protected abstract Task<int?> WriteTogetherAsync(IReadOnlyList<WriteItem> items);

    private protected abstract bool IsUnavailable(Exception exception);

    private async Task LoopAsync()
    {
        List<Pending> batch = [];
        List<WriteItem> items = [];
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var pending))
            {
                batch.Add(pending);
                items.Add(pending.Item);
            }

            if (batch.Count > 0)
                await WriteBatchAsync(batch, items);
            batch.Clear();
            items.Clear();
        }
    }

    private async Task WriteBatchAsync(List<Pending> batch, List<WriteItem> items)
    {
        // Told only when the rest is committed: what one was refused for may be another of this very group, and the refused looks for it at once.
        List<Pending> refused = [];
        try
        {
            await WriteRestAsync(batch, items, refused);
        }
        finally
        {
            foreach (var pending in refused)
                pending.Done.TrySetResult(false);
        }
    }

    private async Task WriteRestAsync(List<Pending> batch, List<WriteItem> items, List<Pending> refused)
    {
        while (batch.Count > 0)
        {
            try
            {
                if (await WriteTogetherAsync(items) is not { } failed)
                {
                    Database.WriteFailure = null;
                    foreach (var pending in batch)
                        pending.Done.SetResult(true);
                    return;
                }

                refused.Add(batch[failed]);
                batch.RemoveAt(failed);
                items.RemoveAt(failed);
            }
            catch (Exception exception) when (IsUnavailable(exception))
            {
                Database.WriteFailure = exception;
                foreach (var pending in batch.Concat(refused))
                    pending.Done.SetException(new StoreUnavailableException($"The database cannot be used now: {exception.Message}", exception));
                return;
            }
            catch (Exception exception) when (batch.Count == 1)
            {
                batch[0].Done.SetException(exception);
                return;
            }
            catch (Exception)
            {
                // One of them is at fault (a constraint, a statement that is wrong): each alone, so that only that one fails.
                foreach (var pending in batch)
                    await WriteBatchAsync([pending], [pending.Item]);
                return;
            }
        }
    }

    private sealed record Pending(WriteItem Item, TaskCompletionSource<bool> Done);
}
