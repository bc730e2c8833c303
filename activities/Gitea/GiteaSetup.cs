using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Gitea;

internal static class GiteaSetup
{
    public static void AddGiteaTool(this IServiceCollection services)
    {
        services.AddSingleton<GiteaClients>();
        services.AddConnectionTest<GiteaOptions, GiteaClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
    }
}
