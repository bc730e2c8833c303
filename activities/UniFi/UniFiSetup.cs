using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.UniFi;

internal static class UniFiSetup
{
    public static void AddUniFiTool(this IServiceCollection services)
    {
        services.AddSingleton<UniFiClients>();
        services.AddConnectionTest<UniFiOptions, UniFiClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
        services.AddOptionsProvider<UniFiClients>("unifi.devices", async (clients, connection, context, cancellationToken) =>
            [.. (await (await clients.OpenAsync(connection, context, cancellationToken)).DevicesAsync(cancellationToken)).Select(device => new InputOption(device.Id, $"{device.Name} ({device.Model}, {device.State})"))]);
    }
}
