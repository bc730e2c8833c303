using System.ComponentModel;

namespace Homelab.Activities.Bind;

[Activity("bind.list_records", "List DNS records", "Lists all records of the zone by a transfer from its server.")]
internal sealed class ListRecords(BindClients clients) : IActivity<ListRecords.Input, ListRecords.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var records = await client.TransferAsync(cancellationToken);
        return new()
        {
            Zone = client.Zone,
            Serial = long.Parse(records.First(record => record.Type == "SOA").Value.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture),
            Records = [.. records.Select(record => new Entry(record.Name, record.Type, record.Value, record.Ttl))],
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Name of the zone.")]
        public required string Zone { get; init; }

        [Description("Its serial number, higher after each change.")]
        public required long Serial { get; init; }

        [Description("Its records.")]
        public required IReadOnlyList<Entry> Records { get; init; }
    }

    internal sealed record Entry(string Record, string RecordType, string Value, long Ttl);
}
