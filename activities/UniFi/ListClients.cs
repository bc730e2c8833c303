using System.ComponentModel;

namespace Homelab.Activities.UniFi;

[Activity("unifi.list_clients", "List clients", "Lists who is connected.")]
internal sealed class ListClients(UniFiClients clients) : IActivity<ListClients.Input, ListClients.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new() { Clients = [.. (await client.ClientsAsync(cancellationToken)).Select(one => new Entry(one.Id, one.Name ?? "", one.Type ?? "", one.IpAddress, one.MacAddress, one.ConnectedAt))] };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Clients.")]
        public required IReadOnlyList<Entry> Clients { get; init; }
    }

    internal sealed record Entry(string Id, string Name, string Type, string? IpAddress, string? MacAddress, DateTimeOffset? ConnectedAt);
}
