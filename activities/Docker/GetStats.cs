using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity("docker.get_stats", "Container use", "Measures processor, memory, network and disk of a running container over a second or two.")]
internal sealed class GetStats(DockerClients clients) : IActivity<ContainerInput, GetStats.Output>
{
    public async Task<Output> ExecuteAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        var stats = await client.StatsAsync(container, cancellationToken);
        var memory = stats["memory_stats"] as JsonObject ?? [];
        var inner = memory["stats"] as JsonObject ?? [];
        // Like `docker stats`: cache that can be dropped is not use. The field is named differently by control group version.
        var cache = Container.Number(inner, inner.ContainsKey("total_inactive_file") ? "total_inactive_file" : "inactive_file");
        var used = Math.Max(0, Container.Number(memory, "usage") - cache);
        var limit = Container.Number(memory, "limit");
        var networks = stats["networks"] as JsonObject ?? [];
        return new()
        {
            ProcessorPercent = Processor(stats),
            MemoryBytes = used,
            MemoryLimitBytes = limit,
            MemoryPercent = limit > 0 ? Math.Round(100.0 * used / limit, 2) : 0,
            ReceivedBytes = networks.Sum(network => Container.Number(network.Value!.AsObject(), "rx_bytes")),
            SentBytes = networks.Sum(network => Container.Number(network.Value!.AsObject(), "tx_bytes")),
            Processes = Container.Number(stats["pids_stats"] as JsonObject ?? [], "current"),
        };
    }

    private static double Processor(JsonObject stats)
    {
        var (now, before) = (stats["cpu_stats"] as JsonObject ?? [], stats["precpu_stats"] as JsonObject ?? []);
        var used = Total(now) - Total(before);
        var passed = Container.Number(now, "system_cpu_usage") - Container.Number(before, "system_cpu_usage");
        return used > 0 && passed > 0 ? Math.Round(100.0 * used / passed * Math.Max(1, Container.Number(now, "online_cpus")), 2) : 0;
    }

    private static long Total(JsonObject processor) => Container.Number(processor["cpu_usage"] as JsonObject ?? [], "total_usage");

    internal sealed record Output
    {
        [Description("Of one processor: two busy ones are 200.")]
        public required double ProcessorPercent { get; init; }

        [Description("Memory in use without droppable cache.")]
        public required long MemoryBytes { get; init; }

        [Description("Its limit, or the machine's memory.")]
        public required long MemoryLimitBytes { get; init; }

        [Description("Memory in use of the limit.")]
        public required double MemoryPercent { get; init; }

        [Description("Received since it was started.")]
        public required long ReceivedBytes { get; init; }

        [Description("Sent since it was started.")]
        public required long SentBytes { get; init; }

        [Description("Processes and threads.")]
        public required long Processes { get; init; }
    }
}
