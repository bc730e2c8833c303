namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.start_guest", "Start guest", "Starts a container or virtual machine; one that runs stays as it is.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 300, Idempotent = true)]
internal sealed class StartGuest(ProxmoxClients clients) : GuestPower<GuestInput>(clients, "start", "running")
{
    public override UndoStep? Undo(GuestInput input, GuestChange output) => output.Before == "stopped"
        ? Activities.Undo.By("proxmox.shutdown_guest", new ShutdownGuest.Input { Connection = input.Connection, Vmid = input.Vmid })
        : null;
}
