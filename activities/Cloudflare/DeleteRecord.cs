using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Cloudflare;

[Activity(
    "cloudflare.delete_record", "Delete DNS record", "Deletes the one record of a name and type.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.High, Idempotent = true)]
internal sealed class DeleteRecord(CloudflareClients clients) : IEffectActivity<DeleteRecord.Input, DeleteRecord.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var before = await client.FindAsync(input.Record, input.RecordType, cancellationToken);
        if (before is not null)
            await client.DeleteAsync(before.Id, cancellationToken);
        return new() { Before = before?.Content, Ttl = before?.Ttl, Proxied = before?.Proxied };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.TargetAsync("record", $"{input.RecordType}/{input.Record}", cancellationToken);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.FindAsync(input.Record, input.RecordType, cancellationToken) is null ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) =>
        output.Before is { } before
            ? Activities.Undo.By("cloudflare.set_record", new SetRecord.Input { Connection = input.Connection, Record = input.Record, RecordType = input.RecordType, Content = before, Ttl = output.Ttl ?? 1, Proxied = output.Proxied })
            : null;

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
    }

    internal sealed record Output
    {
        [Description("What it was; empty where there was none.")]
        public string? Before { get; init; }

        [Description("Its time to live.")]
        public int? Ttl { get; init; }

        [Description("It went through Cloudflare.")]
        public bool? Proxied { get; init; }
    }
}
