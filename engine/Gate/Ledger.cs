using System.Security.Cryptography;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Gate;

/// <summary>The row that orders everything the gate lets through, and the installation's key for hashing secrets.</summary>
internal static class Ledger
{
    /// <summary>Makes the row on the first start of the first node.</summary>
    public static async Task<byte[]> OpenAsync(Database database, CancellationToken cancellationToken)
    {
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return Convert.FromHexString(await database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    "INSERT INTO gate_ledger (id, version, hash_key, last_seen) VALUES (1, 0, @key, 0) ON CONFLICT (id) DO NOTHING", new { key }, cancellationToken);
                return await session.ScalarAsync<string>("SELECT hash_key FROM gate_ledger WHERE id = 1", null, cancellationToken);
            },
            cancellationToken) ?? throw new InvalidOperationException("The gate's ledger could not be read."));
    }

    /// <summary>Waits for every other transaction that lets something through. First statement of each such transaction.</summary>
    public static async Task LockAsync(DatabaseSession session, long now, CancellationToken cancellationToken)
    {
        // Made where it is missing: whoever presses the emergency stop on a fresh installation must not be told that nothing ran yet.
        // The time never goes back in here, so that a clock that does is noticed after a restart.
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await session.ExecuteAsync(
            """
            INSERT INTO gate_ledger (id, version, hash_key, last_seen) VALUES (1, 1, @key, @now)
            ON CONFLICT (id) DO UPDATE SET version = gate_ledger.version + 1,
              last_seen = CASE WHEN gate_ledger.last_seen < excluded.last_seen THEN excluded.last_seen ELSE gate_ledger.last_seen END
            """,
            new { key, now }, cancellationToken);
    }

    public static Task<DateTimeOffset> LastSeenAsync(Database database, CancellationToken cancellationToken) => database.ReadAsync(
        async session => DateTimeOffset.FromUnixTimeMilliseconds(await session.ScalarAsync<long>("SELECT last_seen FROM gate_ledger WHERE id = 1", null, cancellationToken)),
        cancellationToken);
}
