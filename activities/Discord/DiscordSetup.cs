using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Discord;

internal static class DiscordSetup
{
    public static void AddDiscordTool(this IServiceCollection services)
    {
        services.AddSingleton<DiscordClients>();
        services.AddConnectionTest<DiscordOptions, DiscordClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).WhoAsync(cancellationToken));
    }
}
