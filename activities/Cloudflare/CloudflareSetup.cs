using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Cloudflare;

internal static class CloudflareSetup
{
    public static void AddCloudflareTool(this IServiceCollection services)
    {
        services.AddSingleton<CloudflareClients>();
        services.AddConnectionTest<CloudflareOptions, CloudflareClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).HealthAsync(cancellationToken));
    }
}
