using System.Security.Cryptography;
using System.Text;
using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Controls;

/// <summary>
/// Preferences in the store: who saved them is in the audit trail, and on PostgreSQL, where there may be several nodes, each takes over what was saved last on any of them, through
/// the API or by editing its file.
/// </summary>
internal sealed class SavedPreferences(Database database, TimeProvider time)
{
    /// <summary>On SQLite there is one node, and its file is all there is.</summary>
    public bool AreShared => database.Dialect == Dialect.Postgres;

    public Task<SavedText?> ReadAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<SavedText>("SELECT text AS Text, saved_at AS SavedAt, saved_by AS SavedBy FROM preferences WHERE id = 1", null, cancellationToken), cancellationToken);

    public Task SaveAsync(string text, string by, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
            await session.ExecuteAsync(
                """
                INSERT INTO preferences (id, text, saved_at, saved_by) VALUES (1, @text, @at, @by)
                ON CONFLICT (id) DO UPDATE SET text = excluded.text, saved_by = excluded.saved_by,
                  saved_at = CASE WHEN excluded.saved_at > preferences.saved_at THEN excluded.saved_at ELSE preferences.saved_at + 1 END
                """,
                new { text, at = now.ToUnixTimeMilliseconds(), by }, cancellationToken);
            await AuditTrail.AppendAsync(session, now, by, "controls.preferences", "preferences", new { hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))) }, cancellationToken);
        },
        cancellationToken);
}

internal sealed record SavedText
{
    public string Text { get; init; } = "";

    /// <summary>Grows with each saving.</summary>
    public long SavedAt { get; init; }

    public string SavedBy { get; init; } = "";
}
