using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Dns;

internal static class DnsSetup
{
    /// <summary>Servers are named by the input: nothing to register.</summary>
    public static IServiceCollection AddDnsTool(this IServiceCollection services) => services;
}
