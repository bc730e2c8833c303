namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.roll_back_snapshot", "Roll guest back", "Puts a guest back to a snapshot; what was written since is lost.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.High, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 900, NoUndo = "What was written since the snapshot is lost; take another snapshot first.")]
internal sealed class RollBackSnapshot(ProxmoxClients clients) : GuestVerb<SnapshotInput, TaskDone>(clients)
{
    protected override async Task<TaskDone> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, SnapshotInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        await SnapshotsOf.RequireAsync(client, guest, input, cancellationToken);
        return new() { Task = await client.ChangeAsync(HttpMethod.Post, $"{guest.Path}/snapshot/{input.Snapshot}/rollback", cancellationToken) };
    }

    // A guest just rolled back looks like one that never left the snapshot.
    protected override Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, SnapshotInput input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);
}
