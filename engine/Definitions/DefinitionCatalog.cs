using System.Collections.Concurrent;
using System.Collections.Immutable;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Definitions;

/// <summary>Told after every change of what is published, and once at the start. Throwing is logged and stops nobody else.</summary>
internal interface IDefinitionObserver
{
    Task DefinitionsChangedAsync(DefinitionSnapshot snapshot, CancellationToken cancellationToken);
}

/// <summary>All that is published at one moment; immutable, so a run that starts sees one state of it.</summary>
internal sealed record DefinitionSnapshot
{
    public static DefinitionSnapshot Empty { get; } = new();

    public long Revision { get; init; }

    /// <summary>By definition id.</summary>
    public ImmutableDictionary<string, StoredDefinition> Published { get; init; } = ImmutableDictionary<string, StoredDefinition>.Empty;

    /// <summary>Published and usable as an activity, by activity type name.</summary>
    public ImmutableDictionary<string, StoredDefinition> Activities { get; init; } = ImmutableDictionary<string, StoredDefinition>.Empty;

    public ImmutableArray<WorkflowTrigger> Triggers
    {
        get;
        init => (field, TriggersByHash) = (value, value.ToLookup(trigger => trigger.Hash));
    }
        = [];

    /// <summary>The same by what a stimulus is looked up by.</summary>
    public ILookup<string, WorkflowTrigger> TriggersByHash { get; private init; } = Array.Empty<WorkflowTrigger>().ToLookup(trigger => trigger.Hash);
}

/// <summary>What is published, in memory, and single versions as they are asked for. Thread-safe; other nodes' changes are seen within the poll of <see cref="DefinitionFolder"/>.</summary>
internal sealed partial class DefinitionCatalog(Database database, DefinitionTypes types, IEnumerable<IDefinitionObserver> observers, ILogger<DefinitionCatalog> logger) : IDisposable
{
    /// <summary>Versions never change once published or run, so a cached one is never stale; other drafts are not cached.</summary>
    private const int CachedVersions = 512;

    private readonly SemaphoreSlim _refresh = new(1);
    private readonly ConcurrentDictionary<string, StoredDefinition> _versions = new();
    private volatile DefinitionSnapshot _current = DefinitionSnapshot.Empty;

    public DefinitionSnapshot Current => _current;

    /// <summary>The version a run stays on. Null when it was deleted and nobody has it in memory.</summary>
    public async ValueTask<StoredDefinition?> FindVersionAsync(string versionId, CancellationToken cancellationToken)
    {
        if (_versions.TryGetValue(versionId, out var cached))
            return cached;
        var stored = await database.ReadAsync(session => DefinitionStore.FindVersionAsync(session, versionId, cancellationToken), cancellationToken);
        if (stored is { IsFrozen: true })
            Keep(stored);
        return stored;
    }

    public Task<StoredDefinition?> FindAsync(string definitionId, VersionOptions versions, CancellationToken cancellationToken) =>
        versions == VersionOptions.Published && _current.Published.TryGetValue(definitionId, out var published)
            ? Task.FromResult<StoredDefinition?>(published)
            : database.ReadAsync(session => DefinitionStore.FindAsync(session, definitionId, versions, cancellationToken), cancellationToken);

    /// <summary>To be called before a run starts on a draft: saving makes another version from then on, so that nothing changes under the run.</summary>
    public async Task FreezeAsync(StoredDefinition draft, CancellationToken cancellationToken)
    {
        if (!draft.IsFrozen)
            await database.WriteAsync(
                async session =>
                {
                    await DefinitionStore.FreezeAsync(session, draft.Id, cancellationToken);
                    return true;
                },
                cancellationToken);
    }

    /// <summary>Reads what is published if anything changed since the last time, then tells the observers.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _refresh.WaitAsync(cancellationToken);
        try
        {
            var revision = await database.ReadAsync(
                session => session.ScalarAsync<long>("SELECT revision FROM workflow_definitions_revision", new { }, cancellationToken), cancellationToken);
            if (revision == _current.Revision)
                return;
            var held = _current.Published.Values.ToDictionary(stored => stored.Id);
            var published = await database.ReadAsync(session => DefinitionStore.PublishedAsync(session, held, cancellationToken), cancellationToken);
            _current = Snapshot(revision, published);
            foreach (var stored in published)
                Keep(stored);
            foreach (var observer in observers)
                await TellAsync(observer, cancellationToken);
        }
        finally
        {
            _refresh.Release();
        }
    }

    public void Dispose() => _refresh.Dispose();

    private DefinitionSnapshot Snapshot(long revision, IReadOnlyList<StoredDefinition> published) => new()
    {
        Revision = revision,
        Published = published.ToImmutableDictionary(stored => stored.DefinitionId),
        Activities = published.Where(stored => stored.Definition.ActivityTypeName is not null)
            .GroupBy(stored => stored.Definition.ActivityTypeName!)
            .ToImmutableDictionary(group => group.Key, group => group.OrderBy(stored => stored.DefinitionId, StringComparer.Ordinal).First()),
        Triggers = [.. published.SelectMany(stored => TriggerIndex.Of(stored.Definition, types.IsTrigger).Triggers)],
    };

    private void Keep(StoredDefinition stored)
    {
        if (_versions.Count >= CachedVersions)
            foreach (var key in _versions.Keys.Take(CachedVersions / 4))
                _versions.TryRemove(key, out _);
        _versions[stored.Id] = stored;
    }

    private async Task TellAsync(IDefinitionObserver observer, CancellationToken cancellationToken)
    {
        try
        {
            await observer.DefinitionsChangedAsync(_current, cancellationToken);
        }
#pragma warning disable CA1031 // Whatever one observer throws, the others must still be told.
        catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Log.ObserverFailed(logger, observer.GetType().Name, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1101, Level = LogLevel.Error, Message = "{Observer} did not take the changed definitions.")]
        public static partial void ObserverFailed(ILogger logger, string observer, Exception error);
    }
}
