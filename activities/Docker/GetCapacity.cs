using System.ComponentModel;

namespace Homelab.Activities.Docker;

[Activity("docker.get_capacity", "Engine capacity", "Reads memory and processors of an engine's machine, and how much of them the limits of running containers take.", TimeoutSeconds = 60)]
internal sealed class GetCapacity(DockerClients clients) : IActivity<GetCapacity.Input, GetCapacity.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var machine = await client.InfoAsync(cancellationToken);
        List<Limits> containers = [];
        foreach (var entry in await client.ListAsync(all: false, cancellationToken))
        {
            var container = await client.GetAsync(entry.Id, cancellationToken);
            containers.Add(new(container.Name, Container.Number(container.HostConfig, "Memory"), Container.Number(container.HostConfig, "NanoCpus") / 1e9));
        }

        return new()
        {
            MemoryBytes = Container.Number(machine, "MemTotal"),
            Processors = Container.Number(machine, "NCPU"),
            Containers = containers,
            LimitedMemoryBytes = containers.Sum(container => container.MemoryBytes),
            LimitedProcessors = containers.Sum(container => container.Processors),
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Memory of the machine.")]
        public required long MemoryBytes { get; init; }

        [Description("Processors of the machine.")]
        public required long Processors { get; init; }

        [Description("Running containers with their limits; 0 is none.")]
        public required IReadOnlyList<Limits> Containers { get; init; }

        [Description("Sum of the memory limits.")]
        public required long LimitedMemoryBytes { get; init; }

        [Description("Sum of the processor limits.")]
        public required double LimitedProcessors { get; init; }
    }

    internal sealed record Limits(string Name, long MemoryBytes, double Processors);
}
