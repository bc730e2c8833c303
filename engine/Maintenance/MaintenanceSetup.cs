using Homelab.Engine.Operations;
using Homelab.Engine.Schedules;
using Quartz;

namespace Homelab.Engine.Maintenance;

internal static class MaintenanceSetup
{
    public static IServiceCollection AddMaintenance(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<RetentionSettings>("Retention");
        var interval = configuration.ReadSettings<RetentionSettings>("Retention").Interval;
        services.AddSingleton<PrunePlans>();
        var key = new JobKey("prune-runs", JobNames.Maintenance);
        services.AddQuartz(quartz => quartz
            .AddJob<PruneRuns>(job => job.WithIdentity(key).StoreDurably().WithDescription("Removes finished runs that retention no longer keeps"))
            .AddTrigger<PruneRuns>(trigger => trigger.ForJob(key).WithIdentity(key.Name, key.Group).WithDescription($"every {interval:c}")
                .StartAt(DateTimeOffset.UnixEpoch)
                .WithSchedule(SimpleScheduleBuilder.Create().WithInterval(interval).RepeatForever().WithMisfireInstruction(SimpleTriggerMisfireInstruction.NextWithExistingCount))));
        return services;
    }
}
