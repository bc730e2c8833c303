using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity("docker.list_images", "List images", "Lists the images of an engine with tags and size.")]
internal sealed class ListImages(DockerClients clients) : IActivity<ListImages.Input, ListImages.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var images = await client.ImagesAsync(cancellationToken);
        return new()
        {
            Images = [.. images.Select(image => new Entry(
                image["Id"]?.ToString() ?? "", [.. (image["RepoTags"] as JsonArray ?? []).Select(tag => tag!.ToString())], Container.Number(image, "Size"),
                DateTimeOffset.FromUnixTimeSeconds(Container.Number(image, "Created"))))],
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("The images; those without a tag can be pruned.")]
        public required IReadOnlyList<Entry> Images { get; init; }
    }

    internal sealed record Entry(string Id, IReadOnlyList<string> Tags, long SizeBytes, DateTimeOffset CreatedAt);
}
