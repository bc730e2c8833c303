using System.Collections.Concurrent;
using Homelab.Activities;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>
/// Claim, perform, decide, commit: a node's work on runs.
/// </summary>
/// <remarks>
/// Where a node can die, what is stored then, and what happens on restart (or on another node, once this one's heartbeat is missed):
/// <list type="number">
/// <item>Something arrived and is not stored. Nothing is stored; the sender got no answer and sends again.</item>
/// <item>It is accepted: an inbox row of this node, and the sender may know. The row is taken over and processed.</item>
/// <item>The row is in memory and about to be decided. As 2.</item>
/// <item>Decided, steps that only read may have been performed, nothing committed. The row, or the last commit, is still there: decided again, the same way. Read-only steps are repeated.</item>
/// <item>Committed, nothing of what follows has begun: state, journal, timers, new rows and "scheduled" steps are stored, the inbox row is gone. Scheduled steps are begun; those with an effect ask the gate first.</item>
/// <item>The gate allowed a step with an effect; its intent is not stored and the authorization not used. The gate is asked again.</item>
/// <item>The intent is stored and the authorization used; nothing was done yet. In doubt: probed (see <see cref="Settle"/>), never blindly repeated.</item>
/// <item>The step is done, its outcome only in memory. In doubt, as 7: the probe says that it happened.</item>
/// <item>The outcome came back and is about to be decided. As 8.</item>
/// <item>Committed; who waits for the answer was not told. The sender's request ends without an answer; with its idempotency key it gets the same run.</item>
/// <item>A run of a dead node is about to be acquired. Nobody owns it; the next poll finds it.</item>
/// <item>A dead node was evicted, its runs are free and not yet picked up. As 11.</item>
/// </list>
/// </remarks>
internal sealed partial class Dispatcher : IAsyncDisposable
{
    private readonly ConcurrentDictionary<RunId, RunActor> _actors = [];
    private readonly ConcurrentQueue<RunActor> _ready = [];
    private readonly ConcurrentQueue<string> _orphans = [];
    private readonly ConcurrentDictionary<Task, byte> _background = [];
    private readonly Dictionary<string, (long Beat, long Seen)> _others = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _performing;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly InboxIds _ids;
    private readonly StepPerformer _performer;
    private readonly Func<string, IActivityInvoker?> _activities;
    private readonly IRunObserver[] _observers;
    private readonly DispatchOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Task _loop = Task.CompletedTask;
    private long _nextDue = long.MaxValue;
    private int _running;
    private int _pending;
    private volatile bool _accepting;
    private long _buried;
    private bool _disposed;

    /// <param name="activities">The catalogue, by type name.</param>
    public Dispatcher(
        IRunStore store, IDecider decider, IGate gate, Func<string, IActivityInvoker?> activities, DispatchOptions options, TimeProvider time,
        ILoggerFactory loggers, IEnumerable<IRunObserver> observers, CrashPoints crash)
    {
        (Store, Decider, _activities, _options, _time, Crash) = (store, decider, activities, options, time, crash);
        _observers = [.. observers];
        _performer = new(gate, time, loggers, _observers);
        _performing = new(options.MaxConcurrentSteps, options.MaxConcurrentSteps);
        _ids = new(time);
        Logger = loggers.CreateLogger<Dispatcher>();
        Owner = NewOwner();
    }

    /// <summary>This life of this node. Never used again once others took it for dead.</summary>
    public string Owner { get; private set; }

    public IRunStore Store { get; }

    public IDecider Decider { get; }

    public CrashPoints Crash { get; }

    public Waiting Waiting { get; } = new();

    public ILogger Logger { get; }

    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Accepted on this node and not processed.</summary>
    public int Pending => _pending;

    /// <summary>Put with the dead letters by this node.</summary>
    public long Buried => Interlocked.Read(ref _buried);

    /// <summary>Nothing is in memory and nothing is being done; for tests.</summary>
    public bool IsIdle => _actors.IsEmpty && _running == 0 && _background.IsEmpty;

    public async Task StartAsync(bool alone, CancellationToken cancellationToken)
    {
        await Store.RegisterAsync(Owner, Now, cancellationToken);
        if (alone)
        {
            // A file has one process: whoever else is registered is a dead life of this one.
            foreach (var node in (await Store.NodesAsync(cancellationToken)).Keys.Where(node => node != Owner))
                await Store.EvictAsync(node, null, crashed: true, cancellationToken);
        }

        Crash.Reach(12);
        _accepting = true;
        _loop = Task.WhenAll(Task.Run(LoopAsync, CancellationToken.None), Store.ListenAsync(Wake, _stopping.Token));
    }

    /// <summary>Stops accepting, waits for what is being done up to the limit, and hands the rest over.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_accepting)
            return;
        _accepting = false;
        Wake();
        var limit = _time.GetTimestamp();
        while (!IsIdle && _time.GetElapsedTime(limit) < _options.StopLimit && !cancellationToken.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, CancellationToken.None);
        await _stopping.CancelAsync();
        await _loop;
        await Task.WhenAll(_background.Keys);
        try
        {
            await Store.EvictAsync(Owner, null, crashed: false, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            // Others take the runs over when the heartbeat is missed.
            Log.HandOverFailed(Logger, Owner, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await StopAsync(CancellationToken.None);
        await _stopping.CancelAsync();
        _stopping.Dispose();
    }

    /// <summary>For tests: this node is gone as by <c>kill -9</c>.</summary>
    public async Task DieAsync()
    {
        _accepting = false;
        foreach (var actor in _actors.Values)
            actor.Abandon();
        await _stopping.CancelAsync();
        await _loop;
        await Task.WhenAll(_background.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Stores what arrived; what this node starts itself it begins at once, without a poll.</summary>
    /// <returns>False when the key was accepted before.</returns>
    public async Task<bool> AcceptAsync(InboxRow[] rows, object?[] payloads, string? idempotencyKey, CancellationToken cancellationToken)
    {
        if (!_accepting)
            throw new StoreUnavailableException("The engine is not running; nothing was accepted.");
        if (_pending >= _options.MaxInbox)
            throw new InboxFullException(_options.MaxInbox, TimeSpan.FromSeconds(1));
        var own = rows.Count(row => row.Owner is not null);
        Interlocked.Add(ref _pending, own);
        Crash.Reach(1);
        try
        {
            if (!await Store.AcceptAsync(rows, idempotencyKey, cancellationToken))
            {
                Interlocked.Add(ref _pending, -own);
                return false;
            }
        }
        catch (Exception)
        {
            Interlocked.Add(ref _pending, -own);
            // It may be stored all the same; then somebody must process it.
            foreach (var row in rows.Where(row => row.Owner is not null))
                _orphans.Enqueue(row.Id);
            throw;
        }

        Crash.Reach(2);
        for (var index = 0; index < rows.Length; index++)
        {
            if (rows[index].Owner == Owner)
                Post(rows[index], payloads[index]);
            else if (rows[index].Owner is not null)
                _orphans.Enqueue(rows[index].Id);
            else
                WakeAt(rows[index].DueAt);
        }

        return true;
    }

    /// <param name="dueAt">Null: now.</param>
    public InboxRow NewRow(InboxKind kind, RunId? run, object payload, DateTimeOffset? dueAt, bool own = false)
    {
        // Read once: what is due when it is received is told to the other nodes.
        var now = Now;
        return new()
        {
            Id = _ids.Next(),
            Kind = kind,
            RunId = run,
            Payload = payload is RunEvent happened ? InboxJson.Write(happened) : InboxJson.Write(payload),
            ReceivedAt = now,
            DueAt = dueAt ?? now,
            Owner = own ? Owner : null,
        };
    }

    public StepWork Step(RunId run, RunCommand.Perform perform)
    {
        var step = new StepWork(run, perform, _activities(perform.ActivityType));
        step.HasEffect = step.Invoker is { } invoker && invoker.EffectOf(step.Input) != Effect.None;
        return step;
    }

    public IActivityInvoker? Invoker(byte[] perform) => _activities(InboxJson.Read<RunCommand.Perform>(perform).ActivityType);

    public void Schedule(RunActor actor)
    {
        if (Interlocked.Increment(ref _running) > _options.MaxConcurrentRuns)
        {
            _ready.Enqueue(actor);
            Interlocked.Decrement(ref _running);
            // One may have ended between the two.
            if (_running < _options.MaxConcurrentRuns && _ready.TryDequeue(out var next))
                Schedule(next);
            return;
        }

        Track(RunAsync(actor));
    }

    public void Retire(RunActor actor) => _actors.TryRemove(new(actor.Id, actor));

    public void Committed(RunCommit commit, List<Bookmark> added, RunState state)
    {
        Interlocked.Add(ref _pending, -commit.Consumed.Count);
        foreach (var row in commit.NewRows)
            WakeAt(row.DueAt);
        if (added.Count > 0)
            Track(RematchAsync([.. added.Select(bookmark => bookmark.Hash).Distinct()]));
        foreach (var observer in _observers)
            observer.OnCommitted(commit.Run, commit.Journal);
    }

    public int MaxAttempts => _options.MaxAttempts;

    public void Announce(RunId run, RunCommand.RunTask task)
    {
        foreach (var observer in _observers)
            observer.OnTask(run, task);
    }

    public void Wake()
    {
        lock (_lock)
        {
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }
    }

    public void WakeAt(DateTimeOffset due)
    {
        lock (_lock)
        {
            if (due.UtcTicks >= _nextDue)
                return;
            _nextDue = due.UtcTicks;
        }

        Wake();
    }

    private string NewOwner() => $"{Environment.MachineName}-{Environment.ProcessId}-{RunId.New(_time.GetUtcNow()).Value[..20]}";

    private void Post(InboxRow row, object? payload)
    {
        var mail = new RunMail.Inbox(row, payload);
        while (!ActorFor(row.RunId!.Value).Post(mail))
        {
            // It has retired between the two; the next one is fresh.
        }
    }

    private RunActor ActorFor(RunId run)
    {
        while (true)
        {
            var actor = _actors.GetOrAdd(run, static (id, host) => new RunActor(id, host.Owner, host), this);
            if (actor.Owner == Owner)
                return actor;
            _actors.TryRemove(new(run, actor));
        }
    }

    private async Task RunAsync(RunActor actor)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                await actor.WorkAsync(_stopping.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SimulatedCrashException)
            {
                actor.Abandon();
            }
            catch (Exception exception)
            {
                // Not foreseen: nothing in memory is trusted any more, what is stored is taken up again.
                Log.ActorFailed(Logger, actor.Id.Value, exception);
                LeaveBehind(actor.Abandon());
                Retire(actor);
                Track(RecoverLaterAsync(actor.Id));
            }

            Interlocked.Decrement(ref _running);
            if (!_ready.TryDequeue(out var next))
                return;
            Interlocked.Increment(ref _running);
            actor = next;
        }
    }

    private async Task RecoverLaterAsync(RunId run)
    {
        try
        {
            await Task.Delay(_options.PollInterval * 5, _time, _stopping.Token);
            ActorFor(run).Post(new RunMail.Recover());
        }
        catch (OperationCanceledException)
        {
            // Stopping: whoever comes next picks it up.
        }
    }

    private void Track(Task task)
    {
        if (task.IsCompletedSuccessfully)
            return;
        _background.TryAdd(task, 0);
        task.ContinueWith((done, set) => ((ConcurrentDictionary<Task, byte>)set!).TryRemove(done, out _), _background, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static partial class Log
    {
        [LoggerMessage(111, LogLevel.Warning, "Node {Node} could not hand its runs over; others take them when its heartbeat is missed.")]
        public static partial void HandOverFailed(ILogger logger, string node, Exception exception);

        [LoggerMessage(112, LogLevel.Information, "Inbox row {RowId} of run {RunId} was dropped: the run was deleted.")]
        public static partial void Dropped(ILogger logger, string? runId, string rowId);

        [LoggerMessage(113, LogLevel.Error, "Inbox row {RowId} of run {RunId} was put with the dead letters after {Attempts} attempts.")]
        public static partial void Buried(ILogger logger, string? runId, string rowId, int attempts, Exception exception);

        [LoggerMessage(114, LogLevel.Warning, "The database cannot be used (attempt {Attempt}); trying again in {Pause}. {Reason}")]
        public static partial void StoreAway(ILogger logger, int attempt, TimeSpan pause, string reason);

        [LoggerMessage(115, LogLevel.Error, "Work on run {RunId} failed unexpectedly; it is taken up again from what is stored.")]
        public static partial void ActorFailed(ILogger logger, string runId, Exception exception);

        [LoggerMessage(116, LogLevel.Error, "Node {Node} was taken for dead by another; it drops what it has in memory and starts over.")]
        public static partial void Evicted(ILogger logger, string node);

        [LoggerMessage(117, LogLevel.Warning, "Node {Node} did not beat for {Lease}; its runs are taken over.")]
        public static partial void TookOver(ILogger logger, string node, TimeSpan lease);

        [LoggerMessage(118, LogLevel.Error, "The dispatcher's loop failed; it goes on.")]
        public static partial void LoopFailed(ILogger logger, Exception exception);
    }
}
