namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.delete_snapshot", "Delete guest's snapshot", "Deletes a snapshot of a guest; the guest stays as it is.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Medium, TimeoutSeconds = 900, Idempotent = true, NoUndo = "A deleted snapshot is gone.")]
internal sealed class DeleteSnapshot(ProxmoxClients clients) : GuestVerb<SnapshotInput, TaskDone>(clients)
{
    protected override async Task<TaskDone> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, SnapshotInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        await SnapshotsOf.RequireAsync(client, guest, input, cancellationToken);
        return new() { Task = await client.ChangeAsync(HttpMethod.Delete, $"{guest.Path}/snapshot/{input.Snapshot}", cancellationToken) };
    }

    protected override async Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, SnapshotInput input, ActivityContext context, CancellationToken cancellationToken) =>
        When((await client.SnapshotsAsync(guest, cancellationToken)).All(snapshot => snapshot.Name != input.Snapshot));
}

internal static class SnapshotsOf
{
    public static async Task RequireAsync(ProxmoxClient client, ProxmoxClient.GuestEntry guest, SnapshotInput input, CancellationToken cancellationToken)
    {
        var names = (await client.SnapshotsAsync(guest, cancellationToken)).Select(snapshot => snapshot.Name).ToList();
        if (!names.Contains(input.Snapshot))
            throw new ActivityException(
                $"Guest {guest.Vmid} has no snapshot '{input.Snapshot}'; {(names.Count == 0 ? "it has none" : $"there are {string.Join(", ", names)}")}.", retryable: false);
    }
}
