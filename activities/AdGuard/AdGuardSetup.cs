using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.AdGuard;

internal static class AdGuardSetup
{
    public static void AddAdGuardTool(this IServiceCollection services)
    {
        services.AddSingleton<AdGuardClients>();
        services.AddConnectionTest<AdGuardOptions, AdGuardClients>(async (clients, name, context, cancellationToken) =>
            (await (await clients.OpenAsync(name, context, cancellationToken)).StatusAsync(cancellationToken)).Version);
    }
}
