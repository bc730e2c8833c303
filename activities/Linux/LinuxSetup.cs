using Homelab.Activities.Ssh;
using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Linux;

/// <summary>Linux machines; their connections are those of SSH.</summary>
internal static class LinuxSetup
{
    public static void AddLinuxTool(this IServiceCollection services) =>
        services.AddOptionsProvider<Hosts>("linux.interfaces", async (hosts, connection, context, cancellationToken) =>
        {
            var host = await hosts.OpenAsync(connection, context, cancellationToken);
            var answer = await host.ReadAsync(new("ls", "-1", "/sys/class/net"), cancellationToken);
            return [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => new InputOption(name, name))];
        });
}
