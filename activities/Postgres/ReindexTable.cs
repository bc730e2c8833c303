using System.ComponentModel;

namespace Homelab.Activities.Postgres;

[Activity(
    "postgres.reindex_table", "Reindex table", "Builds the indexes of a table anew while it is used; an interrupted build leaves an invalid index that index health shows.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.None, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 3600, Idempotent = true,
    NoUndo = "Nothing is lost by it, so there is nothing to bring back.")]
internal sealed class ReindexTable(PostgresClients clients) : IEffectActivity<ReindexTable.Input, ReindexTable.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken, input.Database);
        var table = await client.RelationAsync(input.Table, "r,m,p", cancellationToken);
        var before = await SizeAsync(client, input.Table, cancellationToken);
        await client.ChangeAsync($"REINDEX TABLE {(input.Locking ? "" : "CONCURRENTLY ")}{table}", cancellationToken, TimeSpan.FromSeconds(3540));
        return new() { BytesBefore = before, Bytes = await SizeAsync(client, input.Table, cancellationToken) };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Relations.TargetAsync(clients, input, "table", "r,m,p", context, cancellationToken);

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    private static Task<long> SizeAsync(PostgresClient client, string table, CancellationToken cancellationToken) =>
        client.ReadOneAsync("SELECT pg_indexes_size(to_regclass(@table))", row => row.GetInt64(0), cancellationToken, ("table", table));

    internal sealed record Input : TableInput
    {
        [Description("Lock the table against writing meanwhile; faster, and needs less room.")]
        public bool Locking { get; init; }
    }

    internal sealed record Output
    {
        [Description("Size of the indexes before.")]
        public required long BytesBefore { get; init; }

        [Description("Size of the indexes now.")]
        public required long Bytes { get; init; }
    }
}
