using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Grafana;

internal static class GrafanaSetup
{
    public static void AddGrafanaTool(this IServiceCollection services)
    {
        services.AddSingleton<GrafanaClients>();
        services.AddConnectionTest<GrafanaOptions, GrafanaClients>(async (clients, name, context, cancellationToken) =>
            (await (await clients.OpenAsync(name, context, cancellationToken)).HealthAsync(cancellationToken)).Version);
    }
}
