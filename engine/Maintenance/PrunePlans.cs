using Dapper;
using Homelab.Engine.Definitions;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Maintenance;

/// <summary>
/// Removes the workflows that were made of plans and undos, with their runs, once all of these ended before the time that is kept. What was done stays in the change log and the audit
/// trail; the same plan sent again makes its workflow anew.
/// </summary>
internal sealed class PrunePlans(Database database, DefinitionService definitions, Dispatch.Runs runs)
{
    private const int Batch = 200;

    /// <returns>How many runs went.</returns>
    public async Task<int> RunOnceAsync(DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        var (removed, before) = (0, olderThan.ToUnixTimeMilliseconds());
        while (true)
        {
            // Whatever was accepted and has no run yet may be of such a plan.
            var old = await database.ReadAsync(
                async session => (await session.QueryAsync<string>(
                    $"""
                    SELECT id FROM plans WHERE created_at < @before
                      AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.definition_id = plans.id AND (runs.finished_at IS NULL OR runs.finished_at >= @before OR runs.created_at >= @before))
                      AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.kind = 'start')
                    ORDER BY created_at LIMIT {Batch}
                    """,
                    new { before }, cancellationToken)).AsList(),
                cancellationToken);
            foreach (var id in old)
            {
                removed += await runs.PruneAsync(olderThan, 0, new PruneScope.Of(id), cancellationToken);
                await definitions.DeleteAsync(id, cancellationToken);
                await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM plans WHERE id = @id", new { id }, cancellationToken), cancellationToken);
            }

            if (old.Count < Batch)
                return removed;
        }
    }
}
