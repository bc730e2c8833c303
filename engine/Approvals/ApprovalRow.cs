namespace Homelab.Engine.Approvals;

/// <summary>A question to people, as stored. Durable: asked once, answered once, over at <see cref="DueAt"/>.</summary>
internal sealed record ApprovalRow
{
    public string Id { get; init; } = "";

    public string DecisionId { get; init; } = "";

    public string RunId { get; init; } = "";

    public string StepId { get; init; } = "";

    public long Attempt { get; init; }

    /// <summary>Questions of one cause are shown and may be answered together.</summary>
    public string GroupKey { get; init; } = "";

    public string Action { get; init; } = "";

    public string TargetId { get; init; } = "";

    public string TargetName { get; init; } = "";

    public string Risk { get; init; } = "";

    public string Question { get; init; } = "";

    public string PlanHash { get; init; } = "";

    /// <summary>What would be done, with secrets masked.</summary>
    public string Plan { get; init; } = "{}";

    /// <summary>pending, approved, denied, timedOut, changed or withdrawn.</summary>
    public string State { get; init; } = "pending";

    public long AskedAt { get; init; }

    public long DueAt { get; init; }

    public long? RemindAt { get; init; }

    public long Reminders { get; init; }

    public long? EscalateAt { get; init; }

    public long? AnsweredAt { get; init; }

    public string? AnsweredBy { get; init; }

    public string? Note { get; init; }

    /// <summary>Fields of the input as the person wants them instead, with secrets hashed.</summary>
    public string? Changes { get; init; }

    public string HashedParameters { get; init; } = "{}";

    /// <summary>Not before: "yes, but at night".</summary>
    public long? ResumeAt { get; init; }

    public long? ResumedAt { get; init; }
}
