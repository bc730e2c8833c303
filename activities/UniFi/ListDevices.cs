using System.ComponentModel;

namespace Homelab.Activities.UniFi;

[Activity("unifi.list_devices", "List devices", "Lists switches, access points and gateways with state and firmware.")]
internal sealed class ListDevices(UniFiClients clients) : IActivity<ListDevices.Input, ListDevices.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var devices = (await client.DevicesAsync(cancellationToken)).Select(device => new Entry(
            device.Id, device.Name ?? "", device.Model ?? "", device.State ?? "", device.IpAddress, device.MacAddress, device.FirmwareVersion, device.FirmwareUpdatable)).ToList();
        return new() { Devices = devices, Offline = devices.Count(device => device.State != "ONLINE") };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Devices.")]
        public required IReadOnlyList<Entry> Devices { get; init; }

        [Description("How many are not online.")]
        public required int Offline { get; init; }
    }

    internal sealed record Entry(string Id, string Name, string Model, string State, string? IpAddress, string? MacAddress, string? Firmware, bool Updatable);
}
