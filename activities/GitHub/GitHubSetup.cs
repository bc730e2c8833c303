using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.GitHub;

internal static class GitHubSetup
{
    public static void AddGitHubTool(this IServiceCollection services)
    {
        services.AddSingleton<GitHubClients>();
        services.AddConnectionTest<GitHubOptions, GitHubClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
    }
}
