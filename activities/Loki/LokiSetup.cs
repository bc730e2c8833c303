using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Loki;

internal static class LokiSetup
{
    public static void AddLokiTool(this IServiceCollection services)
    {
        services.AddSingleton<LokiClients>();
        services.AddConnectionTest<LokiOptions, LokiClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
    }
}
