using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Proxmox;

internal static class ProxmoxSetup
{
    public static void AddProxmoxTool(this IServiceCollection services)
    {
        services.AddSingleton<ProxmoxClients>();
        services.AddConnectionTest<ProxmoxOptions, ProxmoxClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
        services.AddOptionsProvider<ProxmoxClients>("proxmox.guests", async (clients, connection, context, cancellationToken) =>
        {
            var guests = await (await clients.OpenAsync(connection, context, cancellationToken)).GuestsAsync(cancellationToken);
            return [.. guests.OrderBy(guest => guest.Vmid).Select(guest =>
                new InputOption(guest.Vmid.ToString(System.Globalization.CultureInfo.InvariantCulture), $"{guest.Vmid} {guest.Name} ({guest.Type}, {guest.Status})"))];
        });
        services.AddOptionsProvider<ProxmoxClients>("proxmox.nodes", async (clients, connection, context, cancellationToken) =>
        {
            var nodes = await (await clients.OpenAsync(connection, context, cancellationToken)).NodesAsync(cancellationToken);
            return [.. nodes.Select(node => node.Node).Order(StringComparer.Ordinal).Select(node => new InputOption(node, node))];
        });
    }
}
