using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.resize_disk", "Grow guest's disk", "Grows a disk of a guest to a size; the file system in a virtual machine must be grown in it.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 300, Idempotent = true, NoUndo = "A disk cannot be made smaller again.")]
internal sealed class ResizeDisk(ProxmoxClients clients) : GuestVerb<ResizeDisk.Input, ResizeDisk.Output>(clients)
{
    protected override async Task<Output> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var before = await SizeAsync(client, guest, input.Disk, cancellationToken);
        if (before > input.SizeGigabytes)
            throw new ActivityException($"Disk {input.Disk} of guest {guest.Vmid} has {before} GiB already; it cannot be made smaller.", retryable: false);
        var task = before == input.SizeGigabytes
            ? null
            : await client.ChangeAsync(HttpMethod.Put, $"{guest.Path}/resize", cancellationToken, ("disk", input.Disk), ("size", string.Create(CultureInfo.InvariantCulture, $"{input.SizeGigabytes}G")));
        return new() { BeforeGigabytes = before, AfterGigabytes = await SizeAsync(client, guest, input.Disk, cancellationToken), Task = task };
    }

    protected override async Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken) =>
        When(await SizeAsync(client, guest, input.Disk, cancellationToken) >= input.SizeGigabytes);

    /// <summary>From "local-lvm:vm-101-disk-0,size=8G".</summary>
    private static async Task<double> SizeAsync(ProxmoxClient client, ProxmoxClient.GuestEntry guest, string disk, CancellationToken cancellationToken)
    {
        var config = await client.ConfigAsync(guest, cancellationToken);
        var size = config.TryGetValue(disk, out JsonElement described)
            ? described.ToString().Split(',').FirstOrDefault(part => part.StartsWith("size=", StringComparison.Ordinal))?[5..]
            : throw new ActivityException($"Guest {guest.Vmid} has no disk '{disk}'.", retryable: false);
        var factor = size is { Length: > 1 } ? size[^1] switch { 'K' => 1.0 / (1 << 20), 'M' => 1.0 / (1 << 10), 'G' => 1, 'T' => 1 << 10, _ => 0 } : 0;
        return factor > 0 && double.TryParse(size.AsSpan(0, size!.Length - 1), CultureInfo.InvariantCulture, out var number)
            ? number * factor
            : throw new ActivityException($"The size of disk '{disk}' of guest {guest.Vmid} cannot be read from its configuration.", retryable: false);
    }

    internal sealed record Input : GuestInput
    {
        [Description("The disk: rootfs, mp0, scsi0, virtio0, ...")]
        [RegularExpression("(rootfs|(mp|scsi|virtio|sata|ide)[0-9]{1,3})")]
        [Example("rootfs")]
        public required string Disk { get; init; }

        [Description("Size in GiB it shall have; not less than now.")]
        [Range(1, 131_072)]
        [Example(16)]
        public required int SizeGigabytes { get; init; }
    }

    internal sealed record Output
    {
        [Description("Size before in GiB.")]
        public required double BeforeGigabytes { get; init; }

        [Description("Size after in GiB.")]
        public required double AfterGigabytes { get; init; }

        [Description("Id of the task; empty where it was done at once.")]
        public string? Task { get; init; }
    }
}
