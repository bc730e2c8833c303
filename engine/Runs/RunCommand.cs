using System.Text.Json.Nodes;

namespace Homelab.Engine.Runs;

/// <summary>What <c>Decide</c> wants done. <see cref="Perform"/> happens outside the transaction; everything else is committed with the state, exactly once.</summary>
public abstract record RunCommand
{
    private RunCommand()
    {
    }

    /// <summary>Perform one attempt of a step by the activity catalogue.</summary>
    /// <param name="StepId">Derived (run-local, the same on replay): "activityId:n".</param>
    /// <param name="ActivityType">The definition's type name; the catalogue resolves it.</param>
    /// <param name="Input">Evaluated inputs.</param>
    /// <param name="Background">The run goes on while this is performed (Elsa's runAsynchronously).</param>
    public sealed record Perform(
        string StepId,
        int Attempt,
        string ActivityId,
        string ActivityType,
        int ActivityVersion,
        JsonObject Input,
        TimeSpan? Timeout,
        bool Background,
        bool DryRun) : RunCommand;

    /// <summary>Resume the bookmark at that time.</summary>
    public sealed record ScheduleResume(string BookmarkId, DateTimeOffset DueAt) : RunCommand;

    /// <summary>A step's retry with back-off: report nothing until then, then perform this attempt.</summary>
    public sealed record PerformLater(Perform Step, DateTimeOffset DueAt) : RunCommand;

    /// <summary>Start another run; <paramref name="ChildRunId"/> is derived, so that a replay starts the same one once.</summary>
    public sealed record StartRun(
        RunId ChildRunId,
        string DefinitionId,
        string? VersionOptions,
        RunEvent.Start Start) : RunCommand;

    /// <summary>Tell the parent that waits on a bookmark how this run ended.</summary>
    public sealed record ResumeParent(RunId ParentRunId, string BookmarkId, JsonNode Result) : RunCommand;

    public sealed record PublishEvent(string EventName, string? CorrelationId, JsonNode? Payload, bool LocalOnly) : RunCommand;

    /// <summary>A task for the outside (Elsa.RunTask): announced, answered by <c>tasks/{id}/complete</c>.</summary>
    public sealed record RunTask(string TaskId, string TaskName, JsonNode? Payload, string BookmarkId) : RunCommand;

    /// <summary>Answer the HTTP request that started or resumed this run, if it still waits.</summary>
    public sealed record Respond(int StatusCode, string? ContentType, string? Body, JsonObject? Headers) : RunCommand;

    /// <summary>Cancel a child run that this one waited for.</summary>
    public sealed record CancelRun(RunId Run, string Reason) : RunCommand;

    /// <summary>A performed step's activity was cancelled: signal its token, drop its answer.</summary>
    public sealed record CancelStep(string StepId) : RunCommand;
}
