using System.ComponentModel;

namespace Homelab.Activities.Proxmox;

[Activity("proxmox.list_guests", "List guests", "Lists the containers and virtual machines of a cluster with state and use.")]
internal sealed class ListGuests(ProxmoxClients clients) : IActivity<ListGuests.Input, ListGuests.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var guests = (await client.GuestsAsync(cancellationToken)).Where(guest => !input.RunningOnly || guest.IsRunning);
        return new() { Guests = [.. guests.OrderBy(guest => guest.Vmid).Select(Guest.Of)] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Leave out those that do not run.")]
        public bool RunningOnly { get; init; }
    }

    internal sealed record Output
    {
        [Description("Guests; kind is lxc (container) or qemu (virtual machine).")]
        public required IReadOnlyList<Guest> Guests { get; init; }
    }
}

internal sealed record Guest(
    int Vmid, string Name, string Kind, string Node, string Status, bool Template, double? CpuPercent, double? Cores,
    long? MemoryBytes, long? MemoryLimitBytes, long? DiskBytes, long? DiskLimitBytes, long? UptimeSeconds, IReadOnlyList<string> Tags)
{
    public static Guest Of(ProxmoxClient.GuestEntry guest) => new(
        guest.Vmid, guest.Name ?? "", guest.Type ?? "", guest.Node ?? "", guest.Status ?? "unknown", guest.Template == 1, guest.Cpu * 100, guest.Maxcpu,
        guest.Mem, guest.Maxmem, guest.Disk, guest.Maxdisk, guest.Uptime, guest.Tags?.Split([';', ',', ' '], StringSplitOptions.RemoveEmptyEntries) ?? []);
}
