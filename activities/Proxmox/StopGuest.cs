namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.stop_guest", "Stop guest at once", "Cuts a container or virtual machine off as if its power failed; shut it down instead where it still answers.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Medium, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 300, Idempotent = true)]
internal sealed class StopGuest(ProxmoxClients clients) : GuestPower<GuestInput>(clients, "stop", "stopped")
{
    public override UndoStep? Undo(GuestInput input, GuestChange output) => output.Before == "running"
        ? Activities.Undo.By("proxmox.start_guest", new GuestInput { Connection = input.Connection, Vmid = input.Vmid })
        : null;
}
