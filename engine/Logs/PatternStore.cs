using System.Security.Cryptography;
using System.Text;
using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Logs;

/// <summary>Sources and their patterns in the store.</summary>
internal sealed class PatternStore(Database database)
{
    public static string IdOf(string source, string service, string template) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{source}\n{service}\n{template}")))[..32];

    public Task<LogSourceRow?> FindSourceAsync(string name, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<LogSourceRow>($"SELECT {Sql.Columns<LogSourceRow>()} FROM log_sources WHERE name = @name", new { name }, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<LogSourceRow>> SourcesAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<LogSourceRow>>(
        async session => (await session.QueryAsync<LogSourceRow>($"SELECT {Sql.Columns<LogSourceRow>()} FROM log_sources ORDER BY name", null, cancellationToken)).AsList(), cancellationToken);

    public Task<IReadOnlyDictionary<string, PatternRow>> PatternsAsync(string source, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyDictionary<string, PatternRow>>(
        async session => (await session.QueryAsync<PatternRow>($"SELECT {Sql.Columns<PatternRow>()} FROM log_patterns WHERE source = @source", new { source }, cancellationToken))
            .ToDictionary(row => row.Id, StringComparer.Ordinal),
        cancellationToken);

    /// <summary>How often each pattern of a source came in the day before the window.</summary>
    public Task<IReadOnlyDictionary<string, WindowSum>> PastAsync(string source, long slot, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyDictionary<string, WindowSum>>(
        async session => (await session.QueryAsync<WindowSum>(
                """
                SELECT w.pattern_id AS PatternId, COUNT(*) AS Windows, CAST(SUM(w.count) AS BIGINT) AS Sum, MAX(w.count) AS Peak FROM log_windows w JOIN log_patterns p ON p.id = w.pattern_id
                WHERE p.source = @source AND w.at >= @from AND w.at < @slot GROUP BY w.pattern_id
                """,
                new { source, slot, from = slot - 288 }, cancellationToken))
            .ToDictionary(row => row.PatternId, StringComparer.Ordinal),
        cancellationToken);

    /// <summary>What a look saw, and where the next one goes on: one transaction, so that no line counts twice.</summary>
    public Task SaveAsync(LogSourceRow source, IReadOnlyCollection<PatternRow> patterns, IReadOnlyDictionary<string, long> counts, long slot, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync(
                """
                INSERT INTO log_sources (name, position, first_at, read_at, lines, problem) VALUES (@Name, @Position, @FirstAt, @ReadAt, @Lines, @Problem)
                ON CONFLICT (name) DO UPDATE SET position = @Position, read_at = @ReadAt, lines = @Lines, problem = @Problem
                """,
                source, cancellationToken);
            foreach (var pattern in patterns)
            {
                await session.ExecuteAsync(
                    $"{Sql.Insert<PatternRow>("log_patterns")} ON CONFLICT (id) DO UPDATE SET last_at = @LastAt, total = @Total, widened = @Widened, level = @Level, example = @Example", pattern, cancellationToken);
            }

            foreach (var (patternId, count) in counts)
            {
                await session.ExecuteAsync(
                    "INSERT INTO log_windows (pattern_id, at, count) VALUES (@patternId, @slot, @count) ON CONFLICT (pattern_id, at) DO UPDATE SET count = log_windows.count + @count",
                    new { patternId, slot, count }, cancellationToken);
            }
        },
        cancellationToken);

    public Task PruneAsync(DateTimeOffset patternsBefore, long windowsBefore, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("DELETE FROM log_windows WHERE at < @windowsBefore", new { windowsBefore }, cancellationToken);
            await session.ExecuteAsync("DELETE FROM log_patterns WHERE last_at < @at", new { at = patternsBefore.ToUnixTimeMilliseconds() }, cancellationToken);
        },
        cancellationToken);
}

internal sealed class LogSourceRow
{
    public string Name { get; set; } = "";

    public string Position { get; set; } = "";

    public long FirstAt { get; set; }

    public long ReadAt { get; set; }

    public long Lines { get; set; }

    public string? Problem { get; set; }
}

internal sealed class PatternRow
{
    public string Id { get; set; } = "";

    public string Source { get; set; } = "";

    public string Service { get; set; } = "";

    public string Template { get; set; } = "";

    public long Widened { get; set; }

    public long Level { get; set; }

    public string Example { get; set; } = "";

    public long FirstAt { get; set; }

    public long LastAt { get; set; }

    public long Total { get; set; }
}

internal sealed class WindowSum
{
    public string PatternId { get; set; } = "";

    public long Windows { get; set; }

    public long Sum { get; set; }

    public long Peak { get; set; }
}
