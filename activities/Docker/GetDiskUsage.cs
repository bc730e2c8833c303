using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity("docker.get_disk_usage", "Engine disk use", "Measures images, containers and volumes of an engine.", TimeoutSeconds = 120)]
internal sealed class GetDiskUsage(DockerClients clients) : IActivity<GetDiskUsage.Input, GetDiskUsage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var usage = await client.DiskUsageAsync(cancellationToken);
        var volumes = Objects(usage, "Volumes").Select(volume => volume["UsageData"] as JsonObject ?? []).ToList();
        return new()
        {
            ImagesBytes = Container.Number(usage, "LayersSize"),
            ContainersBytes = Objects(usage, "Containers").Sum(container => Container.Number(container, "SizeRw")),
            VolumesBytes = volumes.Sum(volume => Math.Max(0, Container.Number(volume, "Size"))),
            UnusedVolumesBytes = volumes.Where(volume => Container.Number(volume, "RefCount") == 0).Sum(volume => Math.Max(0, Container.Number(volume, "Size"))),
        };
    }

    private static IEnumerable<JsonObject> Objects(JsonObject usage, string name) => (usage[name] as JsonArray ?? []).OfType<JsonObject>();

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("All layers of images.")]
        public required long ImagesBytes { get; init; }

        [Description("What containers wrote outside of volumes.")]
        public required long ContainersBytes { get; init; }

        [Description("All volumes.")]
        public required long VolumesBytes { get; init; }

        [Description("Volumes that no container uses.")]
        public required long UnusedVolumesBytes { get; init; }
    }
}
