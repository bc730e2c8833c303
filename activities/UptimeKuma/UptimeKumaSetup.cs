using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.UptimeKuma;

internal static class UptimeKumaSetup
{
    public static void AddUptimeKumaTool(this IServiceCollection services)
    {
        services.AddSingleton<UptimeKumaClients>();
        services.AddConnectionTest<UptimeKumaOptions, UptimeKumaClients>(async (clients, name, context, cancellationToken) =>
            (await (await clients.OpenAsync(name, context, cancellationToken)).MetricsAsync(cancellationToken)).Length > 0 ? null : null);
    }
}
