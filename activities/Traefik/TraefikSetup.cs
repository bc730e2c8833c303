using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Traefik;

internal static class TraefikSetup
{
    public static void AddTraefikTool(this IServiceCollection services)
    {
        services.AddSingleton<TraefikClients>();
        services.AddConnectionTest<TraefikOptions, TraefikClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
    }
}
