using System.Collections.Concurrent;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Behaviors;
using Homelab.Engine.Runs.Compiling;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Dispatch;

/// <summary>Definitions from the catalogue, decided by <see cref="Homelab.Engine.Runs.Decider"/>. Compiled definitions are kept until what is published changes.</summary>
internal sealed class PublishedDecider(DefinitionCatalog definitions, DefinitionCompiler compiler, ActivityCatalog activities) : IDecider
{
    private const int MaxCompiled = 512;

    private readonly ConcurrentDictionary<(string Version, DateTimeOffset Updated, long Revision), IRunLogic> _compiled = new();
    private volatile Index _index = new(DefinitionSnapshot.Empty);

    public async ValueTask<DefinitionVersion?> ResolveAsync(string definitionId, string? versionOptions, CancellationToken cancellationToken)
    {
        if (ActivityWorkflow.Find(definitionId, activities) is { } single)
            return new(single.DefinitionId, single.Id, single.Version);
        var stored = VersionOptions.Parse(versionOptions, VersionOptions.Published) is { } options
            ? await definitions.FindAsync(definitionId, options, cancellationToken)
            : await definitions.FindVersionAsync(versionOptions!, cancellationToken) is { } exact && exact.DefinitionId == definitionId ? exact : null;
        if (stored is not null)
            await definitions.FreezeAsync(stored, cancellationToken);
        return stored is null ? null : new(stored.DefinitionId, stored.Id, stored.Version) { Strategy = Strategy(stored.Definition) };
    }

    public ValueTask<IReadOnlyList<TriggerMatch>> TriggersAsync(string name, string hash, CancellationToken cancellationToken)
    {
        var index = _index;
        if (!ReferenceEquals(index.Snapshot, definitions.Current))
            _index = index = new Index(definitions.Current);
        return ValueTask.FromResult<IReadOnlyList<TriggerMatch>>([.. index.Triggers[(name, hash)].Select(trigger => new TriggerMatch(
            new(trigger.DefinitionId, trigger.DefinitionVersionId, trigger.DefinitionVersion)
            {
                Strategy = index.Snapshot.Published.TryGetValue(trigger.DefinitionId, out var stored) ? Strategy(stored.Definition) : ActivationStrategy.AllowAlways,
            },
            trigger.ActivityId))]);
    }

    /// <summary>From the type's name as Elsa writes it: namespace before, assembly behind.</summary>
    private static ActivationStrategy Strategy(WorkflowDefinition definition) => definition.Options.ActivationStrategyType?.Split(',')[0].Split('.')[^1] switch
    {
        "SingletonStrategy" => ActivationStrategy.Singleton,
        "CorrelationStrategy" => ActivationStrategy.Correlation,
        "CorrelatedSingletonStrategy" => ActivationStrategy.CorrelatedSingleton,
        _ => ActivationStrategy.AllowAlways,
    };

    public async ValueTask<IRunLogic> LoadAsync(string versionId, CancellationToken cancellationToken)
    {
        if (versionId.StartsWith(ActivityWorkflow.Prefix, StringComparison.Ordinal))
            return LoadActivity(versionId);
        var stored = await definitions.FindVersionAsync(versionId, cancellationToken)
            ?? throw new KeyNotFoundException($"The version {versionId} of a workflow, which the run is on, was deleted. Cancel the run, or import that version again.");
        var snapshot = definitions.Current;
        var key = (stored.Id, stored.UpdatedAt, snapshot.Revision);
        if (_compiled.TryGetValue(key, out var known))
            return known;
        var pinned = new Dictionary<string, WorkflowDefinition>();
        await PinAsync(stored.Definition, pinned, cancellationToken);
        if (_compiled.Count >= MaxCompiled)
            _compiled.Clear();
        return _compiled[key] = new Logic(compiler.Compile(stored.Definition, new Lookup(snapshot, pinned, activities)));
    }

    private IRunLogic LoadActivity(string versionId)
    {
        var definition = ActivityWorkflow.Find(versionId, activities)
            ?? throw new KeyNotFoundException($"The activity of {versionId} is not in the catalogue any more. Cancel the run, or start the version of the product that has it.");
        var key = (versionId, DateTimeOffset.MinValue, 0L);
        return _compiled.TryGetValue(key, out var known) ? known : _compiled[key] = new Logic(compiler.Compile(definition, new Lookup(DefinitionSnapshot.Empty, [], activities)));
    }

    public byte[] Write(RunState state) => RunStateJson.Write(state);

    public RunState Read(ReadOnlyMemory<byte> json) => RunStateJson.Read(json.Span);

    /// <summary>Versions of workflows that are used as activities, theirs included.</summary>
    private async Task PinAsync(WorkflowDefinition definition, Dictionary<string, WorkflowDefinition> pinned, CancellationToken cancellationToken)
    {
        foreach (var versionId in definition.Activities().Select(activity => activity.RawText("workflowDefinitionVersionId")).OfType<string>().Where(id => id.Length > 0))
        {
            if (pinned.ContainsKey(versionId) || await definitions.FindVersionAsync(versionId, cancellationToken) is not { } used)
                continue;
            pinned[versionId] = used.Definition;
            await PinAsync(used.Definition, pinned, cancellationToken);
        }
    }

    private sealed class Logic(CompiledDefinition definition) : IRunLogic
    {
        public DefinitionVersion Version { get; } = new(definition.Source.DefinitionId, definition.Source.Id, definition.Source.Version);

        public Decision Start(RunId id, RunEvent.Start start, DateTimeOffset now) => Homelab.Engine.Runs.Decider.Decide(definition, Homelab.Engine.Runs.Decider.Create(definition, id, now), start, now);

        public Decision Decide(RunState state, RunEvent happened, DateTimeOffset now) => Homelab.Engine.Runs.Decider.Decide(definition, state, happened, now);
    }

    private sealed class Lookup(DefinitionSnapshot snapshot, Dictionary<string, WorkflowDefinition> pinned, ActivityCatalog activities) : IDefinitionLookup
    {
        public WorkflowDefinition? FindComposite(string activityType, int version, string? definitionId, string? definitionVersionId) =>
            (definitionVersionId is null ? null : pinned.GetValueOrDefault(definitionVersionId))
            ?? snapshot.Activities.GetValueOrDefault(activityType)?.Definition
            ?? (definitionId is null ? null : snapshot.Published.GetValueOrDefault(definitionId)?.Definition);

        public ActivityDescriptor? FindActivity(string activityType) => activities.TryFind(activityType, out var invoker) ? invoker.Descriptor : null;
    }

    /// <summary>Triggers by what a bookmark of the same stimulus would be found by.</summary>
    private sealed class Index(DefinitionSnapshot snapshot)
    {
        public DefinitionSnapshot Snapshot => snapshot;

        public ILookup<(string Name, string Hash), WorkflowTrigger> Triggers { get; } = snapshot.Triggers.ToLookup(trigger => (trigger.Name, trigger.Name switch
        {
            "Elsa.Event" => BookmarkHash.OfEvent((string?)trigger.Payload["eventName"] ?? ""),
            "Elsa.HttpEndpoint" => BookmarkHash.Of(trigger.Name, HttpEndpointBehavior.Payload((string?)trigger.Payload["path"] ?? "", (string?)trigger.Payload["method"] ?? "")),
            _ => trigger.Hash,
        }));
    }
}
