using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Ntfy;

internal static class NtfySetup
{
    public static void AddNtfyTool(this IServiceCollection services)
    {
        services.AddSingleton<NtfyClients>();
        services.AddConnectionTest<NtfyOptions, NtfyClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).HealthAsync(cancellationToken));
    }
}
