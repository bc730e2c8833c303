using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.create_snapshot", "Snapshot guest", "Takes a snapshot of a guest's disks, of a virtual machine's memory too when asked for.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 900)]
internal sealed class CreateSnapshot(ProxmoxClients clients) : GuestVerb<CreateSnapshot.Input, TaskDone>(clients)
{
    public override UndoStep? Undo(Input input, TaskDone output) =>
        Activities.Undo.By("proxmox.delete_snapshot", new SnapshotInput { Connection = input.Connection, Vmid = input.Vmid, Snapshot = input.Snapshot });

    protected override async Task<TaskDone> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (await FindAsync(client, guest, input, cancellationToken) is { } there)
            return IsOurs(there, context)
                ? new()
                : throw new ActivityException($"Guest {guest.Vmid} has a snapshot '{input.Snapshot}' already; choose another name.", retryable: false);
        return new()
        {
            Task = await client.ChangeAsync(
                HttpMethod.Post, $"{guest.Path}/snapshot", cancellationToken,
                ("snapname", input.Snapshot), ("description", $"{input.Description} {Mark(context)}".Trim()), ("vmstate", guest.IsContainer ? null : input.Memory ? 1 : 0)),
        };
    }

    protected override async Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken) =>
        When(await FindAsync(client, guest, input, cancellationToken) is { } there && IsOurs(there, context));

    private static async Task<ProxmoxClient.SnapshotEntry?> FindAsync(ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, CancellationToken cancellationToken) =>
        (await client.SnapshotsAsync(guest, cancellationToken)).FirstOrDefault(snapshot => snapshot.Name == input.Snapshot);

    private static bool IsOurs(ProxmoxClient.SnapshotEntry snapshot, ActivityContext context) => snapshot.Description?.Contains(Mark(context), StringComparison.Ordinal) == true;

    private static string Mark(ActivityContext context) => $"[{context.IdempotencyKey}]";

    internal sealed record Input : SnapshotInput
    {
        [Description("Why; kept with the snapshot.")]
        [StringLength(500)]
        public string Description { get; init; } = "";

        [Description("Keep the memory of a virtual machine too.")]
        public bool Memory { get; init; }
    }
}
