using System.Text.Json.Nodes;

namespace Homelab.Engine.Runs;

/// <summary>Something that happened to a run and that <c>Decider.Decide</c> turns into a new state and commands. Every case is JSON-serialisable: it travels through the inbox.</summary>
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <param name="Input">By the definition's input names.</param>
    /// <param name="TriggerActivityId">The trigger that started it, if one did; execution starts there.</param>
    /// <param name="ReportsSuspension">The parent's queue waits for the first burst: tell it when this run suspends, too.</param>
    /// <param name="TriggerPayload">What the trigger received (HTTP request, event payload, fire time).</param>
    public sealed record Start(
        JsonObject Input,
        string? TriggerActivityId = null,
        JsonNode? TriggerPayload = null,
        string? CorrelationId = null,
        string? Name = null,
        RunId? ParentRunId = null,
        string? ParentBookmarkId = null,
        JsonObject? Variables = null,
        bool DryRun = false,
        bool ReportsSuspension = false) : RunEvent;

    /// <summary>A bookmark's stimulus arrived (timer due, event published, approval answered, child finished). Unknown or burnt bookmarks are ignored.</summary>
    public sealed record Resume(string BookmarkId, JsonNode? Input = null) : RunEvent;

    /// <summary>A performed step answered. Ignored unless the step is pending with this very attempt.</summary>
    public sealed record StepReported(string StepId, int Attempt, StepOutcome Outcome) : RunEvent;

    public sealed record Cancel(string Reason) : RunEvent;

    /// <summary>Runs faulted activities again; all of them when the list is empty.</summary>
    public sealed record Retry(IReadOnlyList<string> ActivityInstanceIds) : RunEvent;

    public sealed record CancelActivity(string ActivityInstanceId) : RunEvent;

    public sealed record ScheduleActivity(string ActivityId) : RunEvent;

    public sealed record ModifyVariable(string VariableId, JsonNode? Value) : RunEvent;
}

/// <summary>How one attempt of a performed step ended.</summary>
public abstract record StepOutcome
{
    private StepOutcome()
    {
    }

    public sealed record Succeeded(JsonNode? Output) : StepOutcome;

    /// <param name="ErrorType">The exception's type name, for incidents.</param>
    public sealed record Failed(string ErrorType, string Message, bool Retryable, TimeSpan? RetryAfter = null) : StepOutcome;

    /// <summary>The gate said no; never retried by itself.</summary>
    public sealed record Refused(string Reason, string? DecisionId = null) : StepOutcome;

    /// <summary>The gate waits for a person: the step gets a bookmark named by <paramref name="ApprovalId"/> and is performed again when that is resumed.</summary>
    public sealed record Held(string ApprovalId, string Reason) : StepOutcome;

    /// <summary>An intent without an outcome whose probe could not tell; waits for a person like <see cref="Held"/>.</summary>
    public sealed record InDoubt(string Message) : StepOutcome;
}
