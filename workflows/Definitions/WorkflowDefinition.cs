using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>One version of a workflow in Elsa 3's form. Immutable; what this model has no name for is kept in the <c>Extra</c> of its place, so that a file read and written again means the same.</summary>
public sealed record WorkflowDefinition
{
    /// <summary>The id of this version, opaque.</summary>
    public required string Id { get; init; }

    /// <summary>The same for all versions.</summary>
    public required string DefinitionId { get; init; }

    public string? TenantId { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public int Version { get; init; } = 1;

    public string? ToolVersion { get; init; }

    public ImmutableArray<VariableDefinition> Variables { get; init; } = [];

    public ImmutableArray<InputDefinition> Inputs { get; init; } = [];

    public ImmutableArray<OutputDefinition> Outputs { get; init; } = [];

    /// <summary>Outcomes when used as an activity; set by Elsa.Complete.</summary>
    public ImmutableArray<string> Outcomes { get; init; } = [];

    public ImmutableDictionary<string, JsonElement> CustomProperties { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;

    public bool IsReadonly { get; init; }

    public bool IsSystem { get; init; }

    public bool IsLatest { get; init; }

    public bool IsPublished { get; init; }

    public WorkflowOptions Options { get; init; } = new();

    /// <summary>Nearly always an Elsa.Flowchart.</summary>
    public required ActivityNode Root { get; init; }

    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;

    /// <summary>The type name this definition has as an activity: its name without separators, Pascal case; null when it is not usable as one.</summary>
    public string? ActivityTypeName => Options.UsableAsActivity == true && !string.IsNullOrWhiteSpace(Name) ? ActivityTypeNames.FromDefinitionName(Name) : null;

    /// <summary>Files of old have <c>usableAsActivity</c> beside the options: Elsa honours it in files of a folder and not in what is imported.</summary>
    public WorkflowDefinition WithLegacyOptions() => Options.UsableAsActivity is null && Extra.TryGetValue("usableAsActivity", out var usable) && usable.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? this with { Options = Options with { UsableAsActivity = usable.GetBoolean() } }
        : this;

    /// <summary>Every activity of the definition, parents before children, in document order.</summary>
    public IEnumerable<ActivityNode> Activities() => Root.DescendantsAndSelf();
}

public sealed record WorkflowOptions
{
    /// <summary>CLR type name of the activation strategy (advisory: the short name decides).</summary>
    public string? ActivationStrategyType { get; init; }

    public bool? UsableAsActivity { get; init; }

    public bool AutoUpdateConsumingWorkflows { get; init; }

    public string? ActivityCategory { get; init; }

    /// <summary>CLR type name of the incident strategy, or <c>Homelab.StopStrategy</c>.</summary>
    public string? IncidentStrategyType { get; init; }

    public string? CommitStrategyName { get; init; }

    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;
}

public sealed record VariableDefinition
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Alias or CLR name; null is Object.</summary>
    public string? TypeName { get; init; }

    public bool IsArray { get; init; }

    /// <summary>The default, always text in Elsa's files; converted to the type when a run starts.</summary>
    public string? Value { get; init; }

    public string? StorageDriverTypeName { get; init; }

    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;
}

public sealed record InputDefinition
{
    public required string Name { get; init; }

    public string? Type { get; init; }

    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    public string? Category { get; init; }

    public bool IsArray { get; init; }

    public string? UIHint { get; init; }

    public string? StorageDriverType { get; init; }

    /// <summary>Holds <c>defaultValue</c> and <c>isRequired</c> too, where a file has them.</summary>
    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;
}

public sealed record OutputDefinition
{
    public required string Name { get; init; }

    public string? Type { get; init; }

    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    public string? Category { get; init; }

    public bool IsArray { get; init; }

    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;
}
