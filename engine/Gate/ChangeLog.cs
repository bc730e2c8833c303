using Homelab.Activities;
using Homelab.Engine.Audit;
using Homelab.Engine.Controls;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Gate;

/// <summary>What was done: by which decision, approved by whom, how it ended, how it is taken back.</summary>
internal sealed class ChangeLog(Database database, LiveSettings settings, ActivityCatalog catalog, GateMetrics metrics, TimeProvider time)
{
    /// <summary>SQL: of a change, that it was not taken back.</summary>
    public const string Stands = "NOT EXISTS (SELECT 1 FROM authorizations back WHERE back.undo_of = changes.id AND back.result IN ('succeeded', 'notVerified'))";

    /// <summary>Ends a line that is begun. Ending it again the same way changes nothing; what was in doubt may be settled later.</summary>
    public Task EndAsync(string id, string result, string? message, UndoStep? undo, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
            var (undoInput, noUndo) = Storable(undo);
            var changed = await session.ExecuteAsync(
                """
                UPDATE authorizations SET result = @result, message = @message, finished_at = @now,
                  undo_activity = @undoActivity, undo_input = @undoInput, no_undo_reason = COALESCE(@noUndo, no_undo_reason)
                WHERE id = @id AND used_at IS NOT NULL AND (result = 'started' OR (result = 'inDoubt' AND @result <> 'inDoubt'))
                """,
                new { id, result, message, now = now.ToUnixTimeMilliseconds(), undoActivity = undoInput is null ? null : undo?.ActivityId, undoInput, noUndo }, cancellationToken);
            if (changed == 1)
                await EndedAsync(session, id, result, now, cancellationToken);
        },
        cancellationToken);

    /// <summary>Verification says that what succeeded did not help, or was taken back.</summary>
    public Task JudgeAsync(string id, string result, string message, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
            var changed = await session.ExecuteAsync(
                "UPDATE authorizations SET result = @result, message = @message, finished_at = @now WHERE id = @id AND result IN ('succeeded', 'notVerified') AND result <> @result",
                new { id, result, message, now = now.ToUnixTimeMilliseconds() }, cancellationToken);
            if (changed == 1)
                await EndedAsync(session, id, result, now, cancellationToken);
        },
        cancellationToken);

    /// <summary>Newest first.</summary>
    public Task<ListPage<AuthorizationRow>> PageAsync(ChangeFilter filter, int skip, int take, CancellationToken cancellationToken) =>
        new ListQuery().Is("activity_id", filter.Action).IsEither("target_id", "target_name", filter.Target).Is("result", filter.Result)
            .Holds(filter.Search, "activity_id", "target_name").Within("used_at", filter.Since, filter.Until)
            .PageAsync<AuthorizationRow>(database, "changes", "id", "used_at DESC, id DESC", skip, take, cancellationToken);

    public Task<AuthorizationRow?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<AuthorizationRow>($"SELECT {Sql.Columns<AuthorizationRow>()} FROM changes WHERE id = @id", new { id }, cancellationToken), cancellationToken);

    /// <summary>The newest that stands. Where that cannot be taken back, an older one is not taken instead.</summary>
    public Task<AuthorizationRow?> LastUndoableAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<AuthorizationRow>(
            $"""
            SELECT {Sql.Columns<AuthorizationRow>()} FROM changes
            WHERE result IN ('succeeded', 'notVerified') AND {Stands} AND undo_of IS NULL ORDER BY used_at DESC, id DESC LIMIT 1
            """,
            null, cancellationToken),
        cancellationToken);

    /// <summary>Notes the run that takes a change back; false when another has it.</summary>
    /// <param name="instead">The run that tried before and failed.</param>
    public async Task<bool> ClaimUndoAsync(string id, string run, string by, string? instead, CancellationToken cancellationToken) => await database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
            var claimed = await session.ExecuteAsync(
                "UPDATE authorizations SET undone_by = @run WHERE id = @id AND COALESCE(undone_by, '') = @instead AND used_at IS NOT NULL", new { id, run, instead = instead ?? "" }, cancellationToken);
            if (claimed == 1)
                await AuditTrail.AppendAsync(session, now, by, "undo", id, new { run }, cancellationToken);
            return claimed == 1;
        },
        cancellationToken);

    /// <summary>Parameters that would have to be stored in the clear are not stored, so such a step cannot be taken back by itself.</summary>
    private (string? Input, string? Reason) Storable(UndoStep? undo)
    {
        if (undo is null)
            return (null, null);
        if (!catalog.TryFind(undo.ActivityId, out var invoker))
            return (null, $"Its undo, {undo.ActivityId}, is not known here.");
        var secret = undo.Input.ValueKind == System.Text.Json.JsonValueKind.Object
            && undo.Input.EnumerateObject().Any(field => invoker.Descriptor.SecretInputs.Contains(field.Name) && field.Value.ValueKind != System.Text.Json.JsonValueKind.Null);
        return secret ? (null, "Taking it back needs a secret, and secrets are not kept in the change log.") : (CanonicalJson.Write(undo.Input), null);
    }

    private async Task EndedAsync(DatabaseSession session, string id, string result, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            "UPDATE decisions SET outcome = @result, outcome_at = @now WHERE id = (SELECT decision_id FROM authorizations WHERE id = @id)",
            new { id, result, now = now.ToUnixTimeMilliseconds() }, cancellationToken);
        await AuditTrail.AppendAsync(session, now, "gate", $"change.{result}", id, new { result }, cancellationToken);
        metrics.Ended(result);
        if (result is ("failed" or "notVerified") && settings.Preferences is { } preferences)
            await Breaker.CountAsync(session, preferences.BreakerFailures, now, cancellationToken);
    }
}

/// <summary>Every condition that is set must hold.</summary>
/// <param name="Search">Part of the action or the target's name.</param>
internal sealed record ChangeFilter(
    string? Action = null, string? Target = null, string? Result = null, string? Search = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null);
