using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity("proxmox.list_content", "List storage's content", "Lists what lies on a storage: backups, templates, images, disks.")]
internal sealed class ListContent(ProxmoxClients clients) : IActivity<ListContent.Input, ListContent.Output>
{
    public const string StoragePattern = "[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]";

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            Volumes = [.. (await client.ContentAsync(input.Node, input.Storage, input.Content, input.Vmid, cancellationToken)).Select(volume => new Volume(
                volume.Volid, volume.Content ?? "", volume.Format ?? "", volume.Size, volume.Vmid, volume.Notes,
                volume.Ctime is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null))],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("The node.")]
        [RegularExpression(ListTasks.NodePattern)]
        [Options("proxmox.nodes")]
        [Example("node1")]
        public required string Node { get; init; }

        [Description("The storage.")]
        [RegularExpression(StoragePattern)]
        [Example("local")]
        public required string Storage { get; init; }

        [Description("Only this kind.")]
        [AllowedValues(null, "backup", "images", "iso", "rootdir", "snippets", "vztmpl")]
        public string? Content { get; init; }

        [Description("Only of this guest.")]
        [Range(100, 999_999_999)]
        public int? Vmid { get; init; }
    }

    internal sealed record Output
    {
        [Description("Volumes.")]
        public required IReadOnlyList<Volume> Volumes { get; init; }
    }

    internal sealed record Volume(string Id, string Content, string Format, long? SizeBytes, int? Vmid, string? Notes, DateTimeOffset? CreatedAt);
}
