using System.Text.Json.Nodes;
using Homelab.Engine.Api.Elsa.Definitions;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Behaviors;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Runs as Studio reads them: Elsa's workflow instances.</summary>
internal static class InstanceAnswers
{
    public static JsonObject Summary(RunSummary run) => new JsonObject
    {
        ["id"] = run.Id.Value,
        ["definitionId"] = run.DefinitionId,
        ["definitionVersionId"] = run.DefinitionVersionId,
        ["version"] = run.Version,
        ["status"] = run.Status.ToString(),
        ["subStatus"] = run.SubStatus.ToString(),
        ["correlationId"] = run.CorrelationId,
        ["name"] = run.Name,
        ["incidentCount"] = run.IncidentCount,
        ["createdAt"] = run.CreatedAt,
        ["updatedAt"] = run.UpdatedAt,
        ["finishedAt"] = run.FinishedAt,
    }.WithoutNulls();

    public static JsonObject Instance(RunState state, IReadOnlyList<ActivityExecution> executions) => new JsonObject
    {
        ["id"] = state.Id.Value,
        ["definitionId"] = state.DefinitionId,
        ["definitionVersionId"] = state.DefinitionVersionId,
        ["version"] = state.DefinitionVersion,
        ["parentWorkflowInstanceId"] = state.ParentRunId?.Value,
        ["workflowState"] = State(state, executions),
        ["status"] = state.Status.ToString(),
        ["subStatus"] = state.SubStatus.ToString(),
        ["isExecuting"] = state.SubStatus is RunSubStatus.Executing,
        ["correlationId"] = state.CorrelationId,
        ["name"] = state.Name,
        ["incidentCount"] = state.Incidents.Count,
        ["isSystem"] = false,
        ["createdAt"] = state.CreatedAt,
        ["updatedAt"] = state.UpdatedAt,
        ["finishedAt"] = state.FinishedAt,
    }.WithoutNulls();

    public static JsonObject State(RunState state, IReadOnlyList<ActivityExecution> executions) => new JsonObject
    {
        ["id"] = state.Id.Value,
        ["definitionId"] = state.DefinitionId,
        ["definitionVersionId"] = state.DefinitionVersionId,
        ["definitionVersion"] = state.DefinitionVersion,
        ["parentWorkflowInstanceId"] = state.ParentRunId?.Value,
        ["correlationId"] = state.CorrelationId,
        ["name"] = state.Name,
        ["status"] = state.Status.ToString(),
        ["subStatus"] = state.SubStatus.ToString(),
        ["isExecuting"] = state.SubStatus is RunSubStatus.Executing,
        ["bookmarks"] = new JsonArray([.. state.Bookmarks.Select(Bookmark)]),
        ["incidents"] = new JsonArray([.. state.Incidents.Select(Incident)]),
        ["isSystem"] = false,
        ["completionCallbacks"] = new JsonArray([.. state.Frames.SelectMany(frame => (frame.Callbacks ?? []).Select(callback => Callback(frame, callback)))]),
        ["activityExecutionContexts"] = new JsonArray(
            [.. executions.Where(execution => execution.CompletedAt is null || execution.Parent is null).Reverse().Select(execution => Context(execution, state.Frames.Find(frame => frame.Id == execution.Id)))]),
        ["scheduledActivities"] = new JsonArray([.. state.Queue.Select(Scheduled)]),
        ["executionLogSequence"] = executions.Count,
        ["input"] = state.Input.DeepClone(),
        ["output"] = state.Output.DeepClone(),
        ["properties"] = new JsonObject(),
        ["createdAt"] = state.CreatedAt,
        ["updatedAt"] = state.UpdatedAt,
        ["finishedAt"] = state.FinishedAt,
    }.WithoutNulls();

    /// <summary>An execution log record; <paramref name="run"/> and sequence are its id.</summary>
    public static JsonObject Journal(RunId run, JournalEntry entry) => new JsonObject
    {
        ["id"] = $"{run.Value}-{entry.Sequence}",
        ["activityInstanceId"] = entry.ActivityInstanceId,
        ["parentActivityInstanceId"] = entry.ParentActivityInstanceId,
        ["activityId"] = entry.ActivityId,
        ["activityType"] = entry.ActivityType,
        ["activityTypeVersion"] = entry.ActivityTypeVersion,
        ["activityName"] = entry.ActivityName,
        ["nodeId"] = entry.ActivityNodeId,
        ["timestamp"] = entry.Timestamp,
        ["sequence"] = entry.Sequence - 1,
        ["eventName"] = entry.EventName,
        ["message"] = entry.Message,
        ["payload"] = entry.Payload?.DeepClone(),
    }.WithoutNulls();

    private static JsonObject Bookmark(Bookmark bookmark) => new JsonObject
    {
        ["id"] = bookmark.Id,
        ["name"] = bookmark.Name,
        ["hash"] = bookmark.Hash,
        // Elsa hashes a payload by its property names and shows it in camel case.
        ["payload"] = bookmark.Payload is JsonObject payload ? CamelCase(payload) : bookmark.Payload?.DeepClone(),
        ["activityId"] = bookmark.ActivityId,
        ["activityNodeId"] = bookmark.ActivityNodeId,
        ["activityInstanceId"] = bookmark.ActivityInstanceId,
        ["createdAt"] = bookmark.CreatedAt,
        ["autoBurn"] = bookmark.AutoBurn,
        ["callbackMethodName"] = "ResumeAsync",
        ["autoComplete"] = true,
    }.WithoutNulls();

    private static JsonObject CamelCase(JsonObject values) =>
        new(values.Select(value => KeyValuePair.Create(System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.Key), value.Value?.DeepClone())));

    private static JsonObject Incident(Incident incident) => new()
    {
        ["activityId"] = incident.ActivityId,
        ["activityNodeId"] = incident.ActivityNodeId,
        ["activityInstanceId"] = incident.ActivityInstanceId,
        ["activityType"] = incident.ActivityType,
        ["message"] = incident.Message,
        ["exception"] = new JsonObject { ["type"] = incident.ExceptionType, ["message"] = incident.Message },
        ["timestamp"] = incident.Timestamp,
    };

    /// <summary>Who waits for which child to complete. Elsa names the method that goes on then; here the owner's type decides that.</summary>
    private static JsonObject Callback(ActivityFrame owner, CompletionCallback callback) => new JsonObject
    {
        ["ownerInstanceId"] = owner.Id,
        ["childNodeId"] = callback.ChildNodeId,
        ["methodName"] = callback.Silent ? null : owner.ParentId is null ? "OnRootCompletedAsync" : "OnChildCompletedAsync",
        ["tag"] = callback.Tag,
    }.WithoutNulls();

    /// <summary>Scheduled and held back: a step that is performed, or a child's first burst, goes first.</summary>
    private static JsonObject Scheduled(WorkItem item) => new JsonObject
    {
        ["activityNodeId"] = item.NodeId,
        ["ownerContextId"] = item.OwnerId,
        ["tag"] = item.Tag,
        ["existingActivityExecutionContextId"] = item.ExistingId,
        ["input"] = new JsonObject(),
    }.WithoutNulls();

    private static JsonObject Values(IEnumerable<KeyValuePair<string, JsonNode?>> values) => new(values.Select(value => KeyValuePair.Create(value.Key, value.Value?.DeepClone())));

    /// <param name="frame">What it keeps; null when it is over.</param>
    private static JsonObject Context(ActivityExecution execution, ActivityFrame? frame) => new JsonObject
    {
        ["id"] = execution.Id,
        ["callStackDepth"] = execution.Depth,
        ["parentContextId"] = execution.Parent?.Id,
        ["scheduledActivityNodeId"] = execution.NodeId,
        ["ownerActivityNodeId"] = execution.Parent?.NodeId,
        ["properties"] = new JsonObject
        {
            ["PersistentVariablesDictionary"] = frame?.Variables is { Count: > 0 } variables ? Values(variables) : null,
            ["CurrentState"] = frame is not null && execution.ActivityType == "Elsa.StateMachine" ? StateMachineBehavior.CurrentState(frame) : null,
        }.WithoutNulls(),
        ["metadata"] = new JsonObject(),
        ["activityState"] = execution.Inputs.DeepClone(),
        ["dynamicVariables"] = new JsonArray([.. (frame?.Dynamic ?? []).Select(variable => new JsonObject { ["name"] = variable.Key, ["value"] = variable.Value?.DeepClone() })]),
        ["status"] = execution.Status,
        ["isExecuting"] = false,
        ["tag"] = frame?.Tag,
        ["faultCount"] = execution.FaultCount,
        ["startedAt"] = execution.StartedAt,
        ["completedAt"] = execution.CompletedAt,
    }.WithoutNulls();
}
