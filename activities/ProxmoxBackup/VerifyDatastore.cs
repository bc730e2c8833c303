using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Proxmox;

namespace Homelab.Activities.ProxmoxBackup;

[Activity(
    "proxmoxbackup.verify_datastore", "Verify backups", "Reads backups of a datastore and checks them against their checksums; fails when one is damaged.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 86_400, Idempotent = true, NoUndo = "Reading leaves nothing to take back.")]
internal sealed class VerifyDatastore(ProxmoxBackupClients clients) : IEffectActivity<VerifyDatastore.Input, TaskDone>
{
    public async Task<TaskDone> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            Task = await client.ChangeAsync(
                $"/api2/json/admin/datastore/{input.Datastore}/verify", cancellationToken,
                ("ns", input.Namespace), ("ignore-verified", input.OlderThanDays is null ? 0 : 1), ("outdated-after", input.OlderThanDays)),
        };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await clients.OpenAsync(input.Connection, context, cancellationToken)).TargetAsync(input.Datastore, cancellationToken);

    // Verifying again costs time only.
    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, TaskDone output) => null;

    internal sealed record Input : DatastoreInput
    {
        [Description("Only those not verified in the last days; all when empty.")]
        [Range(0, 3650)]
        public int? OlderThanDays { get; init; } = 30;
    }
}
