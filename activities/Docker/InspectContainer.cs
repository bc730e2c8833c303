using System.ComponentModel;

namespace Homelab.Activities.Docker;

[Activity("docker.inspect_container", "Container status", "Reads state, health, restarts, limits and networks of a container. Its environment is left out: it can hold secrets.")]
internal sealed class InspectContainer(DockerClients clients) : IActivity<ContainerInput, InspectContainer.Output>
{
    public async Task<Output> ExecuteAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        return new()
        {
            Id = container.Id,
            Name = container.Name,
            Image = container.Image,
            ImageId = container.ImageId,
            State = container.Status,
            Running = container.IsRunning,
            Health = container.Health,
            ExitCode = (int)Container.Number(container.State, "ExitCode"),
            OutOfMemory = container.State["OOMKilled"]?.GetValue<bool>() ?? false,
            Restarts = container.Restarts,
            StartedAt = container.StartedAt,
            MemoryLimitBytes = Container.Number(container.HostConfig, "Memory"),
            Processors = Container.Number(container.HostConfig, "NanoCpus") / 1e9,
            RestartPolicy = container.HostConfig["RestartPolicy"]?["Name"]?.GetValue<string>() ?? "",
            Networks = [.. container.Networks.Select(network => network.Key)],
            Published = [.. container.Published],
        };
    }

    internal sealed record Output
    {
        [Description("Full id.")]
        public required string Id { get; init; }

        [Description("Name.")]
        public required string Name { get; init; }

        [Description("Image as it was asked for.")]
        public required string Image { get; init; }

        [Description("Id of the image it runs.")]
        public required string ImageId { get; init; }

        [Description("created, running, paused, restarting, exited or dead; in a restart loop it can read running.")]
        public required string State { get; init; }

        [Description("A process runs.")]
        public required bool Running { get; init; }

        [Description("healthy, unhealthy or starting; empty without a health check.")]
        public string? Health { get; init; }

        [Description("Exit code of the last run.")]
        public required int ExitCode { get; init; }

        [Description("The kernel ended it for memory; Podman does not say so.")]
        public required bool OutOfMemory { get; init; }

        [Description("Automatic restarts.")]
        public required long Restarts { get; init; }

        [Description("When it was last started.")]
        public required string StartedAt { get; init; }

        [Description("Memory limit; 0 is none.")]
        public required long MemoryLimitBytes { get; init; }

        [Description("Limit in processors; 0 is none.")]
        public required double Processors { get; init; }

        [Description("no, always, unless-stopped, on-failure.")]
        public required string RestartPolicy { get; init; }

        [Description("Networks it is connected to.")]
        public required IReadOnlyList<string> Networks { get; init; }

        [Description("Ports of the machine that lead to it while it runs; the address is 0.0.0.0, :: or empty where each of the machine's does.")]
        public required IReadOnlyList<PublishedPort> Published { get; init; }
    }
}
