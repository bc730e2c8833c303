using Homelab.Engine.Dispatch;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Gate;

/// <summary>Every decision with everything it was made from; asked for by action, target, outcome, time.</summary>
internal sealed class DecisionLog(Database database)
{
    public static DecisionRow Row(GateRequest request, Proposal proposal, FactsSnapshot facts, DecisionRecord record, DateTimeOffset now) =>
        Row(proposal, facts, record, request.StepId, request.Attempt, request.DryRun, now);

    public static DecisionRow Row(Proposal proposal, FactsSnapshot facts, DecisionRecord record, string stepId, int attempt, bool dryRun, DateTimeOffset now)
    {
        var chosen = record.Chosen;
        return new DecisionRow
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            At = now.ToUnixTimeMilliseconds(),
            RunId = proposal.RunId,
            StepId = stepId,
            Attempt = attempt,
            Action = chosen?.Action ?? "",
            TargetId = chosen?.TargetId ?? "",
            TargetName = chosen?.TargetName ?? "",
            IncidentType = facts.Incident.Type,
            Cause = facts.Incident.Cause,
            Verdict = Camel(record.Verdict.ToString()),
            Confidence = chosen?.Confidence ?? 0,
            Risk = Camel((chosen?.Risk ?? Risk.High).ToString()),
            Class = Camel((chosen?.Class ?? ApprovalClass.Hard).ToString()),
            PlanHash = proposal.Plan.Hash,
            PolicyVersion = record.PolicyVersion,
            DryRun = dryRun ? 1 : 0,
            Sentence = record.Sentence,
            Facts = GateJson.Write(facts),
            Record = GateJson.Write(record),
            Plan = proposal.Plan.ToJson(),
        };
    }

    /// <summary>Newest first.</summary>
    public Task<ListPage<DecisionRow>> PageAsync(DecisionFilter filter, int skip, int take, CancellationToken cancellationToken) =>
        new ListQuery().Is("action", filter.Action).IsEither("target_id", "target_name", filter.Target).Is("verdict", filter.Verdict).Is("outcome", filter.Outcome)
            .Holds(filter.Search, "action", "target_name").Within("at", filter.Since, filter.Until).Before("id", filter.Before)
            .PageAsync<DecisionRow>(database, "decisions", "id", "id DESC", skip, take, cancellationToken);

    public Task<DecisionRow?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<DecisionRow>($"SELECT {Sql.Columns<DecisionRow>()} FROM decisions WHERE id = @id", new { id }, cancellationToken), cancellationToken);

    internal static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

/// <summary>Every condition that is set must hold.</summary>
/// <param name="Search">Part of the action or the target's name.</param>
/// <param name="Before">Id of the last one seen: only older ones.</param>
internal sealed record DecisionFilter(
    string? Action = null,
    string? Target = null,
    string? Verdict = null,
    string? Outcome = null,
    string? Search = null,
    DateTimeOffset? Since = null,
    DateTimeOffset? Until = null,
    string? Before = null);
