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

    /// <summary>
    /// Tells people or a monitor something and changes nothing else. It has no effect in the gate's sense: it must never wait for an approval (it may be
    /// what asks for one), it goes to channels that only the settings name, and told twice after a crash is better than not told. It stops at the door
    /// of a dry run like everything that is sent. A machine that acts on a call is called by http.send_request, which the gate guards.
    /// </summary>
    public bool Sends { get; init; }

    /// <summary>Only for Elsa's own activities: their type name instead of <c>Homelab.Tool.Verb</c>.</summary>
    public string? TypeName { get; init; }
}
