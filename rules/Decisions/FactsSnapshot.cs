namespace Homelab.Rules.Decisions;

/// <summary>
/// Everything a decision is made from, and nothing else: stored whole, so that the decision can be explained and repeated under
/// other rules. Immutable; equal facts and an equal policy give an equal decision.
/// </summary>
public sealed record FactsSnapshot
{
    public required DateTimeOffset At { get; init; }

    /// <summary>What it is about; steps of an ordinary workflow carry the workflow's name as type.</summary>
    public IncidentFacts Incident { get; init; } = new();

    public TimeFacts Time { get; init; } = new();

    public ControlFacts Controls { get; init; } = new();

    public required IReadOnlyList<CandidateFacts> Candidates { get; init; }
}

public sealed record IncidentFacts
{
    /// <summary>"container_down", "disk_filling", or a workflow's id.</summary>
    public string Type { get; init; } = "";

    /// <summary>"critical", "warning", "info" or empty.</summary>
    public string Severity { get; init; } = "";

    /// <summary>What actions of one cause share: an incident's id, or the run's.</summary>
    public string Cause { get; init; } = "";

    /// <summary>Who asked for it, where a person did.</summary>
    public string? RequestedBy { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>The moment in the household's own time zone, computed before, so that deciding needs no zone data.</summary>
public sealed record TimeFacts
{
    public int Hour { get; init; }

    public DayOfWeek Day { get; init; }

    /// <summary>People are not to be disturbed; told silently unless it is critical.</summary>
    public bool QuietHours { get; init; }
}

/// <summary>The state of the controls at the moment of the snapshot.</summary>
public sealed record ControlFacts
{
    public bool Stopped { get; init; }

    public bool Paused { get; init; }

    public bool BreakerOpen { get; init; }

    public int ConsecutiveFailures { get; init; }

    public AutonomyLevel Autonomy { get; init; } = AutonomyLevel.Conservative;

    /// <summary>Actions executed since midnight, in the household's zone.</summary>
    public int ActionsToday { get; init; }

    public int ActionsPerDay { get; init; } = int.MaxValue;
}

/// <summary>One thing that could be done, on one target; the further steps of a plan are in <see cref="Steps"/>.</summary>
public sealed record CandidateFacts
{
    /// <summary>An activity's id or a playbook's name.</summary>
    public required string Action { get; init; }

    /// <summary>Of the exact plan, where there is one.</summary>
    public string? PlanHash { get; init; }

    public required TargetFacts Target { get; init; }

    public required EffectKind Effect { get; init; }

    public Hazard DataRisk { get; init; }

    public Hazard AvailabilityRisk { get; init; }

    /// <summary>How sure the diagnosis is that this is the cause and this the answer (0 to 1).</summary>
    public required double Prediction { get; init; }

    /// <summary>How exactly what it will change is known (0 to 1).</summary>
    public required double ImpactCertainty { get; init; }

    /// <summary>How well it can be taken back (0 to 1).</summary>
    public required double RollbackFeasibility { get; init; }

    public HistoryFacts History { get; init; } = new();

    /// <summary>Replaces what was learned; for trying a decision out by hand. The engine never sets it.</summary>
    public double? HistoricalSuccess { get; init; }

    /// <summary>By the playbook or by preferences; policy and rules can only tighten it.</summary>
    public ApprovalClass Approval { get; init; }

    /// <summary>A level of the service's own, where preferences set one.</summary>
    public AutonomyLevel? Autonomy { get; init; }

    public DateTimeOffset? CooldownUntil { get; init; }

    public int TargetActions { get; init; }

    public int TargetBudget { get; init; } = int.MaxValue;

    public int CauseActions { get; init; }

    public int CauseBudget { get; init; } = int.MaxValue;

    /// <summary>It can wait for a maintenance window (maintenance, not an answer to an outage).</summary>
    public bool CanWait { get; init; }

    /// <summary>False when windows are configured for the target and none is open.</summary>
    public bool InMaintenanceWindow { get; init; } = true;

    public DateTimeOffset? NextWindow { get; init; }

    /// <summary>What is done besides, in one plan with it: judged each on its own, and the plan is as careful as the most careful of them.</summary>
    public IReadOnlyList<CandidateFacts> Steps { get; init; } = [];
}

public sealed record TargetFacts
{
    public required string Id { get; init; }

    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>False when nothing answers to it: nobody acts on what nobody found.</summary>
    public bool Known { get; init; } = true;

    public bool Critical { get; init; }

    /// <summary>It does not serve anybody now, so that an interruption takes nothing away.</summary>
    public bool Down { get; init; }

    /// <summary>How many services, guests and hosts hang on it, directly or not.</summary>
    public int BlastRadius { get; init; }

    /// <summary>What it hangs on and what is down: the cause is there, not here.</summary>
    public string? ParentDown { get; init; }
}

/// <summary>How this action went before, for this type of incident.</summary>
public sealed record HistoryFacts(int Successes = 0, int Failures = 0)
{
    public int Total => Successes + Failures;
}
