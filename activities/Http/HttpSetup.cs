using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Http;

internal static class HttpSetup
{
    public static void AddHttpTool(this IServiceCollection services)
    {
        services.AddSingleton<HttpSites>();
        services.AddSingleton<HttpSender>();
        services.AddConnectionTest<HttpOptions, HttpSender>((sender, name, context, cancellationToken) => sender.ServerAsync(name, context, cancellationToken));
    }
}
