using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Docker;

internal static class DockerSetup
{
    public static void AddDockerTool(this IServiceCollection services)
    {
        services.AddSingleton<DockerClients>();
        services.AddConnectionTest<DockerOptions, DockerClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
        services.AddOptionsProvider<DockerClients>("docker.containers", async (clients, connection, context, cancellationToken) =>
        {
            var containers = await (await clients.OpenAsync(connection, context, cancellationToken)).ListAsync(all: true, cancellationToken);
            return [.. containers.SelectMany(container => (container.Names ?? []).Take(1)).Select(name => name.TrimStart('/')).Order(StringComparer.Ordinal).Select(name => new InputOption(name, name))];
        });
        services.AddOptionsProvider<DockerClients>("docker.images", async (clients, connection, context, cancellationToken) =>
        {
            var images = await (await clients.OpenAsync(connection, context, cancellationToken)).ImagesAsync(cancellationToken);
            return [.. images.SelectMany(image => image["RepoTags"] as System.Text.Json.Nodes.JsonArray ?? []).Select(tag => tag!.GetValue<string>()).Distinct().Order(StringComparer.Ordinal).Select(tag => new InputOption(tag, tag))];
        });
    }
}
