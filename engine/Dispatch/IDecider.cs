using System.Text.Json.Serialization;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>The version of a definition that a run stays on.</summary>
internal sealed record DefinitionVersion(string DefinitionId, string VersionId, int Version)
{
    /// <summary>How many runs of it may be at a time. Decides at the door and is not stored.</summary>
    [JsonIgnore]
    public ActivationStrategy Strategy { get; init; }

    /// <summary>What a start of it needs for itself; null: nothing. A start without a correlation is bound by no rule about correlations.</summary>
    public Activation? ActivationOf(string? correlationId) => (Strategy, correlationId) switch
    {
        (ActivationStrategy.Singleton, _) => new($"definition/{DefinitionId}", DefinitionId, null),
        (ActivationStrategy.Correlation, { Length: > 0 } correlation) => new($"correlation/{correlation}", null, correlation),
        (ActivationStrategy.CorrelatedSingleton, { Length: > 0 } correlation) => new($"definition/{DefinitionId}/{correlation}", DefinitionId, correlation),
        _ => null,
    };
}

/// <summary>Elsa's.</summary>
internal enum ActivationStrategy
{
    AllowAlways,
    Singleton,
    Correlation,
    CorrelatedSingleton,
}

/// <summary>The way to definitions and to <c>Decider.Decide</c>; scripted in tests of the dispatcher.</summary>
internal interface IDecider
{
    /// <summary>The version that a new run of the definition gets; null when there is none. <paramref name="versionOptions"/>: null (published), "Latest", "Draft", a number or a version id.</summary>
    ValueTask<DefinitionVersion?> ResolveAsync(string definitionId, string? versionOptions, CancellationToken cancellationToken);

    /// <summary>What a name and a stimulus hash start: the published triggers.</summary>
    ValueTask<IReadOnlyList<TriggerMatch>> TriggersAsync(string name, string hash, CancellationToken cancellationToken);

    /// <summary>Makes the definition ready to decide with; the answer is pure from here on.</summary>
    ValueTask<IRunLogic> LoadAsync(string versionId, CancellationToken cancellationToken);

    byte[] Write(RunState state);

    RunState Read(ReadOnlyMemory<byte> json);
}

internal interface IRunLogic
{
    DefinitionVersion Version { get; }

    Decision Start(RunId id, RunEvent.Start start, DateTimeOffset now);

    Decision Decide(RunState state, RunEvent happened, DateTimeOffset now);
}

internal sealed record TriggerMatch(DefinitionVersion Version, string ActivityId);
