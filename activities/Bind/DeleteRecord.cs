using System.ComponentModel;

namespace Homelab.Activities.Bind;

[Activity(
    "bind.delete_record", "Delete DNS record", "Deletes all records of a name and type, in one signed update of the zone.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.High, Idempotent = true)]
internal sealed class DeleteRecord(BindClients clients) : IEffectActivity<DeleteRecord.Input, DeleteRecord.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await client.FindAsync(input.Record, input.RecordType, cancellationToken);
        if (before.Records.Count > 0)
            await client.ReplaceAsync(input.Record, input.RecordType, before, [], 0, cancellationToken);
        return new() { Before = before.Records, Ttl = (int?)before.TimeToLive };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await clients.OpenAsync(input.Connection, context, cancellationToken)).Target(input.Record, input.RecordType);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await (await clients.OpenAsync(input.Connection, context, cancellationToken)).FindAsync(input.Record, input.RecordType, cancellationToken)).Records.Count == 0 ? Probe.Happened : Probe.DidNotHappen;

    public UndoStep? Undo(Input input, Output output) => output.Before.Count > 0
        ? Activities.Undo.By("bind.set_record", new SetRecord.Input { Connection = input.Connection, Record = input.Record, RecordType = input.RecordType, Values = output.Before, Ttl = output.Ttl ?? 300 })
        : null;

    internal sealed record Input : RecordInput;

    internal sealed record Output
    {
        [Description("What there was.")]
        public required IReadOnlyList<string> Before { get; init; }

        [Description("Its time to live.")]
        public int? Ttl { get; init; }
    }
}
