using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Ssh;

internal static class SshSetup
{
    public static void AddSshTool(this IServiceCollection services)
    {
        services.AddSingleton<Hosts>();
        services.AddConnectionTest<SshOptions, Hosts>(async (hosts, name, context, cancellationToken) =>
            (await (await hosts.OpenAsync(name, context, cancellationToken)).ReadAsync(new("uname", "-sr"), cancellationToken)).Output.Trim());
    }
}
