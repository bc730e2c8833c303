namespace Homelab.Activities;

/// <summary>Marks one verb of one tool. Everything here ends in <see cref="ActivityDescriptor"/>; inputs describe themselves on their record.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ActivityAttribute(string id, string displayName, string description) : Attribute
{
    /// <summary>"tool.verb_noun", for ever: stored runs hold it.</summary>
    public string Id { get; } = id;

    public string DisplayName { get; } = displayName;

    /// <summary>One sentence: what it does, and what it does not.</summary>
    public string Description { get; } = description;

    public Effect Effect { get; init; }

    public RiskLevel DataRisk { get; init; }

    public RiskLevel AvailabilityRisk { get; init; }

    public int TimeoutSeconds { get; init; } = 30;

    /// <summary>Doing it twice is the same as once.</summary>
    public bool Idempotent { get; init; }

    /// <summary>Why nothing takes it back; required of an effect whose <c>Undo</c> answers null.</summary>
    public string? NoUndo { get; init; }

    /// <summary>Only for Elsa's own activities: their type name instead of <c>Homelab.Tool.Verb</c>.</summary>
    public string? TypeName { get; init; }
}
