using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>What a node does beside its runs: live, look for work, take over from the dead.</summary>
internal sealed partial class Dispatcher
{
    private static readonly TimeSpan StimuliInterval = TimeSpan.FromMinutes(1);

    /// <summary>One look at the inbox. Answers when the next row is due.</summary>
    public async Task<DateTimeOffset?> ClaimOnceAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var room = Math.Min(200, _options.MaxInbox - _pending);
            if (room <= 0)
                return null;
            var work = await Store.ClaimAsync(Owner, Now, room, cancellationToken);
            Interlocked.Add(ref _pending, work.Rows.Count);
            foreach (var row in work.Rows)
            {
                if (row.Kind == InboxKind.Stimulus)
                    Track(RouteAsync(row, Owner));
                else
                    Post(row, null);
            }

            if (work.Rows.Count < room)
                return work.NextDue;
        }
    }

    /// <summary>Says that this node lives, and takes over from those that do not: by our own watch, so that no clock set forward or back matters.</summary>
    public async Task BeatOnceAsync(CancellationToken cancellationToken)
    {
        if (!await Store.BeatAsync(Owner, cancellationToken))
        {
            Log.Evicted(Logger, Owner);
            foreach (var actor in _actors.Values)
                actor.Abandon();
            _actors.Clear();
            _pending = 0;
            var owner = NewOwner();
            await Store.RegisterAsync(owner, Now, cancellationToken);
            Owner = owner;
        }

        var seen = _time.GetTimestamp();
        var nodes = await Store.NodesAsync(cancellationToken);
        foreach (var gone in _others.Keys.Where(node => !nodes.ContainsKey(node)).ToList())
            _others.Remove(gone);
        foreach (var (node, beat) in nodes.Where(node => node.Key != Owner))
        {
            if (!_others.TryGetValue(node, out var last) || last.Beat != beat)
            {
                _others[node] = (beat, seen);
            }
            else if (_time.GetElapsedTime(last.Seen, seen) >= _options.LeaseDuration && await Store.EvictAsync(node, beat, crashed: true, cancellationToken))
            {
                Log.TookOver(Logger, node, _options.LeaseDuration);
                Crash.Reach(12);
            }
        }

        foreach (var run in await Store.AbandonedAsync(1000, cancellationToken))
            ActorFor(run).Post(new RunMail.Recover());
    }

    private async Task LoopAsync()
    {
        var stopping = _stopping.Token;
        long? beaten = null;
        long? stimuli = null;
        var failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                lock (_lock)
                    _nextDue = long.MaxValue;
                while (_orphans.TryPeek(out var orphan))
                {
                    await Store.ReturnAsync([orphan], Owner, Now, false, stopping);
                    _orphans.TryDequeue(out _);
                }

                if (beaten is not { } last || _time.GetElapsedTime(last) >= _options.HeartbeatInterval)
                {
                    await BeatOnceAsync(stopping);
                    beaten = _time.GetTimestamp();
                }

                if (stimuli is not { } looked || _time.GetElapsedTime(looked) >= StimuliInterval)
                {
                    await Store.RequeueStimuliAsync(null, Now, stopping);
                    stimuli = _time.GetTimestamp();
                }

                var next = _accepting ? await ClaimOnceAsync(stopping) : null;
                failures = 0;
                await WaitAsync(next, stopping);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SimulatedCrashException)
            {
                return;
            }
            catch (StoreUnavailableException exception)
            {
                await BackOffAsync(++failures, exception, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception exception)
            {
                Log.LoopFailed(Logger, exception);
                await BackOffAsync(++failures, exception, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WaitAsync(DateTimeOffset? next, CancellationToken cancellationToken)
    {
        var pause = _options.PollInterval;
        lock (_lock)
        {
            if (next is { } due && due.UtcTicks < _nextDue)
                _nextDue = due.UtcTicks;
            if (_nextDue != long.MaxValue)
            {
                var until = TimeSpan.FromTicks(Math.Max(0, _nextDue - Now.UtcTicks));
                pause = until < pause ? until : pause;
            }
        }

        // Milliseconds are what is stored: never wake a fraction too early and find nothing.
        pause = TimeSpan.FromMilliseconds(Math.Ceiling(pause.TotalMilliseconds) + 1);
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(pause, _time, wake.Token);
        await Task.WhenAny(delay, _wake.WaitAsync(wake.Token));
        await wake.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task RematchAsync(List<string> hashes)
    {
        await Task.Yield();
        try
        {
            if (await Store.RequeueStimuliAsync(hashes, Now, _stopping.Token) > 0)
                Wake();
        }
        catch (Exception exception) when (exception is OperationCanceledException or StoreUnavailableException or SimulatedCrashException)
        {
            // The look every minute finds them.
        }
    }

    private async Task RouteAsync(InboxRow row, string owner)
    {
        await Task.Yield();
        try
        {
            var stimulus = InboxJson.Read<Stimulus>(row.Payload);
            var (rows, _) = await MatchAsync(stimulus, own: false, _stopping.Token);
            var keep = rows.Count > 0
                ? null
                : new StoredStimulus(_ids.Next(), stimulus.Name, stimulus.Hash, row.Payload, row.ReceivedAt + _options.StimulusLifetime);
            await InsistAsync(token => Store.RouteAsync(row, owner, rows, keep, token), _stopping.Token);
            Interlocked.Decrement(ref _pending);
            if (keep is not null)
                await RematchAsync([stimulus.Hash]);
            else
                Wake();
        }
        catch (Exception exception) when (exception is OperationCanceledException or SimulatedCrashException)
        {
            // The row is still there.
        }
        catch (Exception exception)
        {
            await FailAsync(row, owner, exception, _stopping.Token);
        }
    }

    /// <summary>What a stimulus starts and resumes, as inbox rows.</summary>
    internal async Task<(List<InboxRow> Rows, List<object?> Payloads)> MatchAsync(Stimulus stimulus, bool own, CancellationToken cancellationToken)
    {
        List<InboxRow> rows = [];
        List<object?> payloads = [];
        if (stimulus is { RunId: null, BookmarkId: null, ActivityInstanceId: null })
        {
            foreach (var trigger in await Decider.TriggersAsync(stimulus.Name, stimulus.Hash, cancellationToken))
            {
                var payload = new StartPayload(trigger.Version.DefinitionId, null, trigger.Version, new([], trigger.ActivityId, stimulus.Input?.DeepClone(), stimulus.CorrelationId));
                rows.Add(NewRow(InboxKind.Start, RunId.New(Now), payload, null, own) with { Activation = trigger.Version.ActivationOf(stimulus.CorrelationId) });
                payloads.Add(payload);
            }
        }

        foreach (var bookmark in await Store.MatchAsync(stimulus.Hash, stimulus.CorrelationId, stimulus.RunId, stimulus.BookmarkId, stimulus.ActivityInstanceId, cancellationToken))
        {
            rows.Add(NewRow(InboxKind.Event, bookmark.RunId, new RunEvent.Resume(bookmark.Id, stimulus.Input?.DeepClone()), null));
            payloads.Add(null);
        }

        return (rows, payloads);
    }
}
