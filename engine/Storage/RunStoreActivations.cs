namespace Homelab.Engine.Storage;

/// <summary>What must not be running when a start is accepted; checked in the transaction that accepts it.</summary>
/// <param name="Key">Names what only one run may hold.</param>
/// <param name="DefinitionId">No other run of this definition; null: of any.</param>
/// <param name="CorrelationId">No other run of this correlation; null: of any.</param>
internal sealed record Activation(string Key, string? DefinitionId, string? CorrelationId);

internal sealed partial class RunStore
{
    /// <summary>The statements that store a row. The first changes exactly one row; with an activation that is held by another run, the second and the third change none.</summary>
    private static List<SqlStatement> Accept(InboxRow row) => row.Activation is not { } activation
        ? [Insert(row)]
        :
        [
            // The row's lock makes two starts in the same instant one after the other, also on two nodes: the next statement sees what the first of them stored.
            new(
                "INSERT INTO activations (key, run_id, at) VALUES ($1, '', $2) ON CONFLICT (key) DO UPDATE SET key = excluded.key",
                activation.Key, row.ReceivedAt.ToUnixTimeMilliseconds()),
            Claim(activation, row),
            new(
                """
                INSERT INTO inbox (id, kind, run_id, payload, received_at, due_at, attempts, owner)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE EXISTS (SELECT 1 FROM activations WHERE key = $9 AND run_id = $3)
                """,
                row.Id, Name(row.Kind), row.RunId?.Value, row.Payload, row.ReceivedAt.ToUnixTimeMilliseconds(), row.DueAt.ToUnixTimeMilliseconds(), (long)row.Attempts, row.Owner, activation.Key),
        ];

    private static SqlStatement Claim(Activation activation, InboxRow row)
    {
        const string sql = """
            UPDATE activations SET run_id = $2, at = $3 WHERE key = $1
              AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.run_id = activations.run_id AND inbox.kind = 'start')
              AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.status = 'Running'
            """;
        var (key, run, at) = (activation.Key, row.RunId?.Value, row.ReceivedAt.ToUnixTimeMilliseconds());
        return (activation.DefinitionId, activation.CorrelationId) switch
        {
            ({ } definition, null) => new(sql + " AND runs.definition_id = $4)", key, run, at, definition),
            (null, { } correlation) => new(sql + " AND runs.correlation_id = $4)", key, run, at, correlation),
            var (definition, correlation) => new(sql + " AND runs.definition_id = $4 AND runs.correlation_id = $5)", key, run, at, definition, correlation),
        };
    }
}
