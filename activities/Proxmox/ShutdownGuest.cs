using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.shutdown_guest", "Shut guest down", "Asks a container or virtual machine to shut down and waits for it; with force it is cut off when its time is over.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 700, Idempotent = true)]
internal sealed class ShutdownGuest(ProxmoxClients clients) : GuestPower<ShutdownGuest.Input>(clients, "shutdown", "stopped")
{
    public override UndoStep? Undo(Input input, GuestChange output) => output.Before == "running"
        ? Activities.Undo.By("proxmox.start_guest", new GuestInput { Connection = input.Connection, Vmid = input.Vmid })
        : null;

    protected override IEnumerable<(string Name, object? Value)> Fields(Input input) => [("timeout", input.GraceSeconds), ("forceStop", input.Force ? 1 : 0)];

    internal sealed record Input : GuestInput
    {
        [Description("Seconds it has to shut down.")]
        [Range(1, 600)]
        public int GraceSeconds { get; init; } = 60;

        [Description("Cut it off when its time is over.")]
        public bool Force { get; init; }
    }
}
