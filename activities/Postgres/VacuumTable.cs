using System.ComponentModel;

namespace Homelab.Activities.Postgres;

[Activity(
    "postgres.vacuum_table", "Vacuum table", "Frees the room of dead rows in a table and counts it anew; full rewrites it, gives the room back to the disk, and locks it meanwhile.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.None, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 3600, Idempotent = true,
    NoUndo = "Nothing is lost by it, so there is nothing to bring back.")]
internal sealed class VacuumTable(PostgresClients clients) : IEffectActivity<VacuumTable.Input, VacuumTable.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken, input.Database);
        var table = await client.RelationAsync(input.Table, "r,m,p", cancellationToken);
        var before = await SizeAsync(client, input.Table, cancellationToken);
        await client.ChangeAsync($"VACUUM ({(input.Full ? "FULL, " : "")}ANALYZE) {table}", cancellationToken, TimeSpan.FromSeconds(3540));
        return new() { BytesBefore = before, Bytes = await SizeAsync(client, input.Table, cancellationToken) };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Relations.TargetAsync(clients, input, "table", "r,m,p", context, cancellationToken);

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    private static Task<long> SizeAsync(PostgresClient client, string table, CancellationToken cancellationToken) =>
        client.ReadOneAsync("SELECT pg_total_relation_size(to_regclass(@table))", row => row.GetInt64(0), cancellationToken, ("table", table));

    internal sealed record Input : TableInput
    {
        [Description("Rewrite the table: nobody can read it meanwhile, and the disk needs room for a second one.")]
        public bool Full { get; init; }
    }

    internal sealed record Output
    {
        [Description("Size with indexes before.")]
        public required long BytesBefore { get; init; }

        [Description("Size with indexes now.")]
        public required long Bytes { get; init; }
    }
}

internal static class Relations
{
    public static async Task<ActivityTarget> TargetAsync(
        PostgresClients clients, TableInput input, string kind, string kinds, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken, input.Database);
        var name = await client.RelationAsync(input.Table, kinds, cancellationToken);
        return new(kind, $"postgres:{client.Name}/{kind}/{client.Database}/{name}", $"{name} in {client.Database}");
    }
}
