using System.Security.Cryptography;
using System.Text;
using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Audit;

/// <summary>
/// Append-only, and each entry's hash covers the one before it: whoever changes or removes an entry breaks every hash after it. Entries are written in the
/// transaction of what they tell of, after <see cref="Ledger.LockAsync"/>, which keeps the chain in one line.
/// </summary>
internal static class AuditTrail
{
    private const string Genesis = "0000000000000000000000000000000000000000000000000000000000000000";

    public static async Task AppendAsync(
        DatabaseSession session, DateTimeOffset at, string actor, string eventName, string subject, object detail, CancellationToken cancellationToken)
    {
        var last = await session.QueryFirstOrDefaultAsync<AuditEntry>(
            $"SELECT {Sql.Columns<AuditEntry>()} FROM audit ORDER BY sequence DESC LIMIT 1", null, cancellationToken);
        var entry = new AuditEntry
        {
            Sequence = (last?.Sequence ?? 0) + 1,
            At = at.ToUnixTimeMilliseconds(),
            Actor = actor,
            Event = eventName,
            Subject = subject,
            Detail = GateJson.Write(detail),
            Previous = last?.Hash ?? Genesis,
        };
        await session.ExecuteAsync(Sql.Insert<AuditEntry>("audit"), entry with { Hash = HashOf(entry) }, cancellationToken);
    }

    /// <summary>Every entry, oldest first, a page at a time.</summary>
    public static async Task<IReadOnlyList<AuditEntry>> ReadAsync(Database database, long after, int count, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            async session => (await session.QueryAsync<AuditEntry>(
                $"SELECT {Sql.Columns<AuditEntry>()} FROM audit WHERE sequence > @after ORDER BY sequence LIMIT @count", new { after, count }, cancellationToken)).AsList(),
            cancellationToken);

    /// <summary>Recomputes the whole chain.</summary>
    /// <param name="expected">The last hash kept somewhere else: with it, entries cut off the end are noticed too.</param>
    public static async Task<AuditVerdict> VerifyAsync(Database database, string? expected, CancellationToken cancellationToken)
    {
        var (previous, sequence, met) = (Genesis, 0L, expected is null);
        while (true)
        {
            var page = await ReadAsync(database, sequence, 1000, cancellationToken);
            foreach (var entry in page)
            {
                if (entry.Sequence != sequence + 1)
                    return new AuditVerdict(false, sequence, previous, $"Entry {sequence + 1} is missing: the next one is {entry.Sequence}.");
                if (entry.Previous != previous)
                    return new AuditVerdict(false, sequence, previous, $"Entry {entry.Sequence} does not follow entry {sequence}: the hash before it is another.");
                if (HashOf(entry) != entry.Hash)
                    return new AuditVerdict(false, sequence, previous, $"Entry {entry.Sequence} was changed: its content has another hash.");
                (previous, sequence) = (entry.Hash, entry.Sequence);
                met |= entry.Hash == expected;
            }

            if (page.Count < 1000)
                break;
        }

        return met
            ? new AuditVerdict(true, sequence, previous, null)
            : new AuditVerdict(false, sequence, previous, $"No entry has the hash '{expected}': entries were removed from the end, or it is of another trail.");
    }

    internal static string HashOf(AuditEntry entry)
    {
        // Lengths before texts, so that no two entries are one text.
        var text = new StringBuilder();
        foreach (var part in (ReadOnlySpan<string>)[
            entry.Previous, entry.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture), entry.At.ToString(System.Globalization.CultureInfo.InvariantCulture),
            entry.Actor, entry.Event, entry.Subject, entry.Detail])
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{part.Length}:").Append(part);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

internal sealed record AuditEntry
{
    public long Sequence { get; init; }

    public long At { get; init; }

    public string Actor { get; init; } = "";

    public string Event { get; init; } = "";

    public string Subject { get; init; } = "";

    public string Detail { get; init; } = "{}";

    public string Previous { get; init; } = "";

    public string Hash { get; init; } = "";
}

/// <param name="Entries">How many hold, from the first on.</param>
/// <param name="LastHash">Of the last that holds; keep it elsewhere to notice a cut end.</param>
/// <param name="Problem">Null when the chain holds.</param>
internal sealed record AuditVerdict(bool Intact, long Entries, string LastHash, string? Problem);
