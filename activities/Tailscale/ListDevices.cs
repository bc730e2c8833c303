using System.ComponentModel;

namespace Homelab.Activities.Tailscale;

[Activity("tailscale.list_devices", "List devices", "Lists the devices of a tailnet: online, keys that expire, routes that wait for approval.")]
internal sealed class ListDevices(TailscaleClients clients) : IActivity<ListDevices.Input, ListDevices.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new()
        {
            Devices = [.. (await client.DevicesAsync(cancellationToken)).Select(device => new Entry(
                device.NodeId ?? device.Id ?? "", device.Hostname ?? device.Name ?? "", device.Os ?? "", device.ClientVersion ?? "", device.UpdateAvailable, device.Authorized, device.ConnectedToControl, device.LastSeen,
                device.KeyExpiryDisabled ? null : device.Expires, device.Addresses ?? [], device.EnabledRoutes ?? [], [.. (device.AdvertisedRoutes ?? []).Except(device.EnabledRoutes ?? [])]))],
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Devices.")]
        public required IReadOnlyList<Entry> Devices { get; init; }
    }

    internal sealed record Entry(
        string Id, string Name, string Os, string Version, bool UpdateAvailable, bool Authorized, bool? Online, DateTimeOffset? LastSeen, string? KeyExpires,
        IReadOnlyList<string> Addresses, IReadOnlyList<string> Routes, IReadOnlyList<string> RoutesWaiting);
}
