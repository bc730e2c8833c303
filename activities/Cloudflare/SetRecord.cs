using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Cloudflare;

[Activity(
    "cloudflare.set_record", "Set DNS record", "Makes or changes the one record of a name and type.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class SetRecord(CloudflareClients clients) : IEffectActivity<SetRecord.Input, SetRecord.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var before = await client.FindAsync(input.Record, input.RecordType, cancellationToken);
        var record = new { name = input.Record, type = input.RecordType, content = input.Content, ttl = input.Ttl, proxied = input.Proxied ?? before?.Proxied ?? false };
        if (before is null)
            await client.CreateAsync(record, cancellationToken);
        else if (before.Content != record.content || before.Ttl != record.ttl || before.Proxied != record.proxied)
            await client.UpdateAsync(before.Id, record, cancellationToken);
        return new() { Before = before?.Content, TtlBefore = before?.Ttl, ProxiedBefore = before?.Proxied };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.TargetAsync("record", $"{input.RecordType}/{input.Record}", cancellationToken);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return (await client.FindAsync(input.Record, input.RecordType, cancellationToken))?.Content == input.Content ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) =>
        output.Before is { } before
            ? Activities.Undo.By("cloudflare.set_record", input with { Content = before, Ttl = output.TtlBefore ?? 1, Proxied = output.ProxiedBefore })
            : Activities.Undo.By("cloudflare.delete_record", new DeleteRecord.Input { Connection = input.Connection, Record = input.Record, RecordType = input.RecordType });

    internal sealed record Input : ConnectedInput
    {
        [Description("Name of the record, with its zone.")]
        [RegularExpression("(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")]
        [Example("www.example.com")]
        public required string Record { get; init; }

        [Description("Its type.")]
        [AllowedValues("A", "AAAA", "CNAME", "TXT")]
        [Example("A")]
        public required string RecordType { get; init; }

        [Description("Address, name or text.")]
        [StringLength(2048, MinimumLength = 1)]
        [Example("192.0.2.7")]
        public required string Content { get; init; }

        [Description("Seconds; 1 leaves it to Cloudflare.")]
        [Range(1, 86_400)]
        public int Ttl { get; init; } = 1;

        [Description("Through Cloudflare; as it was when empty.")]
        public bool? Proxied { get; init; }
    }

    internal sealed record Output
    {
        [Description("What it was; empty for a new one.")]
        public string? Before { get; init; }

        [Description("Its time to live.")]
        public int? TtlBefore { get; init; }

        [Description("It went through Cloudflare.")]
        public bool? ProxiedBefore { get; init; }
    }
}
