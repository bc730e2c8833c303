using Homelab.Engine.Audit;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Gate;

/// <summary>Issued for a step of a decided plan, found for a step that is exactly it, used once.</summary>
internal static class Authorizations
{
    /// <summary>SQL: counts towards budgets and cooldowns. Reserved counts as done: what is allowed and not yet begun would otherwise be counted by nobody.</summary>
    public const string Counted = "(used_at IS NOT NULL OR (revoked_at IS NULL AND expires_at > @now))";

    /// <param name="stepId">Null: whichever step of the run is exactly this.</param>
    /// <param name="person">Who approved; null where rules alone decided.</param>
    /// <param name="awaitsNotice">It may be used only after <see cref="ToldAsync"/>.</param>
    public static AuthorizationRow Of(
        Proposal proposal, int index, DecisionRow decision, string? stepId, string? person, string? approvalId, bool awaitsNotice, DateTimeOffset now, DateTimeOffset expires)
    {
        var step = proposal.Plan.Steps[index];
        return new AuthorizationRow
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            DecisionId = decision.Id,
            ApprovalId = approvalId,
            PlanHash = proposal.Plan.Hash,
            PlanStep = index,
            RunId = proposal.RunId,
            StepId = stepId,
            ActivityId = step.ActivityId,
            TargetId = step.Target.Id,
            TargetName = step.Target.Name,
            ParametersHash = step.ParametersHash,
            Parameters = step.MaskedParameters,
            IncidentType = proposal.IncidentType,
            Cause = proposal.Cause,
            IssuedAt = now.ToUnixTimeMilliseconds(),
            ExpiresAt = expires.ToUnixTimeMilliseconds(),
            IssuedBy = person ?? "rules",
            Autonomous = person is null ? 1 : 0,
            AwaitsNotice = awaitsNotice ? 1 : 0,
            UndoOf = proposal.UndoOf,
            NoUndoReason = proposal.Descriptors[index].NoUndoReason,
        };
    }

    public static async Task IssueAsync(DatabaseSession session, AuthorizationRow row, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(Sql.Insert<AuthorizationRow>("authorizations"), row, cancellationToken);
        await AuditTrail.AppendAsync(
            session, DateTimeOffset.FromUnixTimeMilliseconds(row.IssuedAt), row.IssuedBy, "authorized", row.Id,
            new { row.DecisionId, row.ApprovalId, row.PlanHash, row.RunId, row.StepId, row.ActivityId, row.TargetId, row.ParametersHash, row.ExpiresAt }, cancellationToken);
    }

    /// <summary>One that covers exactly this step now. While everything is stopped or paused none does.</summary>
    public static Task<AuthorizationRow?> FindAsync(DatabaseSession session, GateRequest request, PlannedStep step, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.QueryFirstOrDefaultAsync<AuthorizationRow>(
            $"""
            SELECT {Sql.Columns<AuthorizationRow>()} FROM authorizations
            WHERE run_id = @run AND (step_id = @stepId OR step_id IS NULL) AND activity_id = @activity AND target_id = @target AND parameters_hash = @parameters
              AND used_at IS NULL AND revoked_at IS NULL AND awaits_notice = 0 AND expires_at > @now AND issued_at <= @now
              AND NOT EXISTS (SELECT 1 FROM controls WHERE name IN ('stop', 'pause') AND value <> 'off')
            ORDER BY plan_step, id LIMIT 1
            """,
            new
            {
                run = request.RunId.Value,
                stepId = request.StepId,
                activity = request.Descriptor.Id,
                target = step.Target.Id,
                parameters = step.ParametersHash,
                now = now.ToUnixTimeMilliseconds(),
            },
            cancellationToken);

    /// <summary>
    /// The statement that uses it, for the transaction that stores the intent. Everything is compared once more, the controls among it: whatever happened since the
    /// answer (another use, an emergency stop, expiry) leaves no row to change, and then there is no intent and no step.
    /// </summary>
    public static AuthorizationUse Use(AuthorizationRow row, GateRequest request, PlannedStep step, DateTimeOffset now) => new(row.Id, new SqlStatement(
        """
        UPDATE authorizations SET used_at = $1, used_by = $2, step_id = $3, attempt = $4, result = 'started'
        WHERE id = $5 AND run_id = $6 AND (step_id = $3 OR step_id IS NULL) AND activity_id = $7 AND target_id = $8 AND parameters_hash = $9
          AND used_at IS NULL AND revoked_at IS NULL AND awaits_notice = 0 AND expires_at > $1
          AND NOT EXISTS (SELECT 1 FROM controls WHERE name IN ('stop', 'pause') AND value <> 'off')
        """,
        now.ToUnixTimeMilliseconds(),
        UsedBy(request.RunId.Value, request.StepId, request.Attempt),
        request.StepId,
        (long)request.Attempt,
        row.Id,
        request.RunId.Value,
        request.Descriptor.Id,
        step.Target.Id,
        step.ParametersHash));

    /// <summary>People were told: what was decided may be used from now on. Answers how many still may.</summary>
    public static Task<int> ToldAsync(DatabaseSession session, string decisionId, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE authorizations SET awaits_notice = 0 WHERE decision_id = @decisionId AND awaits_notice = 1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > @now",
        new { decisionId, now = now.ToUnixTimeMilliseconds() }, cancellationToken);

    public static Task<int> RevokeAsync(DatabaseSession session, string decisionId, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE authorizations SET revoked_at = @now WHERE decision_id = @decisionId AND used_at IS NULL AND revoked_at IS NULL", new { decisionId, now = now.ToUnixTimeMilliseconds() }, cancellationToken);

    public static string UsedBy(string runId, string stepId, int attempt) => FormattableString.Invariant($"{runId}/{stepId}/{attempt}");
}
