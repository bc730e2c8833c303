using System.Collections.Concurrent;
using System.Threading.Channels;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Who wants to know of a run's commits on this node. Observing costs nothing for runs that nobody watches.</summary>
internal sealed class RunWatch : IRunObserver
{
    private readonly ConcurrentDictionary<RunId, ConcurrentDictionary<Subscription, byte>> _watched = new();

    public void OnCommitted(RunSummary run, IReadOnlyList<JournalEntry> journal)
    {
        if (_watched.TryGetValue(run.Id, out var subscriptions))
            foreach (var subscription in subscriptions.Keys)
                subscription.Writer.TryWrite(run);
    }

    public Subscription Subscribe(RunId run)
    {
        var subscription = new Subscription(this, run);
        _watched.GetOrAdd(run, _ => new()).TryAdd(subscription, 0);
        return subscription;
    }

    private void Remove(Subscription subscription)
    {
        if (_watched.TryGetValue(subscription.Run, out var subscriptions) && subscriptions.TryRemove(subscription, out _) && subscriptions.IsEmpty)
            _watched.TryRemove(KeyValuePair.Create(subscription.Run, subscriptions));
    }

    /// <summary>Holds the last commit only: who is slow sees the newest state, and nobody is held up.</summary>
    internal sealed class Subscription(RunWatch watch, RunId run) : IDisposable
    {
        private readonly Channel<RunSummary> _commits = Channel.CreateBounded<RunSummary>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

        public RunId Run => run;

        public ChannelReader<RunSummary> Commits => _commits.Reader;

        public ChannelWriter<RunSummary> Writer => _commits.Writer;

        public void Dispose() => watch.Remove(this);
    }
}
