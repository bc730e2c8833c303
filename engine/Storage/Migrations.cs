using System.Globalization;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Storage;

/// <summary>
/// Numbered SQL, forward only: <c>NNNN_name.sql</c> for both databases, or <c>NNNN_name.sqlite.sql</c> beside <c>NNNN_name.postgres.sql</c>.
/// Runs at start under a lock, so that two nodes that start together apply each once.
/// </summary>
internal static partial class Migrations
{
    /// <summary>Key of the PostgreSQL advisory lock; any fixed number of our own.</summary>
    private const long LockKey = 0x486F6D656C6162;

    /// <summary>Applies what is missing and answers the numbers applied, in order.</summary>
    /// <exception cref="InvalidOperationException">The database is from a newer version of the product.</exception>
    public static Task<IReadOnlyList<int>> ApplyAsync(Database database, TimeProvider time, CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlyList<int>>(
            async session =>
            {
                if (session.Dialect == Dialect.Postgres)
                    await session.ExecuteAsync("SELECT pg_advisory_xact_lock(@LockKey)", new { LockKey }, cancellationToken);
                await session.ExecuteAsync(
                    "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)", null, cancellationToken);
                var applied = (await session.QueryAsync<int>("SELECT number FROM schema_migrations", null, cancellationToken)).ToHashSet();
                var known = All(session.Dialect);
                if (applied.Except(known.Select(migration => migration.Number)).Order().ToArray() is { Length: > 0 } newer)
                {
                    throw new InvalidOperationException(
                        $"The database has migration {newer[^1]}, which this version does not know: it was written by a newer version. Start that version, or restore a backup made before it.");
                }

                List<int> done = [];
                foreach (var migration in known.Where(migration => !applied.Contains(migration.Number)))
                {
                    await session.ExecuteAsync(migration.Sql, null, cancellationToken);
                    await session.ExecuteAsync(
                        "INSERT INTO schema_migrations (number, name, applied_at) VALUES (@Number, @Name, @at)",
                        new { migration.Number, migration.Name, at = time.GetUtcNow().ToUnixTimeMilliseconds() },
                        cancellationToken);
                    done.Add(migration.Number);
                }

                return done;
            },
            cancellationToken);

    private static List<Migration> All(Dialect dialect)
    {
        var assembly = typeof(Migrations).Assembly;
        List<Migration> migrations = [];
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (FileName().Match(resource) is not { Success: true } match)
                continue;
            var variant = match.Groups["dialect"].Value;
            if (variant.Length > 0 && variant != (dialect == Dialect.Sqlite ? "sqlite" : "postgres"))
                continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            migrations.Add(new(int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture), match.Groups["name"].Value, reader.ReadToEnd()));
        }

        migrations.Sort((a, b) => a.Number.CompareTo(b.Number));
        return migrations;
    }

    [GeneratedRegex(@"Migrations\.(?<number>\d{4})_(?<name>\w+?)(\.(?<dialect>sqlite|postgres))?\.sql$", RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();

    private sealed record Migration(int Number, string Name, string Sql);
}
