using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Homelab.Engine.Runs;

/// <summary>All there is of a run between two events. Serialised whole with the commit (<c>RunStateJson</c>), so everything the interpreter needs is here.</summary>
/// <remarks>What is finished is not here: it went out with the journal, so that a loop of ten thousand rounds leaves the state as small as one round.</remarks>
public sealed class RunState
{
    public required RunId Id { get; init; }

    public required string DefinitionId { get; init; }

    /// <summary>The version the run stays on, whatever is published later.</summary>
    public required string DefinitionVersionId { get; init; }

    public required int DefinitionVersion { get; init; }

    public RunId? ParentRunId { get; set; }

    public string? ParentBookmarkId { get; set; }

    public string? CorrelationId { get; set; }

    public string? Name { get; set; }

    public RunStatus Status { get; set; }

    public RunSubStatus SubStatus { get; set; }

    public bool DryRun { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    public JsonObject Input { get; set; } = [];

    public JsonObject Output { get; set; } = [];

    public List<Bookmark> Bookmarks { get; set; } = [];

    public List<Incident> Incidents { get; set; } = [];

    /// <summary>The activity whose trigger started the run.</summary>
    public string? TriggerActivityId { get; set; }

    /// <summary>What the trigger received; until its activity took it.</summary>
    public JsonNode? TriggerPayload { get; set; }

    /// <summary>Null: as the definition says, else Elsa's default (counter).</summary>
    public FlowchartMode? Mode { get; set; }

    /// <summary>An HTTP request started or resumed the run, so there may be somebody to answer.</summary>
    public bool HasCaller { get; set; }

    /// <summary>Journal entries written so far.</summary>
    public long Sequence { get; set; }

    /// <summary>Ids and random values drawn so far.</summary>
    public long Draws { get; set; }

    /// <summary>Activity instances that are not finished, and the finished ones that unfinished work still hangs on; parents first.</summary>
    public List<ActivityFrame> Frames { get; set; } = [];

    /// <summary>Scheduled and not yet invoked; first in, first out.</summary>
    public List<WorkItem> Queue { get; set; } = [];

    /// <summary>Tell the parent when this run suspends for the first time.</summary>
    public bool ReportsSuspension { get; set; }

    /// <summary>The performed step, or the bookmark of a child's first burst, that holds the queue until it is reported.</summary>
    public string? AwaitedStepId { get; set; }

    /// <summary>Last outputs of activities that some expression may read, by activity id.</summary>
    public Dictionary<string, JsonObject> Outputs { get; set; } = [];

    public JsonNode? LastResult { get; set; }

    /// <summary>The incident strategy stopped the run: nothing is invoked any more.</summary>
    public bool Stopped { get; set; }
}

public enum FlowchartMode
{
    Counter,
    Token,
}

/// <summary>A fault of one activity, in Elsa's shape.</summary>
public sealed record Incident(
    string ActivityId,
    string ActivityNodeId,
    string ActivityInstanceId,
    string ActivityType,
    string Message,
    string ExceptionType,
    DateTimeOffset Timestamp);

public enum ActivityStatus
{
    Pending,
    Running,
    Completed,
    Canceled,
    Faulted,
}

/// <summary>One activity instance: Elsa's activity execution context. Only what a behaviour used is set; the names are short because they are stored with every commit.</summary>
public sealed class ActivityFrame
{
    [JsonPropertyName("i")]
    public required string Id { get; init; }

    [JsonPropertyName("p")]
    public string? ParentId { get; init; }

    [JsonPropertyName("n")]
    public required string NodeId { get; init; }

    [JsonPropertyName("s")]
    public ActivityStatus Status { get; set; }

    [JsonPropertyName("t")]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Faults in this activity and below.</summary>
    [JsonPropertyName("f")]
    public int Faults { get; set; }

    [JsonPropertyName("tag")]
    public string? Tag { get; set; }

    /// <summary>Reached by a connection that leads back.</summary>
    [JsonPropertyName("b")]
    public bool Backward { get; init; }

    /// <summary>Declared variables by id.</summary>
    [JsonPropertyName("v")]
    public Dictionary<string, JsonNode?>? Variables { get; set; }

    /// <summary>Variables made while running (CurrentValue), by name.</summary>
    [JsonPropertyName("d")]
    public Dictionary<string, JsonNode?>? Dynamic { get; set; }

    [JsonPropertyName("c")]
    public List<CompletionCallback>? Callbacks { get; set; }

    [JsonPropertyName("x")]
    public int Index { get; set; }

    [JsonPropertyName("k")]
    public bool Breaking { get; set; }

    /// <summary>What the behaviour keeps: items of a loop, ids of completed branches.</summary>
    [JsonPropertyName("data")]
    public JsonNode? Data { get; set; }

    [JsonPropertyName("flow")]
    public FlowScope? Flow { get; set; }

    [JsonPropertyName("tok")]
    public List<FlowToken>? Tokens { get; set; }

    [JsonPropertyName("step")]
    public PendingStep? Step { get; set; }

    [JsonIgnore]
    internal Compiling.CompiledNode Node { get; set; } = null!; // set when the frame is made or attached

    [JsonIgnore]
    internal ActivityFrame? Parent { get; set; }

    [JsonIgnore]
    internal List<ActivityFrame> Children { get; } = [];

    [JsonIgnore]
    internal JsonNode?[] Inputs { get; set; } = [];

    [JsonIgnore]
    internal bool HasNewBookmark { get; set; }

    [JsonIgnore]
    internal bool IsDone => Status is ActivityStatus.Completed or ActivityStatus.Canceled;

    [JsonIgnore]
    internal JsonObject? OutputValues { get; set; }
}

/// <param name="ChildNodeId">The child whose completion is waited for.</param>
public sealed record CompletionCallback(
    [property: JsonPropertyName("n")] string ChildNodeId,
    [property: JsonPropertyName("m")] bool Silent,
    [property: JsonPropertyName("t")] string? Tag);

/// <summary>Something to invoke. The owner is the frame that scheduled it.</summary>
public sealed class WorkItem
{
    [JsonPropertyName("n")]
    public required string NodeId { get; init; }

    [JsonPropertyName("o")]
    public string? OwnerId { get; init; }

    /// <summary>Invoke this frame again rather than a new one.</summary>
    [JsonPropertyName("e")]
    public string? ExistingId { get; init; }

    [JsonPropertyName("t")]
    public string? Tag { get; init; }

    [JsonPropertyName("b")]
    public bool Backward { get; init; }

    [JsonPropertyName("d")]
    public Dictionary<string, JsonNode?>? Variables { get; init; }

    [JsonIgnore]
    internal Compiling.CompiledNode Node { get; set; } = null!; // set when the item is made or attached

    [JsonIgnore]
    internal ActivityFrame? Owner { get; set; }

    [JsonIgnore]
    internal ActivityFrame? Existing { get; set; }
}

/// <summary>Elsa's counters of a flowchart in counter mode.</summary>
public sealed class FlowScope
{
    [JsonPropertyName("a")]
    public Dictionary<string, long> Activities { get; set; } = [];

    [JsonPropertyName("c")]
    public Dictionary<string, long> Connections { get; set; } = [];

    /// <summary>Connections whose last visit was followed.</summary>
    [JsonPropertyName("f")]
    public SortedSet<string> Followed { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>A token of a flowchart in token mode.</summary>
public sealed class FlowToken
{
    [JsonPropertyName("f")]
    public required string From { get; init; }

    [JsonPropertyName("o")]
    public string? Outcome { get; init; }

    [JsonPropertyName("t")]
    public required string To { get; init; }

    [JsonPropertyName("c")]
    public bool Consumed { get; set; }

    [JsonPropertyName("b")]
    public bool Blocked { get; set; }
}

/// <summary>A step handed to the dispatcher and not yet answered.</summary>
public sealed class PendingStep
{
    [JsonPropertyName("i")]
    public required string StepId { get; init; }

    [JsonPropertyName("a")]
    public int Attempt { get; set; } = 1;

    [JsonPropertyName("in")]
    public JsonObject Input { get; set; } = [];

    [JsonPropertyName("bg")]
    public bool Background { get; set; }

    /// <summary>Attempts that a person's answer caused; they do not count as retries.</summary>
    [JsonPropertyName("hs")]
    public int Holds { get; set; }

    /// <summary>Waits for a person; not with the dispatcher.</summary>
    [JsonPropertyName("h")]
    public bool Held { get; set; }
}
