namespace Homelab.Activities;

/// <summary>What an activity does to the world. Anything but <see cref="None"/> runs only through the gate.</summary>
public enum Effect
{
    /// <summary>Reads only.</summary>
    None,

    /// <summary>Changes something that its undo restores without loss.</summary>
    Reversible,

    /// <summary>Interrupts a service for a while (a restart); nothing is lost.</summary>
    Disruptive,

    /// <summary>Loses data or state that nothing brings back.</summary>
    Destructive,
}

/// <summary>How hard it would hit: of data, and of availability (FEATURES 2.4).</summary>
public enum RiskLevel
{
    None,
    Low,
    Medium,
    High,
}
