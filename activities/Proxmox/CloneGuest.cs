using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.clone_guest", "Clone guest", "Makes a new guest from a template or another guest.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 3600, NoUndo = "Deleting a guest is left to a person.")]
internal sealed class CloneGuest(ProxmoxClients clients) : GuestVerb<CloneGuest.Input, TaskDone>(clients)
{
    protected override async Task<TaskDone> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (await client.FindGuestAsync(input.NewVmid, cancellationToken) is { } there)
            throw new ActivityException($"Guest {input.NewVmid} exists already ({there.Name}); choose another number.", retryable: false);
        return new()
        {
            Task = await client.ChangeAsync(
                HttpMethod.Post, $"{guest.Path}/clone", cancellationToken,
                ("newid", input.NewVmid), (guest.IsContainer ? "hostname" : "name", input.Hostname), ("full", input.Full ? 1 : 0), ("storage", input.Full ? input.Storage : null)),
        };
    }

    protected override async Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await client.FindGuestAsync(input.NewVmid, cancellationToken) switch
        {
            null => Probe.DidNotHappen,
            var there when there.Name == input.Hostname => Probe.Happened,
            _ => Probe.Unknown,
        };

    internal sealed record Input : GuestInput
    {
        [Description("Number of the new guest; must be free.")]
        [Range(100, 999_999_999)]
        [Example(201)]
        public required int NewVmid { get; init; }

        [Description("Name of the new guest.")]
        [RegularExpression(CreateContainer.NamePattern)]
        [Example("copy")]
        public required string Hostname { get; init; }

        [Description("Copy the disks; a linked clone needs its template for ever.")]
        public bool Full { get; init; } = true;

        [Description("Storage of a full copy's disks; where the original lies when empty.")]
        [RegularExpression(ListContent.StoragePattern)]
        public string? Storage { get; init; }
    }
}
