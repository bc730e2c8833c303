using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Homelab.Engine.Api;

/// <summary>Something whose changes the console follows. <paramref name="Version"/> answers another text after every change, on every node.</summary>
/// <param name="Kind">"run", "job", "approval", "audit", "change", "control", "decision", "incident", "workflow": what the browser is told changed.</param>
internal sealed record LiveProbe(string Kind, Func<CancellationToken, Task<string>> Version);

/// <summary>What a browser is told.</summary>
/// <param name="Data">JSON; empty where the reader asks for what is new itself.</param>
internal sealed record LiveChange(string Kind, string Data = "{}");

/// <summary>
/// Tells browsers that something changed. Asks the store, four times a second and only while somebody watches: so a change made on another node is told
/// too, and nobody who changes something has to think of this.
/// </summary>
internal sealed partial class LiveFeed(IEnumerable<LiveProbe> probes, TimeProvider time, ILogger<LiveFeed> logger) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<Channel<LiveChange>, byte> _watchers = new();
    private readonly Dictionary<string, string> _seen = [];

    public int Watchers => _watchers.Count;

    /// <summary>Something with a text of its own; the others only say that one should look again.</summary>
    public void Tell(LiveChange change)
    {
        foreach (var watcher in _watchers.Keys)
        {
            watcher.Writer.TryWrite(change);
        }
    }

    /// <summary>The kinds of what changes from now on, until the token is cancelled. A slow reader misses repetitions only.</summary>
    public async IAsyncEnumerable<LiveChange> WatchAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<LiveChange>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest });
        _watchers[channel] = 0;
        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            _watchers.TryRemove(channel, out _);
        }
    }

    /// <summary>One look at everything that is followed.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var probe in probes)
        {
            try
            {
                var version = await probe.Version(cancellationToken);
                if (_seen.TryGetValue(probe.Kind, out var before) && before != version)
                {
                    Tell(new LiveChange(probe.Kind));
                }

                _seen[probe.Kind] = version;
            }
#pragma warning disable CA1031 // A part that cannot be asked now must not keep the others from being followed.
            catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
            {
                Log.ProbeFailed(logger, probe.Kind, error.Message);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What is compared with. It stays while nobody watches, so that a change between a page's first questions and its watching is told.
        await RunOnceAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!_watchers.IsEmpty)
            {
                await RunOnceAsync(stoppingToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2110, LogLevel.Debug, "Could not see whether {Kind} changed: {Problem}")]
        public static partial void ProbeFailed(ILogger logger, string kind, string problem);
    }
}
