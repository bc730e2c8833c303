using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.HomeAssistant;

internal static class HomeAssistantSetup
{
    public static void AddHomeAssistantTool(this IServiceCollection services)
    {
        services.AddSingleton<HomeAssistantClients>();
        services.AddConnectionTest<HomeAssistantOptions, HomeAssistantClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
        services.AddOptionsProvider<HomeAssistantClients>("homeassistant.entities", async (clients, connection, context, cancellationToken) =>
            [.. (await (await clients.OpenAsync(connection, context, cancellationToken)).StatesAsync(cancellationToken)).Take(1000).Select(state => new InputOption(state.EntityId, $"{state.FriendlyName ?? state.EntityId}: {state.Value}"))]);
    }
}
