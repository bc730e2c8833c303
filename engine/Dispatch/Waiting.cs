using System.Collections.Concurrent;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Dispatch;

/// <summary>Who waits in this process for a run's answer or end. Nothing durable hangs on it.</summary>
internal sealed class Waiting
{
    private readonly ConcurrentDictionary<RunId, Waiter> _waiters = [];

    /// <summary>Dispose to stop waiting.</summary>
    public Waiter For(RunId run)
    {
        var waiter = _waiters.GetOrAdd(run, static (id, owner) => new Waiter(id, owner), this);
        Interlocked.Increment(ref waiter.Users);
        return waiter;
    }

    public void Respond(RunId run, RunResponse response)
    {
        if (_waiters.TryGetValue(run, out var waiter))
            waiter.Response.TrySetResult(response);
    }

    public void Finish(RunId run, RunState state)
    {
        if (!_waiters.TryGetValue(run, out var waiter))
            return;
        waiter.Finished.TrySetResult(state);
        waiter.Response.TrySetResult(null);
    }

    internal sealed class Waiter(RunId run, Waiting owner) : IDisposable
    {
        internal int Users;

        /// <summary>Null when the run finished without an answer.</summary>
        public TaskCompletionSource<RunResponse?> Response { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<RunState> Finished { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose()
        {
            if (Interlocked.Decrement(ref Users) == 0)
                owner._waiters.TryRemove(new(run, this));
        }
    }
}
