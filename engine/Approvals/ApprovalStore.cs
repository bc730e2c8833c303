using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Audit;
using Homelab.Engine.Controls;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Approvals;

/// <summary>Questions in the database, inside the gate's transactions.</summary>
internal static class ApprovalStore
{
    public static ApprovalRow Question(
        GateRequest request, PlannedStep step, Proposal proposal, DecisionRow decision, DecisionRecord record, ApprovalPreferences preferences, DateTimeOffset now)
    {
        var risk = record.Chosen?.Risk ?? Risk.High;
        return new ApprovalRow
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            DecisionId = decision.Id,
            RunId = request.RunId.Value,
            StepId = request.StepId,
            Attempt = request.Attempt,
            GroupKey = proposal.Cause,
            Action = decision.Action,
            TargetId = step.Target.Id,
            TargetName = step.Target.Name,
            Risk = decision.Risk,
            Question = decision.Sentence,
            PlanHash = proposal.Plan.Hash,
            Plan = decision.Plan,
            HashedParameters = step.HashedParameters,
            AskedAt = now.ToUnixTimeMilliseconds(),
            DueAt = (now + preferences.TimeoutOf(risk)).ToUnixTimeMilliseconds(),
            RemindAt = preferences.RemindEvery is { } every ? (now + every).ToUnixTimeMilliseconds() : null,
            EscalateAt = preferences.EscalateAfter is { } after && preferences.EscalateTo.Count > 0 ? (now + after).ToUnixTimeMilliseconds() : null,
        };
    }

    public static async Task AskAsync(DatabaseSession session, ApprovalRow approval, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // A question about the same step with other parameters is not asked any more.
        await session.ExecuteAsync(
            "UPDATE approvals SET state = 'withdrawn', answered_at = @at, answered_by = 'gate', resumed_at = @at WHERE run_id = @RunId AND step_id = @StepId AND state = 'pending'",
            new { at = now.ToUnixTimeMilliseconds(), approval.RunId, approval.StepId },
            cancellationToken);
        await session.ExecuteAsync(Sql.Insert<ApprovalRow>("approvals"), approval, cancellationToken);
        await AuditTrail.AppendAsync(session, now, "gate", "asked", approval.Id, new { approval.DecisionId, approval.PlanHash, approval.DueAt }, cancellationToken);
    }

    public static Task<ApprovalRow?> LatestAsync(DatabaseSession session, string runId, string stepId, CancellationToken cancellationToken) =>
        session.QueryFirstOrDefaultAsync<ApprovalRow>(
            $"SELECT {Sql.Columns<ApprovalRow>()} FROM approvals WHERE run_id = @runId AND step_id = @stepId AND state <> 'withdrawn' ORDER BY id DESC LIMIT 1",
            new { runId, stepId },
            cancellationToken);

    /// <summary>A yes to this very plan, or to it with exactly the changes the person made, still fresh.</summary>
    public static bool Covers(ApprovalRow? approval, PlannedStep step, string planHash, Preferences preferences, DateTimeOffset now)
    {
        if (approval is not { State: "approved" or "changed", AnsweredAt: { } answered } || answered > now.ToUnixTimeMilliseconds())
            return false;
        var from = approval.ResumeAt ?? answered;
        if (now.ToUnixTimeMilliseconds() < from || now.ToUnixTimeMilliseconds() > from + (long)preferences.Approvals.ValidFor.TotalMilliseconds)
            return false;
        return approval.State == "approved"
            ? approval.PlanHash == planHash
            : approval.Changes is { } changes && approval.Action == step.ActivityId && Merged(approval.HashedParameters, changes) == step.HashedParameters;
    }

    /// <summary>The asked parameters with the changed fields instead, in canonical form.</summary>
    public static string Merged(string asked, string changes)
    {
        var merged = JsonNode.Parse(asked)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
            merged[name] = value?.DeepClone();
        return CanonicalJson.Write(JsonSerializer.SerializeToElement(merged));
    }
}
