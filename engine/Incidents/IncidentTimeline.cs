using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>The whole story of an incident: its own log, with the decisions, approvals and changes that have it as their cause in between. Nobody has to write those down twice.</summary>
internal sealed class IncidentTimeline(Database database, IncidentLog log)
{
    public async Task<IReadOnlyList<IncidentEvent>> ReadAsync(string incidentId, CancellationToken cancellationToken)
    {
        var written = await log.ReadAsync(incidentId, cancellationToken);
        var acted = await database.ReadAsync(
            async session => (await session.QueryAsync<Row>(
                """
                SELECT at AS At, 'decision' AS Kind, 'rules' AS Actor, sentence AS Text, id AS Decision, NULL AS Change, NULL AS Approval, run_id AS Run, target_name AS Target, NULL AS Message FROM decisions WHERE cause = @incidentId
                UNION ALL
                SELECT used_at, 'change', issued_by, activity_id, decision_id, id, NULL, run_id, target_name, NULL FROM changes WHERE cause = @incidentId
                UNION ALL
                SELECT finished_at, result, 'gate', activity_id, decision_id, id, NULL, run_id, target_name, message FROM changes WHERE cause = @incidentId AND finished_at IS NOT NULL
                UNION ALL
                SELECT asked_at, 'approval', 'rules', question, decision_id, NULL, id, run_id, target_name, NULL FROM approvals WHERE decision_id IN (SELECT id FROM decisions WHERE cause = @incidentId)
                UNION ALL
                SELECT answered_at, state, COALESCE(answered_by, 'nobody'), action, decision_id, NULL, id, run_id, target_name, note FROM approvals
                WHERE answered_at IS NOT NULL AND decision_id IN (SELECT id FROM decisions WHERE cause = @incidentId)
                """,
                new { incidentId }, cancellationToken)).Select(row => row.ToEvent()).ToArray(),
            cancellationToken);

        // Both are in order; of two at the same time what was written down comes first.
        return [.. written.Concat(acted.OrderBy(happened => happened.At)).OrderBy(happened => happened.At)];
    }

    private sealed record Row
    {
        public long At { get; init; }

        public string Kind { get; init; } = "";

        public string Actor { get; init; } = "";

        public string Text { get; init; } = "";

        public string? Decision { get; init; }

        public string? Change { get; init; }

        public string? Approval { get; init; }

        public string? Run { get; init; }

        public string Target { get; init; } = "";

        public string? Message { get; init; }

        public IncidentEvent ToEvent() => new(
            DateTimeOffset.FromUnixTimeMilliseconds(At),
            Kind is "decision" or "approval" ? Kind : Kind is "approved" or "denied" or "timedOut" or "changed" or "withdrawn" ? "answer" : "change",
            Actor, Sentence(), new IncidentLinks { Run = Run, Decision = Decision, Change = Change, Approval = Approval });

        private string Sentence() => Kind switch
        {
            "decision" or "approval" => Text,
            "change" => $"Began {Text} on {Target}.",
            "approved" => $"{Actor} approved {Text} on {Target}.",
            "denied" => $"{Actor} denied {Text} on {Target}.",
            "changed" => $"{Actor} approved {Text} on {Target} with changes.",
            "timedOut" => $"Nobody answered in time: {Text} on {Target} is denied.",
            "withdrawn" => $"The question about {Text} on {Target} was withdrawn.",
            "succeeded" => $"{Text} on {Target} succeeded.",
            "failed" => $"{Text} on {Target} failed.",
            "inDoubt" => $"Whether {Text} on {Target} happened is not known.",
            "notVerified" => $"{Text} on {Target} did not show the success it should.",
            "rolledBack" => $"{Text} on {Target} was taken back.",
            _ => $"{Text} on {Target}: {Kind}.",
        } + (string.IsNullOrWhiteSpace(Message) ? "" : $" {Message}");
    }
}
