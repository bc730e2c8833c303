using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Git;

internal static class GitSetup
{
    public static void AddGitTool(this IServiceCollection services) => services.AddSingleton<WorkTrees>();
}
