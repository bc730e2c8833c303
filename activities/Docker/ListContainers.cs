using System.ComponentModel;

namespace Homelab.Activities.Docker;

[Activity("docker.list_containers", "List containers", "Lists the containers of an engine with image and state.")]
internal sealed class ListContainers(DockerClients clients) : IActivity<ListContainers.Input, ListContainers.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var containers = await client.ListAsync(!input.RunningOnly, cancellationToken);
        return new()
        {
            Containers = [.. containers.Select(container => new Entry(
                (container.Names is { Count: > 0 } names ? names[0] : "").TrimStart('/'), container.Id, container.Image, container.State, container.Status,
                DateTimeOffset.FromUnixTimeSeconds(container.Created), container.Labels ?? []))],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Leave out those that do not run.")]
        public bool RunningOnly { get; init; }
    }

    internal sealed record Output
    {
        [Description("The containers.")]
        public required IReadOnlyList<Entry> Containers { get; init; }
    }

    internal sealed record Entry(
        string Name, string Id, string Image, string State, string Status, DateTimeOffset CreatedAt, IReadOnlyDictionary<string, string> Labels);
}
