using Quartz;

namespace Homelab.Engine.Schedules;

/// <summary>Makes the scheduler's jobs those of the published definitions: adds, changes and removes what differs and touches nothing else, so next times, pauses and history stay.</summary>
internal sealed partial class ScheduleReconciler(ISchedulerFactory schedulers, TimeProvider time, ILogger<ScheduleReconciler> logger)
{
    /// <summary>Any number of nodes may do this at the same time; the scheduler's own lock makes each change one.</summary>
    public async Task<int> ReconcileAsync(IReadOnlyCollection<ScheduledTrigger> wanted, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        var changes = 0;
        var keep = new HashSet<JobKey>();
        foreach (var trigger in wanted)
        {
            var key = JobNames.Of(trigger);
            keep.Add(key);
            if (await ApplyAsync(scheduler, key, trigger, cancellationToken))
                changes++;
        }

        foreach (var key in await KeysAsync(scheduler, cancellationToken))
        {
            if (keep.Contains(key))
                continue;
            await scheduler.DeleteJob(key, cancellationToken);
            Log.Removed(logger, key.Name);
            changes++;
        }

        return changes;
    }

    public static async Task<IReadOnlyList<JobKey>> KeysAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        var keys = new List<JobKey>();
        while (true)
        {
            var page = await scheduler.QueryJobs(new JobQuery { Group = GroupMatcher<JobKey>.GroupEquals(JobNames.Workflows), Skip = keys.Count, Take = 500 }, cancellationToken);
            keys.AddRange(page.Items.Select(job => job.Key));
            if (!page.HasMore)
                return keys;
        }
    }

    private async Task<bool> ApplyAsync(IScheduler scheduler, JobKey key, ScheduledTrigger trigger, CancellationToken cancellationToken)
    {
        var schedule = trigger.Schedule.Describe();
        var existing = await scheduler.GetJobDetail(key, cancellationToken);
        if (existing is not null && existing.JobDataMap.GetString(FireWorkflow.ScheduleKey) == schedule && existing.JobDataMap.GetString(FireWorkflow.VersionKey) == trigger.DefinitionVersionId)
            return false;

        // A time that had passed when it was published is over; one that passes while no node runs is a misfire and fires late.
        if (existing is null && trigger.Schedule is Schedule.At at && at.Time <= time.GetUtcNow())
            return false;

        var job = JobBuilder.Create<FireWorkflow>().WithIdentity(key).WithDescription($"Starts {trigger.WorkflowName}")
            .StoreDurably().RequestRecovery()
            .UsingJobData(FireWorkflow.DefinitionKey, trigger.DefinitionId)
            .UsingJobData(FireWorkflow.VersionKey, trigger.DefinitionVersionId)
            .UsingJobData(FireWorkflow.ActivityKey, trigger.ActivityId)
            .UsingJobData(FireWorkflow.TypeKey, trigger.ActivityType)
            .UsingJobData(FireWorkflow.NameKey, trigger.WorkflowName)
            .UsingJobData(FireWorkflow.ScheduleKey, schedule)
            .Build();
        var same = existing is not null && existing.JobDataMap.GetString(FireWorkflow.ScheduleKey) == schedule;
        if (same)
        {
            await scheduler.AddJob(job, AddJobOptions.Replacing, cancellationToken);
            return true;
        }

        var triggerKey = JobNames.TriggerOf(key);
        var paused = existing is not null && await scheduler.GetTriggerState(triggerKey, cancellationToken) == TriggerState.Paused;
        await scheduler.ScheduleJob(job, [trigger.Schedule.ToTrigger(triggerKey, key, time)], ScheduleJobOptions.Replacing with { Paused = paused }, cancellationToken);
        Log.Scheduled(logger, key.Name, schedule);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3001, Level = LogLevel.Information, Message = "Scheduled {Job}: {Schedule}.")]
        public static partial void Scheduled(ILogger logger, string job, string schedule);

        [LoggerMessage(EventId = 3002, Level = LogLevel.Information, Message = "Removed the schedule {Job}.")]
        public static partial void Removed(ILogger logger, string job);
    }
}
