using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.ProxmoxBackup;

internal record DatastoreInput : ConnectedInput
{
    [Description("The datastore.")]
    [RegularExpression(ProxmoxBackupClient.StorePattern)]
    [Options("proxmoxbackup.datastores")]
    [Example("main")]
    public required string Datastore { get; init; }

    [Description("Namespace in it; its root when empty.")]
    [RegularExpression(ProxmoxBackupClient.NamespacePattern)]
    public string? Namespace { get; init; }
}

[Activity("proxmoxbackup.list_snapshots", "List backups", "Lists the backups of a datastore, newest first, with whether they were verified, and the newest of each guest.")]
internal sealed class ListSnapshots(ProxmoxBackupClients clients) : IActivity<DatastoreInput, ListSnapshots.Output>
{
    public async Task<Output> ExecuteAsync(DatastoreInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        List<Snapshot> snapshots = [.. (await client.SnapshotsAsync(input.Datastore, input.Namespace, cancellationToken)).OrderByDescending(snapshot => snapshot.Time).Select(snapshot =>
            new Snapshot($"{snapshot.Type}/{snapshot.Id}", DateTimeOffset.FromUnixTimeSeconds(snapshot.Time), snapshot.Size, snapshot.Verification?.State, snapshot.Protected == true, snapshot.Comment))];
        var now = context.Time.GetUtcNow();
        return new()
        {
            Snapshots = snapshots,
            Newest = [.. snapshots.GroupBy(snapshot => snapshot.Group).Select(group => new Newest(group.Key, group.First().TakenAt, (now - group.First().TakenAt).TotalHours, group.Count()))],
        };
    }

    internal sealed record Output
    {
        [Description("Backups, newest first; verified is ok, failed or empty.")]
        public required IReadOnlyList<Snapshot> Snapshots { get; init; }

        [Description("The newest backup of each guest or host, with its age.")]
        public required IReadOnlyList<Newest> Newest { get; init; }
    }

    internal sealed record Snapshot(string Group, DateTimeOffset TakenAt, long? SizeBytes, string? Verified, bool Protected, string? Comment);

    internal sealed record Newest(string Group, DateTimeOffset TakenAt, double AgeHours, int Count);
}
