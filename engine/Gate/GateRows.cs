namespace Homelab.Engine.Gate;

/// <summary>Permission for one step; used, it is a line of the change log.</summary>
internal sealed record AuthorizationRow
{
    public required string Id { get; init; }

    public required string DecisionId { get; init; }

    public string? ApprovalId { get; init; }

    public required string PlanHash { get; init; }

    public long PlanStep { get; init; }

    public required string RunId { get; init; }

    /// <summary>Null: any step of the run that matches exactly (a plan of several steps).</summary>
    public string? StepId { get; init; }

    public required string ActivityId { get; init; }

    public required string TargetId { get; init; }

    public required string TargetName { get; init; }

    public required string ParametersHash { get; init; }

    public required string Parameters { get; init; }

    public required string IncidentType { get; init; }

    public required string Cause { get; init; }

    public long IssuedAt { get; init; }

    public long ExpiresAt { get; init; }

    /// <summary>"rules" or the person who approved.</summary>
    public required string IssuedBy { get; init; }

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
    public required string Id { get; init; }

    public long At { get; init; }

    public required string RunId { get; init; }

    public required string StepId { get; init; }

    public long Attempt { get; init; }

    public required string Action { get; init; }

    public required string TargetId { get; init; }

    public required string TargetName { get; init; }

    public required string IncidentType { get; init; }

    public required string Cause { get; init; }

    public required string Verdict { get; init; }

    public double Confidence { get; init; }

    public required string Risk { get; init; }

    public required string Class { get; init; }

    public required string PlanHash { get; init; }

    public required string PolicyVersion { get; init; }

    public long DryRun { get; init; }

    public required string Sentence { get; init; }

    public required string Facts { get; init; }

    public required string Record { get; init; }

    public required string Plan { get; init; }

    public string? Outcome { get; init; }

    public long? OutcomeAt { get; init; }
}
