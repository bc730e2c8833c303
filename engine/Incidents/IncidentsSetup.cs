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
        services.AddSingleton<IncidentHerald>();
        services.AddHostedService(provider => provider.GetRequiredService<IncidentHerald>());
        return services;
    }
}
