using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Tailscale;

internal static class TailscaleSetup
{
    public static void AddTailscaleTool(this IServiceCollection services)
    {
        services.AddSingleton<TailscaleClients>();
        services.AddConnectionTest<TailscaleOptions, TailscaleClients>(async (clients, name, context, cancellationToken) =>
            $"{(await (await clients.OpenAsync(name, context, cancellationToken)).DevicesAsync(cancellationToken)).Count} devices");
        services.AddOptionsProvider<TailscaleClients>("tailscale.devices", async (clients, connection, context, cancellationToken) =>
            [.. (await (await clients.OpenAsync(connection, context, cancellationToken)).DevicesAsync(cancellationToken)).Select(device => new InputOption(device.NodeId ?? device.Id ?? "", device.Hostname ?? device.Name ?? ""))]);
    }
}
