using System.Text.Json.Nodes;

namespace Homelab.Engine.Runs;

/// <summary>One line of a run's journal, in the shape of Elsa's workflow execution log.</summary>
public sealed record JournalEntry
{
    /// <summary>1, 2, 3, ... within the run; no gaps.</summary>
    public required long Sequence { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required string ActivityInstanceId { get; init; }

    public string? ParentActivityInstanceId { get; init; }

    public required string ActivityId { get; init; }

    public required string ActivityNodeId { get; init; }

    public required string ActivityType { get; init; }

    public int ActivityTypeVersion { get; init; } = 1;

    public string? ActivityName { get; init; }

    /// <summary>Started, Completed, Faulted, Canceled, Suspended, Resumed, Retrying, Held, InDoubt, ...</summary>
    public required string EventName { get; init; }

    public string? Message { get; init; }

    /// <summary>Inputs, outputs, outcomes, attempt, error; secrets already masked.</summary>
    public JsonObject? Payload { get; init; }
}
