using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.ProxmoxBackup;

internal static class ProxmoxBackupSetup
{
    public static void AddProxmoxBackupTool(this IServiceCollection services)
    {
        services.AddSingleton<ProxmoxBackupClients>();
        services.AddConnectionTest<ProxmoxBackupOptions, ProxmoxBackupClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
        services.AddOptionsProvider<ProxmoxBackupClients>("proxmoxbackup.datastores", async (clients, connection, context, cancellationToken) =>
            [.. (await (await clients.OpenAsync(connection, context, cancellationToken)).StoresAsync(cancellationToken)).Select(store => new InputOption(store.Store, store.Store))]);
    }
}
