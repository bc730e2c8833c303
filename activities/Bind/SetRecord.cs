using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Bind;

[Activity(
    "bind.set_record", "Set DNS record", "Makes these the only records of a name and type, in one signed update of the zone.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class SetRecord(BindClients clients) : IEffectActivity<SetRecord.Input, SetRecord.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await client.FindAsync(input.Record, input.RecordType, cancellationToken);
        var values = Values(input);
        if (!before.Records.SequenceEqual(values) || before.TimeToLive != input.Ttl)
            await client.ReplaceAsync(input.Record, input.RecordType, before, values, input.Ttl, cancellationToken);
        return new() { Before = before.Records, TtlBefore = (int?)before.TimeToLive };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await clients.OpenAsync(input.Connection, context, cancellationToken)).Target(input.Record, input.RecordType);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var now = await client.FindAsync(input.Record, input.RecordType, cancellationToken);
        return now.Records.SequenceEqual(Values(input)) && now.TimeToLive == input.Ttl ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => output.Before.Count > 0
        ? Activities.Undo.By("bind.set_record", input with { Values = output.Before, Ttl = output.TtlBefore ?? input.Ttl })
        : Activities.Undo.By("bind.delete_record", new DeleteRecord.Input { Connection = input.Connection, Record = input.Record, RecordType = input.RecordType });

    private static List<string> Values(Input input) => [.. input.Values.Select(value => RecordData.Normal(input.RecordType, value)).Distinct().Order(StringComparer.Ordinal)];

    internal sealed record Input : RecordInput
    {
        [Description("Addresses, names (whole ones), \"10 mail.lab.test\" for MX, \"0 5 5060 sip.lab.test\" for SRV, or texts.")]
        [MinLength(1)]
        [Example(new[] { "192.0.2.7" })]
        public required IReadOnlyList<string> Values { get; init; }

        [Description("Seconds that others may keep it.")]
        [Range(0, 604_800)]
        public int Ttl { get; init; } = 300;
    }

    internal sealed record Output
    {
        [Description("What there was; none for a new one.")]
        public required IReadOnlyList<string> Before { get; init; }

        [Description("Its time to live.")]
        public int? TtlBefore { get; init; }
    }
}
