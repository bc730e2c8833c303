namespace Homelab.Rules.Decisions;

/// <summary>How hard something would hit data or availability, as an activity declares it.</summary>
public enum Hazard
{
    None,
    Low,
    Medium,
    High,
}

/// <summary>Risk of an action on a target at a time; what the matrix is indexed by.</summary>
public enum Risk
{
    Low,
    Medium,
    High,
}

/// <summary>What an action changes. Mirrors the activity contract, which rules do not know.</summary>
public enum EffectKind
{
    Reversible,
    Disruptive,
    Destructive,
}

/// <summary>From the most permissive to the least. Soft: notify and go on. Hard: wait for a person. Forbidden: never, whoever asks.</summary>
public enum ApprovalClass
{
    None,
    Soft,
    Hard,
    Forbidden,
}

/// <summary>From the most careful to the least.</summary>
public enum AutonomyLevel
{
    Conservative,
    Moderate,
    Aggressive,
}

/// <summary>What to do, from the least permissive to the most.</summary>
public enum Verdict
{
    /// <summary>Not executed, and a person's yes does not change that.</summary>
    Refuse,

    /// <summary>Not executed; people are told.</summary>
    AlertOnly,

    /// <summary>Proposed; executed only when a person approves in time.</summary>
    Ask,

    /// <summary>People are told, then it is executed.</summary>
    TellFirst,

    /// <summary>Executed; people are told after.</summary>
    Execute,
}
