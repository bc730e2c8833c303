using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Http;

internal static class HttpSetup
{
    public static void AddHttpTool(this IServiceCollection services) => services.AddSingleton<HttpSender>();
}
