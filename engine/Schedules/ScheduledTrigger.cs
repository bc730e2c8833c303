namespace Homelab.Engine.Schedules;

/// <summary>A trigger of a published definition that the clock fires.</summary>
/// <param name="WorkflowName">For people; the ids decide.</param>
internal sealed record ScheduledTrigger(
    string DefinitionId, string DefinitionVersionId, string ActivityId, string ActivityType, string WorkflowName, Schedule Schedule);
