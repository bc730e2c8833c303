using System.ComponentModel;

namespace Homelab.Activities.Proxmox;

[Activity("proxmox.list_nodes", "List nodes", "Lists the nodes of a cluster with state and use.")]
internal sealed class ListNodes(ProxmoxClients clients) : IActivity<ListNodes.Input, ListNodes.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            Nodes = [.. (await client.NodesAsync(cancellationToken)).Select(node => new Node(
                node.Node, node.Status ?? "unknown", node.Cpu * 100, node.Maxcpu, node.Mem, node.Maxmem, node.Disk, node.Maxdisk, node.Uptime))],
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Nodes; one that is off has no numbers.")]
        public required IReadOnlyList<Node> Nodes { get; init; }
    }

    internal sealed record Node(
        string Name, string Status, double? CpuPercent, int? Cores, long? MemoryBytes, long? MemoryLimitBytes, long? DiskBytes, long? DiskLimitBytes, long? UptimeSeconds);
}
