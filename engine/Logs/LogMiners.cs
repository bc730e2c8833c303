using System.Collections.Concurrent;
using Homelab.Activities.Logs;

namespace Homelab.Engine.Logs;

/// <summary>One miner a source and service, in memory; after a restart it is given back what was stored. One look at a source at a time.</summary>
internal sealed class LogMiners
{
    private readonly ConcurrentDictionary<string, SourceMiners> _sources = new(StringComparer.Ordinal);

    public SourceMiners Of(string source) => _sources.GetOrAdd(source, _ => new SourceMiners());
}

internal sealed class SourceMiners
{
    private readonly Dictionary<string, TemplateMiner> _byService = new(StringComparer.Ordinal);

    public SemaphoreSlim Turn { get; } = new(1, 1);

    public bool Restored { get; set; }

    public TemplateMiner Of(string service)
    {
        if (!_byService.TryGetValue(service, out var miner))
            _byService[service] = miner = new TemplateMiner();
        return miner;
    }
}
