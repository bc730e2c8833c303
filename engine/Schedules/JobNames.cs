using Quartz;

namespace Homelab.Engine.Schedules;

internal static class JobNames
{
    public const string Scheduler = "homelab";

    /// <summary>Jobs that start workflows; the rest are the engine's own.</summary>
    public const string Workflows = "workflows";

    public const string Maintenance = "maintenance";

    public static JobKey Of(ScheduledTrigger trigger) => new($"{trigger.DefinitionId}:{trigger.ActivityId}", Workflows);

    public static TriggerKey TriggerOf(JobKey job) => new(job.Name, job.Group);
}
