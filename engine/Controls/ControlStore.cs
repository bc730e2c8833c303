using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Controls;

/// <summary>Emergency stop, pause, breaker and level: stored, read at each dispatch, so that a change holds at once on every node and after a restart.</summary>
internal sealed class ControlStore(Database database, TimeProvider time)
{
    public Task<ControlState> ReadAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(session => ReadAsync(session, cancellationToken), cancellationToken);

    public static async Task<ControlState> ReadAsync(DatabaseSession session, CancellationToken cancellationToken)
    {
        var rows = (await session.QueryAsync<ControlRow>($"SELECT {Sql.Columns<ControlRow>()} FROM controls", null, cancellationToken)).ToDictionary(row => row.Name);
        return new ControlState
        {
            Stop = Row("stop"),
            Pause = Row("pause"),
            Breaker = Row("breaker"),
            Autonomy = rows.TryGetValue("autonomy", out var level) && Enum.TryParse<AutonomyLevel>(level.Value, ignoreCase: true, out var read) ? read : null,
        };

        ControlRow? Row(string name) => rows.TryGetValue(name, out var row) && row.Value != "off" ? row : null;
    }

    /// <summary>Halts what runs, lets nothing begin. Only <see cref="ResumeAsync"/> ends it.</summary>
    public Task StopAsync(string by, string reason, CancellationToken cancellationToken) => SetAsync("stop", "on", by, reason, "controls.stopped", revoke: true, cancellationToken);

    /// <summary>Observes, does not act.</summary>
    public Task PauseAsync(string by, string reason, CancellationToken cancellationToken) => SetAsync("pause", "on", by, reason, "controls.paused", revoke: true, cancellationToken);

    /// <summary>Ends stop and pause. The breaker is reset on its own: whoever resumes need not have seen why actions fail.</summary>
    public async Task ResumeAsync(string by, string reason, CancellationToken cancellationToken)
    {
        await SetAsync("stop", "off", by, reason, "controls.resumed", revoke: false, cancellationToken);
        await SetAsync("pause", "off", by, reason, "controls.resumed", revoke: false, cancellationToken);
    }

    public Task ResetBreakerAsync(string by, string reason, CancellationToken cancellationToken) =>
        SetAsync("breaker", "off", by, reason, "controls.breaker_reset", revoke: false, cancellationToken);

    /// <summary>Holds over the level of the preferences, on every node; null returns to it.</summary>
    public Task SetAutonomyAsync(AutonomyLevel? level, string by, string reason, CancellationToken cancellationToken) =>
        SetAsync("autonomy", level?.ToString().ToLowerInvariant() ?? "off", by, reason, "controls.autonomy", revoke: true, cancellationToken);

    /// <summary>What people say that is kept elsewhere.</summary>
    public Task RecordAsync(string by, string eventName, string subject, object detail, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
            await AuditTrail.AppendAsync(session, now, by, eventName, subject, detail, cancellationToken);
        },
        cancellationToken);

    internal static async Task TripBreakerAsync(DatabaseSession session, int failures, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await WriteAsync(session, "breaker", failures.ToString(System.Globalization.CultureInfo.InvariantCulture), "gate", $"{failures} actions failed in a row", now, cancellationToken);
        await RevokeAsync(session, now, autonomousOnly: true, cancellationToken);
        await AuditTrail.AppendAsync(session, now, "gate", "controls.breaker_opened", "breaker", new { failures }, cancellationToken);
    }

    private Task SetAsync(string name, string value, string by, string reason, string eventName, bool revoke, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
            await WriteAsync(session, name, value, by, reason, now, cancellationToken);

            // What was allowed before the world changed is decided again after.
            if (revoke)
                await RevokeAsync(session, now, autonomousOnly: name == "autonomy", cancellationToken);
            await AuditTrail.AppendAsync(session, now, by, eventName, name, new { value, reason }, cancellationToken);
        },
        cancellationToken);

    private static Task<int> WriteAsync(DatabaseSession session, string name, string value, string by, string reason, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.ExecuteAsync(
            """
            INSERT INTO controls (name, value, changed_at, changed_by, reason) VALUES (@name, @value, @at, @by, @reason)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by, reason = excluded.reason
            """,
            new { name, value, at = now.ToUnixTimeMilliseconds(), by, reason },
            cancellationToken);

    private static Task<int> RevokeAsync(DatabaseSession session, DateTimeOffset now, bool autonomousOnly, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE authorizations SET revoked_at = @at WHERE used_at IS NULL AND revoked_at IS NULL AND (autonomous = 1 OR @all = 1)",
        new { at = now.ToUnixTimeMilliseconds(), all = autonomousOnly ? 0 : 1 },
        cancellationToken);
}

internal sealed record ControlRow
{
    public string Name { get; init; } = "";

    public string Value { get; init; } = "";

    public long ChangedAt { get; init; }

    public string ChangedBy { get; init; } = "";

    public string Reason { get; init; } = "";
}

/// <summary>Null: not in force.</summary>
internal sealed record ControlState
{
    public ControlRow? Stop { get; init; }

    public ControlRow? Pause { get; init; }

    public ControlRow? Breaker { get; init; }

    public AutonomyLevel? Autonomy { get; init; }
}
