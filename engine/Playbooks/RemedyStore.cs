using System.Text.Json.Nodes;
using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Playbooks;

/// <summary>What is known of incidents, and what was tried for them.</summary>
internal sealed class RemedyStore(Database database, TimeProvider time)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task KeepContextAsync(string incidentId, JsonObject context, CancellationToken cancellationToken) => KeepAsync(incidentId, "context", context.ToJsonString(), cancellationToken);

    public Task KeepDiagnosisAsync(string incidentId, JsonObject diagnosis, CancellationToken cancellationToken) => KeepAsync(incidentId, "diagnosis", diagnosis.ToJsonString(), cancellationToken);

    /// <summary>Empty objects where nothing was collected.</summary>
    public async Task<(JsonObject Context, JsonObject Diagnosis)> FindingsAsync(string incidentId, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(
            session => session.QueryFirstOrDefaultAsync<FindingsRow>("SELECT context AS Context, diagnosis AS Diagnosis FROM incident_findings WHERE incident_id = @incidentId", new { incidentId }, cancellationToken), cancellationToken);
        return (Read(row?.Context), Read(row?.Diagnosis));
    }

    /// <summary>Counts that everything was seen to be as it should be, or begins anew.</summary>
    public Task<int> CountQuietAsync(string incidentId, bool quiet, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync(
                """
                INSERT INTO incident_findings (incident_id, quiet, updated_at) VALUES (@incidentId, @first, @now)
                ON CONFLICT (incident_id) DO UPDATE SET quiet = CASE WHEN @first = 1 THEN incident_findings.quiet + 1 ELSE 0 END, updated_at = @now
                """,
                new { incidentId, first = quiet ? 1 : 0, now = Now }, cancellationToken);
            return (int)await session.ScalarAsync<long>("SELECT quiet FROM incident_findings WHERE incident_id = @incidentId", new { incidentId }, cancellationToken);
        },
        cancellationToken);

    /// <summary>Oldest first.</summary>
    public Task<IReadOnlyList<AttemptRow>> AttemptsAsync(string incidentId, CancellationToken cancellationToken) =>
        SelectAsync("incident_id = @incidentId ORDER BY number", new { incidentId }, cancellationToken);

    /// <summary>Of this playbook on this target, whatever it was for.</summary>
    public async Task<AttemptRow?> LastAsync(string playbook, string? target, CancellationToken cancellationToken) =>
        (await SelectAsync("playbook = @playbook AND COALESCE(target, '') = @target ORDER BY started_at DESC LIMIT 1", new { playbook, target = target ?? "" }, cancellationToken)) is [var last] ? last : null;

    /// <summary>Begins an attempt unless another incident's works on the same target just now. In one transaction, so that two incidents of one target never act at once.</summary>
    public Task<AttemptRow?> BeginAsync(AttemptRow attempt, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await Ledger.LockAsync(session, Now, cancellationToken);
            var busy = attempt.Target is null ? 0 : await session.ScalarAsync<long>(
                "SELECT COUNT(*) FROM incident_attempts WHERE target = @Target AND outcome IS NULL AND incident_id <> @IncidentId", new { attempt.Target, attempt.IncidentId }, cancellationToken);
            if (busy > 0)
                return null;
            await session.ExecuteAsync(Sql.Insert<AttemptRow>("incident_attempts") + " ON CONFLICT (id) DO NOTHING", attempt, cancellationToken);
            return attempt;
        },
        cancellationToken);

    public Task StartedAsync(string id, string runId, CancellationToken cancellationToken) =>
        WriteAsync("UPDATE incident_attempts SET run_id = @runId WHERE id = @id", new { id, runId }, cancellationToken);

    public Task EndedAsync(string id, string outcome, string why, CancellationToken cancellationToken) =>
        WriteAsync("UPDATE incident_attempts SET outcome = @outcome, why = @why, ended_at = @now WHERE id = @id AND outcome IS NULL", new { id, outcome, why, now = Now }, cancellationToken);

    /// <summary>How the plan of a run ended; null while it has not said so.</summary>
    public Task<OutcomeRow?> OutcomeAsync(string runId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<OutcomeRow>("SELECT outcome AS Outcome, why AS Why FROM plan_outcomes WHERE run_id = @runId", new { runId }, cancellationToken), cancellationToken);

    /// <summary>How a run's steps proper stand: begun, and succeeded.</summary>
    public Task<(long Begun, long Succeeded)> StepsAsync(string runId, CancellationToken cancellationToken) => database.ReadAsync(
        async session => (
            await session.ScalarAsync<long>("SELECT COUNT(*) FROM changes WHERE run_id = @runId", new { runId }, cancellationToken),
            await session.ScalarAsync<long>("SELECT COUNT(*) FROM changes WHERE run_id = @runId AND result = 'succeeded'", new { runId }, cancellationToken)),
        cancellationToken);

    private Task<int> KeepAsync(string incidentId, string column, string json, CancellationToken cancellationToken) => WriteAsync(
        $"""
        INSERT INTO incident_findings (incident_id, {column}, updated_at) VALUES (@incidentId, @json, @now)
        ON CONFLICT (incident_id) DO UPDATE SET {column} = @json, quiet = 0, updated_at = @now
        """,
        new { incidentId, json, now = Now }, cancellationToken);

    private Task<int> WriteAsync(string sql, object parameters, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(sql, parameters, cancellationToken), cancellationToken);

    private Task<IReadOnlyList<AttemptRow>> SelectAsync(string where, object parameters, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<AttemptRow>>(
        async session => (await session.QueryAsync<AttemptRow>($"SELECT {Sql.Columns<AttemptRow>()} FROM incident_attempts WHERE {where}", parameters, cancellationToken)).AsList(), cancellationToken);

    private static JsonObject Read(string? json) => json is null ? [] : JsonNode.Parse(json) as JsonObject ?? [];

    private sealed record FindingsRow
    {
        public string? Context { get; init; }

        public string? Diagnosis { get; init; }
    }
}

internal sealed record OutcomeRow
{
    public string Outcome { get; init; } = "";

    public string Why { get; init; } = "";
}

/// <summary>One playbook tried for one incident.</summary>
internal sealed record AttemptRow
{
    public string Id { get; init; } = "";

    public string IncidentId { get; init; } = "";

    public string Kind { get; init; } = "";

    public string? Target { get; init; }

    public string Playbook { get; init; } = "";

    public long Number { get; init; }

    /// <summary>The plan as it is sent, JSON.</summary>
    public string Request { get; init; } = "{}";

    public string Evidence { get; init; } = "{}";

    public string? RunId { get; init; }

    /// <summary>As <see cref="Remediation.PlanOutcome"/> names them; also invalid, notNeeded and unknown. Null while it goes on.</summary>
    public string? Outcome { get; init; }

    public string? Why { get; init; }

    public long StartedAt { get; init; }

    public long? EndedAt { get; init; }
}
