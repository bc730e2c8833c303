using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.HAProxy;

internal static class HAProxySetup
{
    public static void AddHAProxyTool(this IServiceCollection services)
    {
        services.AddSingleton<HAProxyClients>();
        services.AddConnectionTest<HAProxyOptions, HAProxyClients>(async (clients, name, context, cancellationToken) =>
            (await (await clients.OpenAsync(name, context, cancellationToken)).InfoAsync(cancellationToken)).GetValueOrDefault("Version")
            ?? throw new ActivityException($"HAProxy connection '{name}' answered something that is not HAProxy.", retryable: false));
        services.AddOptionsProvider<HAProxyClients>("haproxy.backends", async (clients, connection, context, cancellationToken) =>
            [.. (await (await clients.OpenAsync(connection, context, cancellationToken)).RowsAsync(cancellationToken)).Where(row => row.IsBackend).Select(row => new InputOption(row.Proxy, $"{row.Proxy} ({row.Status})"))]);
    }
}
