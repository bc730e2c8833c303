using Homelab.Engine.Storage;

namespace Homelab.Benchmarks.Server;

/// <summary>Finished runs by the million: copies of one that really ran, with its journal. A million of them fill four weeks, which retention keeps.</summary>
internal static class BulkRuns
{
    private const int Batch = 50_000;

    public static async Task InsertAsync(string file, string? connectionString, int runs)
    {
        await using var database = connectionString is null ? Database.Sqlite(file) : Database.PostgreSql(connectionString);
        var model = await database.ReadAsync(session => session.QueryFirstOrDefaultAsync<string>("SELECT id FROM runs WHERE status = 'Finished' ORDER BY created_at LIMIT 1", null, default), default)
            ?? throw new InvalidOperationException("There is no finished run to copy.");
        var (numbers, id) = database.Dialect == Dialect.Sqlite
            ? ("WITH RECURSIVE n(i) AS (SELECT @first UNION ALL SELECT i + 1 FROM n WHERE i < @last) ", "printf('00000000%024x', n.i)")
            : ("WITH n(i) AS (SELECT generate_series(@first, @last)) ", "'00000000' || lpad(to_hex(n.i), 24, '0')");
        for (var first = 0L; first < runs; first += Batch)
        {
            var range = new { first, last = Math.Min(runs, first + Batch) - 1, model };
            await database.WriteAsync(
                async session =>
                {
                    await session.ExecuteAsync(
                        $"""
                        {numbers}INSERT INTO runs (id, definition_id, version_id, version, name, correlation_id, parent_id, status, sub_status, incidents, dry_run,
                          created_at, updated_at, finished_at, owner, fence, commits, journal_count, state)
                        SELECT {id}, definition_id, version_id, version, name, correlation_id, parent_id, status, sub_status, incidents, dry_run,
                          created_at - 1000 - n.i * 2400, updated_at - 1000 - n.i * 2400, finished_at - 1000 - n.i * 2400, NULL, fence, commits, journal_count, state
                        FROM n, runs WHERE runs.id = @model
                        """,
                        range, default);
                    await session.ExecuteAsync($"{numbers}INSERT INTO journal (run_id, first, entries, body) SELECT {id}, first, entries, body FROM n, journal WHERE journal.run_id = @model", range, default);
                },
                default);
        }
    }
}
