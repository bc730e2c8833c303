namespace Homelab.Engine.Gate;

/// <summary>Permission for one step; used, it is a line of the change log.</summary>
internal sealed record AuthorizationRow
{
    public string Id { get; init; } = "";

    public string DecisionId { get; init; } = "";

    public string? ApprovalId { get; init; }

    public string PlanHash { get; init; } = "";

    public long PlanStep { get; init; }

    public string RunId { get; init; } = "";

    /// <summary>Null: any step of the run that matches exactly (a plan of several steps).</summary>
    public string? StepId { get; init; }

    public string ActivityId { get; init; } = "";

    public string TargetId { get; init; } = "";

    public string TargetName { get; init; } = "";

    public string ParametersHash { get; init; } = "";

    public string Parameters { get; init; } = "{}";

    public string IncidentType { get; init; } = "";

    public string Cause { get; init; } = "";

    public long IssuedAt { get; init; }

    public long ExpiresAt { get; init; }

    /// <summary>"rules" or the person who approved.</summary>
    public string IssuedBy { get; init; } = "";

    /// <summary>1 when no person stands behind it: it is void when the breaker opens.</summary>
    public long Autonomous { get; init; }

    /// <summary>1 until people were told: it cannot be used before.</summary>
    public long AwaitsNotice { get; init; }

    public long? UsedAt { get; init; }

    public string? UsedBy { get; init; }

    public long? RevokedAt { get; init; }

    public long? Attempt { get; init; }

    /// <summary>Null until it is used; then started, succeeded, failed, inDoubt, notVerified or rolledBack.</summary>
    public string? Result { get; init; }

    public string? Message { get; init; }

    public long? FinishedAt { get; init; }

    public string? UndoActivity { get; init; }

    public string? UndoInput { get; init; }

    public string? NoUndoReason { get; init; }

    /// <summary>The change this one takes back.</summary>
    public string? UndoOf { get; init; }

    public string? UndoneBy { get; init; }
}

internal sealed record DecisionRow
{
    public string Id { get; init; } = "";

    public long At { get; init; }

    public string RunId { get; init; } = "";

    public string StepId { get; init; } = "";

    public long Attempt { get; init; }

    public string Action { get; init; } = "";

    public string TargetId { get; init; } = "";

    public string TargetName { get; init; } = "";

    public string IncidentType { get; init; } = "";

    public string Cause { get; init; } = "";

    public string Verdict { get; init; } = "";

    public double Confidence { get; init; }

    public string Risk { get; init; } = "";

    public string Class { get; init; } = "";

    public string PlanHash { get; init; } = "";

    public string PolicyVersion { get; init; } = "";

    public long DryRun { get; init; }

    public string Sentence { get; init; } = "";

    public string Facts { get; init; } = "{}";

    public string Record { get; init; } = "{}";

    public string Plan { get; init; } = "{}";

    public string? Outcome { get; init; }

    public long? OutcomeAt { get; init; }
}
