using System.ComponentModel;
using System.Text.Json;

namespace Homelab.Activities.Proxmox;

[Activity("proxmox.get_guest", "Guest's state", "Reads state, use, snapshots and configuration of a guest.")]
internal sealed class GetGuest(ProxmoxClients clients) : IActivity<GuestInput, GetGuest.Output>
{
    // These can hold passwords or keys.
    private static readonly HashSet<string> Hidden = ["args", "cipassword", "env", "sshkeys", "digest"];

    public async Task<Output> ExecuteAsync(GuestInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var guest = await client.GuestAsync(input.Vmid, cancellationToken);
        var state = await client.StateAsync(guest, cancellationToken);
        var config = await client.ConfigAsync(guest, cancellationToken);
        return new()
        {
            Guest = Guest.Of(guest) with { Status = state.Status ?? "unknown", UptimeSeconds = state.Uptime ?? guest.Uptime },
            Lock = state.Lock,
            Configuration = config.Where(setting => !Hidden.Contains(setting.Key)).ToDictionary(setting => setting.Key, setting => Text(setting.Value)),
            Snapshots = [.. (await client.SnapshotsAsync(guest, cancellationToken)).Select(Snapshot.Of)],
        };
    }

    private static string Text(JsonElement value) => value.ToString();

    internal sealed record Output
    {
        [Description("The guest.")]
        public required Guest Guest { get; init; }

        [Description("What keeps it locked: backup, migrate, snapshot, ...")]
        public string? Lock { get; init; }

        [Description("Its settings, without those that can hold secrets.")]
        public required IReadOnlyDictionary<string, string> Configuration { get; init; }

        [Description("Its snapshots.")]
        public required IReadOnlyList<Snapshot> Snapshots { get; init; }
    }

    internal sealed record Snapshot(string Name, string? Description, DateTimeOffset? TakenAt, string? Parent)
    {
        public static Snapshot Of(ProxmoxClient.SnapshotEntry snapshot) => new(
            snapshot.Name, snapshot.Description, snapshot.Snaptime is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null, snapshot.Parent);
    }
}
