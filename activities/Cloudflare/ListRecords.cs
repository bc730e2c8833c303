using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Cloudflare;

[Activity("cloudflare.list_records", "List DNS records", "Lists the DNS records of the zone.")]
internal sealed class ListRecords(CloudflareClients clients) : IActivity<ListRecords.Input, ListRecords.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new() { Records = [.. (await client.RecordsAsync(input.Record, null, cancellationToken)).Select(record => new Entry(record.Name, record.Type, record.Content, record.Ttl, record.Proxied == true))] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Only of this name.")]
        [RegularExpression("(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")]
        public string? Record { get; init; }
    }

    internal sealed record Output
    {
        [Description("Records; a time to live of 1 is left to Cloudflare.")]
        public required IReadOnlyList<Entry> Records { get; init; }
    }

    internal sealed record Entry(string Name, string Type, string Content, int Ttl, bool Proxied);
}
