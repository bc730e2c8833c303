using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Systemd;

internal static class SystemdSetup
{
    public static void AddSystemdTool(this IServiceCollection services)
    {
        services.AddSingleton<Units>();
        services.AddOptionsProvider<Units>("systemd.units", async (units, connection, context, cancellationToken) =>
        {
            var host = await units.OpenAsync(connection, context, cancellationToken);
            var answer = await host.ReadAsync(new("systemctl", "list-unit-files", "--plain", "--no-legend", "--full", "--type=service,timer,socket,mount"), cancellationToken);
            return [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)[0]).Select(name => new InputOption(name, name))];
        });
    }
}
