using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>What became of each activity instance of a run, told from its journal: the journal is all there is of what is finished.</summary>
internal static class ActivityExecutions
{
    /// <summary>In the order they started.</summary>
    /// <param name="definition">Its connections say which of the activities before one scheduled it; null when it is not known any more.</param>
    public static IReadOnlyList<ActivityExecution> Of(IEnumerable<JournalEntry> journal, IEnumerable<Bookmark> bookmarks, WorkflowDefinition? definition)
    {
        var before = (definition?.Activities() ?? []).SelectMany(activity => activity.Connections ?? []).ToLookup(connection => connection.Target, connection => connection.Source);
        Dictionary<string, List<ActivityExecution>> completed = [];
        var waiting = bookmarks.Select(bookmark => bookmark.ActivityInstanceId).ToHashSet();
        Dictionary<string, ActivityExecution> executions = [];
        List<ActivityExecution> order = [];
        foreach (var entry in journal)
        {
            if (!executions.TryGetValue(entry.ActivityInstanceId, out var execution))
            {
                var parent = entry.ParentActivityInstanceId is { } id ? executions.GetValueOrDefault(id) : null;
                var siblings = parent is null ? null : completed.GetValueOrDefault(parent.Id);
                executions[entry.ActivityInstanceId] = execution = new ActivityExecution(entry, parent, Scheduler(entry, parent, siblings, before) ?? parent);
                order.Add(execution);
            }

            execution.Add(entry);
            if (entry.EventName == "Completed" && execution.Parent is { } owner)
            {
                if (!completed.TryGetValue(owner.Id, out var done))
                    completed[owner.Id] = done = [];
                done.Add(execution);
            }
        }

        foreach (var execution in order)
            execution.HasBookmarks = waiting.Contains(execution.Id);
        return order;
    }

    /// <summary>Elsa's call stack goes through what came before: in a sequence, a state machine or a loop the child that completed, in a flowchart the one that is connected. Null: the parent itself.</summary>
    private static ActivityExecution? Scheduler(JournalEntry entry, ActivityExecution? parent, List<ActivityExecution>? siblings, ILookup<string, string> before) => parent?.ActivityType switch
    {
        null => null,
        "Elsa.Flowchart" when before.Contains(entry.ActivityId) => siblings?.FindLast(sibling => before[entry.ActivityId].Contains(sibling.ActivityId)),
        "Elsa.Sequence" or "Elsa.StateMachine" or "Elsa.For" or "Elsa.ForEach" or "Elsa.While" => siblings?[^1],
        _ => null,
    };

    /// <summary>What paints the badges: one row for each activity that started.</summary>
    public static IEnumerable<JsonObject> Stats(IEnumerable<ActivityExecution> executions) => executions.GroupBy(execution => execution.NodeId).Select(group => new JsonObject
    {
        ["activityId"] = group.First().ActivityId,
        ["activityNodeId"] = group.Key,
        ["startedCount"] = group.Count(),
        ["completedCount"] = group.Count(execution => execution.Status == "Completed"),
        ["uncompletedCount"] = group.Count(execution => execution.Status is not "Completed"),
        ["isBlocked"] = group.Any(execution => execution.HasBookmarks),
        ["isFaulted"] = group.Any(execution => execution.Status == "Faulted"),
        ["aggregateFaultCount"] = group.Sum(execution => execution.FaultCount),
        ["metadata"] = new JsonObject(),
    });
}

/// <summary>One activity instance; grows as its journal entries are read.</summary>
internal sealed class ActivityExecution(JournalEntry first, ActivityExecution? parent, ActivityExecution? scheduler)
{
    private readonly JsonObject _payload = [];
    private int _attempts = 1;

    public string Id => first.ActivityInstanceId;

    public string ActivityId => first.ActivityId;

    public string NodeId => first.ActivityNodeId;

    public string ActivityType => first.ActivityType;

    public ActivityExecution? Parent => parent;

    /// <summary>What it was scheduled by: what was before it, or what contains it.</summary>
    public ActivityExecution? Scheduler => scheduler;

    public int Depth { get; } = scheduler is null ? 0 : scheduler.Depth + 1;

    public string Status { get; private set; } = "Running";

    public int FaultCount { get; private set; }

    public bool HasBookmarks { get; set; }

    public DateTimeOffset StartedAt => first.Timestamp;

    public DateTimeOffset? CompletedAt { get; private set; }

    public JsonObject Inputs { get; private set; } = [];

    public JsonObject Outputs { get; private set; } = [];

    public string? Error { get; private set; }

    public string? ErrorType { get; private set; }

    /// <summary>Every attempt after the first, with the reason of the one before.</summary>
    public List<(int Attempt, DateTimeOffset At, string? Reason, TimeSpan Delay)> Retries { get; } = [];

    public void Add(JournalEntry entry)
    {
        Inputs = Part(entry, "Inputs") ?? Inputs;
        Outputs = Part(entry, "Outputs") ?? Outputs;
        if (Value(entry, "Outcomes") is { } outcomes)
            _payload["Outcomes"] = outcomes.DeepClone();
        switch (entry.EventName)
        {
            case "Completed":
                (Status, CompletedAt) = ("Completed", entry.Timestamp);
                break;
            case "Canceled":
                (Status, CompletedAt) = ("Canceled", entry.Timestamp);
                break;
            case "Faulted":
                (Status, Error, ErrorType) = ("Faulted", entry.Message ?? Value(entry, "Message")?.ToString(), Value(entry, "Exception")?.ToString());
                for (var at = this; at is not null; at = at.Parent)
                    at.FaultCount++;
                break;
            case "Started" or "Resumed" when Status is "Faulted":
                // Retried: what was faulted runs again.
                (Status, Error, ErrorType) = ("Running", null, null);
                break;
            case "Retrying":
                Retries.Add((++_attempts, entry.Timestamp, entry.Message, Delay(entry)));
                break;
        }

        if (entry.EventName is "Held" or "InDoubt" && entry.Message is { } message)
            _payload[entry.EventName] = message;
    }

    public JsonObject Summary(string runId) => new JsonObject
    {
        ["workflowInstanceId"] = runId,
        ["activityId"] = ActivityId,
        ["activityNodeId"] = NodeId,
        ["activityType"] = ActivityType,
        ["activityTypeVersion"] = first.ActivityTypeVersion,
        ["activityName"] = first.ActivityName,
        ["metadata"] = Retries.Count > 0 ? new JsonObject { ["HasRetryAttempts"] = true } : null,
        ["startedAt"] = StartedAt,
        ["hasBookmarks"] = HasBookmarks,
        ["status"] = Status,
        ["aggregateFaultCount"] = FaultCount,
        ["completedAt"] = CompletedAt,
        ["id"] = Id,
    };

    public JsonObject Record(string runId)
    {
        var record = Summary(runId);
        record["activityState"] = Inputs.DeepClone();
        record["payload"] = _payload.DeepClone();
        record["outputs"] = Outputs.DeepClone();
        record["properties"] = new JsonObject();
        record["metadata"] = Retries.Count > 0 ? new JsonObject { ["HasRetryAttempts"] = true } : [];
        if (Error is not null)
            record["exception"] = new JsonObject { ["type"] = ErrorType ?? "Fault", ["message"] = Error };
        record["schedulingActivityExecutionId"] = scheduler?.Id;
        record["schedulingActivityId"] = scheduler?.ActivityId;
        record["callStackDepth"] = Depth;
        return record;
    }

    private static TimeSpan Delay(JournalEntry entry) =>
        DateTimeOffset.TryParse(Value(entry, "DueAt")?.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var due) && due > entry.Timestamp ? due - entry.Timestamp : TimeSpan.Zero;

    /// <summary>Studio looks values up by the descriptor's names, which start with a capital.</summary>
    private static JsonObject? Part(JournalEntry entry, string name) => Value(entry, name) is JsonObject part
        ? new JsonObject(part.Where(value => value.Key.Length > 0).DistinctBy(value => char.ToUpperInvariant(value.Key[0]) + value.Key[1..])
            .Select(value => KeyValuePair.Create(char.ToUpperInvariant(value.Key[0]) + value.Key[1..], value.Value?.DeepClone())))
        : null;

    private static JsonNode? Value(JournalEntry entry, string name) =>
        entry.Payload is not { } payload ? null : payload[name] ?? payload[char.ToLowerInvariant(name[0]) + name[1..]];
}
