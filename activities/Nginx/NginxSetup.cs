using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Nginx;

internal static class NginxSetup
{
    public static void AddNginxTool(this IServiceCollection services)
    {
        services.AddSingleton<NginxClients>();
        services.AddConnectionTest<NginxOptions, NginxClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
        services.AddOptionsProvider<NginxClients>("nginx.sites", async (clients, connection, context, cancellationToken) =>
            [.. (await (await clients.OpenAsync(connection, context, cancellationToken)).SitesAsync(cancellationToken)).Select(site => new InputOption(site.Name, site.Enabled ? site.Name : $"{site.Name} (off)"))]);
    }
}
