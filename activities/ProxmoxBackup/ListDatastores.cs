using System.ComponentModel;

namespace Homelab.Activities.ProxmoxBackup;

[Activity("proxmoxbackup.list_datastores", "List datastores", "Lists the datastores of a backup server with use and when each will be full at this pace.")]
internal sealed class ListDatastores(ProxmoxBackupClients clients) : IActivity<ListDatastores.Input, ListDatastores.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            Datastores = [.. (await client.StoresAsync(cancellationToken)).Select(store => new Datastore(
                store.Store, store.Total, store.Used, store.Avail,
                store.Total > 0 ? 100.0 * store.Used / store.Total : null,
                // Zero or the past: it is not getting fuller.
                store.EstimatedFullDate is { } seconds && seconds > context.Time.GetUtcNow().ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
                store.Error))],
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Datastores.")]
        public required IReadOnlyList<Datastore> Datastores { get; init; }
    }

    internal sealed record Datastore(string Name, long? TotalBytes, long? UsedBytes, long? AvailableBytes, double? UsedPercent, DateTimeOffset? FullAt, string? Problem);
}
