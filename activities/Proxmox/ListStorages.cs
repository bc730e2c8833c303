using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity("proxmox.list_storages", "List storages", "Lists the storages of a node with what they may hold and their use.")]
internal sealed class ListStorages(ProxmoxClients clients) : IActivity<ListStorages.Input, ListStorages.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            Storages = [.. (await client.StoragesAsync(input.Node, cancellationToken)).Select(storage => new Storage(
                storage.Storage, storage.Type ?? "", storage.Content?.Split(',') ?? [], storage.Active == 1, storage.Shared == 1, storage.Total, storage.Used, storage.Avail))],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("The node.")]
        [RegularExpression(ListTasks.NodePattern)]
        [Options("proxmox.nodes")]
        [Example("node1")]
        public required string Node { get; init; }
    }

    internal sealed record Output
    {
        [Description("Storages.")]
        public required IReadOnlyList<Storage> Storages { get; init; }
    }

    internal sealed record Storage(string Name, string Type, IReadOnlyList<string> Content, bool Active, bool Shared, long? TotalBytes, long? UsedBytes, long? AvailableBytes);
}
