using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.reboot_guest", "Reboot guest", "Shuts a running container or virtual machine down and starts it again, with changes of its configuration that wait for that.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 700, NoUndo = "A reboot leaves nothing to take back.")]
internal sealed class RebootGuest(ProxmoxClients clients) : GuestVerb<RebootGuest.Input, GuestChange>(clients)
{
    protected override async Task<GuestChange> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var before = (await client.StateAsync(guest, cancellationToken)).Status ?? "";
        if (before != "running")
            throw new ActivityException($"Guest {guest.Vmid} is {before}, not running; start it instead.", retryable: false);
        var task = await client.ChangeAsync(HttpMethod.Post, $"{guest.Path}/status/reboot", cancellationToken, ("timeout", input.GraceSeconds));
        return new() { Before = before, After = (await client.StateAsync(guest, cancellationToken)).Status ?? "", Task = task };
    }

    // Up again looks the same as never down.
    protected override Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    internal sealed record Input : GuestInput
    {
        [Description("Seconds it has to shut down.")]
        [Range(1, 600)]
        public int GraceSeconds { get; init; } = 60;
    }
}
