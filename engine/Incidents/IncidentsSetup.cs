namespace Homelab.Engine.Incidents;

/// <summary>Alerts, and the incidents they are made into.</summary>
internal static class IncidentsSetup
{
    public static IServiceCollection AddIncidents(this IServiceCollection services)
    {
        services.AddSingleton<IncidentMetrics>();
        services.AddSingleton<IncidentStore>();
        services.AddSingleton<IncidentLog>();
        services.AddSingleton<IncidentDesk>();
        services.AddSingleton<IncidentTimeline>();
        services.AddSingleton<ConnectionNames>();
        services.AddSingleton<ActivityReader>();
        services.AddSingleton<LiveIncidentRules>();
        services.AddSingleton<AlertInbox>();
        services.AddSingleton<TruncatedAlerts>();
        services.AddSingleton<AlertProcessor>();
        services.AddSingleton<IncidentHerald>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveIncidentRules>());
        services.AddHostedService(provider => provider.GetRequiredService<AlertProcessor>());
        services.AddHostedService(provider => provider.GetRequiredService<IncidentHerald>());
        return services;
    }
}
