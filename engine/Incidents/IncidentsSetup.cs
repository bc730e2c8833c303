using Homelab.Engine.Api;
using Homelab.Engine.Operations;
using Homelab.Engine.Schedules;
using Homelab.Engine.Storage;
using Quartz;

namespace Homelab.Engine.Incidents;

/// <summary>Section <c>Incidents</c>.</summary>
internal sealed class IncidentSettings
{
    /// <summary>How often the health cycle looks at what no alert says; zero never does by itself.</summary>
    [System.ComponentModel.DataAnnotations.Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan CycleEvery { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>Alerts, the incidents they are made into, and looking for what no alert says.</summary>
internal static class IncidentsSetup
{
    public static IServiceCollection AddIncidents(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<IncidentSettings>("Incidents");
        services.AddSingleton<IncidentMetrics>();
        services.AddSingleton<IncidentStore>();
        services.AddSingleton<IncidentLog>();
        services.AddSingleton<IncidentDesk>();
        services.AddSingleton<IncidentTimeline>();
        services.AddSingleton<ConnectionNames>();
        services.AddSingleton<LiveIncidentRules>();
        services.AddSingleton<AlertInbox>();
        services.AddSingleton<TruncatedAlerts>();
        services.AddSingleton<AlertProcessor>();
        services.AddSingleton<IncidentHerald>();
        services.AddSingleton<IncidentStatistics>();
        services.AddSingleton<HealthCycle>();
        services.AddSingleton(provider => Probe(provider.GetRequiredService<Database>()));
        services.AddHostedService(provider => provider.GetRequiredService<LiveIncidentRules>());
        services.AddHostedService(provider => provider.GetRequiredService<AlertProcessor>());
        services.AddHostedService(provider => provider.GetRequiredService<IncidentHerald>());
        services.AddHostedService(provider => provider.GetRequiredService<IncidentStatistics>());
        AddCycle(services, configuration.ReadSettings<IncidentSettings>("Incidents").CycleEvery);
        return services;
    }

    /// <summary>A job of the scheduler, so that it runs on one node at a time, shows on the jobs page and can be run by hand.</summary>
    private static void AddCycle(IServiceCollection services, TimeSpan interval)
    {
        var key = new JobKey("health-cycle", JobNames.Maintenance);
        services.AddQuartz(quartz =>
        {
            quartz.AddJob<HealthCycle>(job => job.WithIdentity(key).StoreDurably().WithDescription("Looks for what no alert says"));
            if (interval > TimeSpan.Zero)
            {
                quartz.AddTrigger<HealthCycle>(trigger => trigger.ForJob(key).WithIdentity(key.Name, key.Group).WithDescription($"every {interval:c}").StartAt(DateTimeOffset.UnixEpoch)
                    .WithSchedule(SimpleScheduleBuilder.Create().WithInterval(interval).RepeatForever().WithMisfireInstruction(SimpleTriggerMisfireInstruction.NextWithExistingCount)));
            }
        });
    }

    private static LiveProbe Probe(Database database) => new("incident", cancellationToken => database.ReadAsync(
        async session => (await session.ScalarAsync<long>("SELECT version FROM incident_ledger WHERE id = 1", null, cancellationToken)).ToString(System.Globalization.CultureInfo.InvariantCulture), cancellationToken));
}
