using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.back_up_guest", "Back up guest", "Backs a guest up with vzdump to a storage.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 7200, NoUndo = "A backup harms nothing; the storage's own policy prunes it.")]
internal sealed class BackUpGuest(ProxmoxClients clients) : GuestVerb<BackUpGuest.Input, BackUpGuest.Output>(clients)
{
    protected override async Task<Output> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var task = await client.ChangeAsync(
            HttpMethod.Post, $"/api2/json/nodes/{guest.Node}/vzdump", cancellationToken,
            ("vmid", guest.Vmid), ("storage", input.Storage), ("mode", input.Mode), ("compress", "zstd"), ("notes-template", $"{{{{guestname}}}} {Mark(context)}"));
        return new() { Task = task, Volume = (await FindAsync(client, guest, input, context, cancellationToken))?.Volid };
    }

    protected override async Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken) =>
        When(await FindAsync(client, guest, input, context, cancellationToken) is not null);

    private static async Task<ProxmoxClient.ContentEntry?> FindAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await client.ContentAsync(guest.Node!, input.Storage, "backup", guest.Vmid, cancellationToken))
            .FirstOrDefault(volume => volume.Notes?.Contains(Mark(context), StringComparison.Ordinal) == true);

    private static string Mark(ActivityContext context) => $"[{context.IdempotencyKey}]";

    internal sealed record Input : GuestInput
    {
        [Description("Storage to write to.")]
        [RegularExpression(ListContent.StoragePattern)]
        [Example("local")]
        public required string Storage { get; init; }

        [Description("snapshot (it goes on running), suspend or stop.")]
        [AllowedValues("snapshot", "suspend", "stop")]
        public string Mode { get; init; } = "snapshot";
    }

    internal sealed record Output
    {
        [Description("Id of the task.")]
        public string? Task { get; init; }

        [Description("The backup on the storage.")]
        public string? Volume { get; init; }
    }
}
