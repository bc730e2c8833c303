using System.Text.Json;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>The timeline of each incident: what was seen, thought and done, in order.</summary>
internal sealed class IncidentLog(Database database, TimeProvider time)
{
    /// <param name="kind">What happened, in one word: opened, alert, state, diagnosis, plan, note, report, ...</param>
    /// <param name="text">In plain words; never a secret.</param>
    public Task AppendAsync(string incidentId, string kind, string text, IncidentLinks? links, CancellationToken cancellationToken, string actor = "engine") =>
        database.WriteAsync(
            async session =>
            {
                await IncidentStore.LockAsync(session, cancellationToken);
                await AppendAsync(session, time.GetUtcNow(), incidentId, kind, text, links, actor, cancellationToken);
            },
            cancellationToken);

    /// <summary>In the transaction of what it tells of, which holds the lock.</summary>
    public static Task AppendAsync(
        DatabaseSession session, DateTimeOffset at, string incidentId, string kind, string text, IncidentLinks? links, string actor, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO incident_events (incident_id, number, at, kind, actor, text, links)
        SELECT @incidentId, COALESCE(MAX(number), 0) + 1, @at, @kind, @actor, @text, @links FROM incident_events WHERE incident_id = @incidentId
        """,
        new
        {
            incidentId,
            at = at.ToUnixTimeMilliseconds(),
            kind,
            actor,
            text,
            links = JsonSerializer.Serialize(links ?? new IncidentLinks(), IncidentJson.Options),
        },
        cancellationToken);

    /// <summary>What was written down, oldest first.</summary>
    public Task<IReadOnlyList<IncidentEvent>> ReadAsync(string incidentId, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<IncidentEvent>>(
        async session => [.. (await session.QueryAsync<Row>("SELECT at AS At, kind AS Kind, actor AS Actor, text AS Text, links AS Links FROM incident_events WHERE incident_id = @incidentId ORDER BY number", new { incidentId }, cancellationToken))
            .Select(row => new IncidentEvent(
                DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.Kind, row.Actor, row.Text, JsonSerializer.Deserialize<IncidentLinks>(row.Links, IncidentJson.Options) ?? new()))],
        cancellationToken);

    private sealed record Row
    {
        public long At { get; init; }

        public string Kind { get; init; } = "";

        public string Actor { get; init; } = "";

        public string Text { get; init; } = "";

        public string Links { get; init; } = "{}";
    }
}

/// <summary>Where a line of the timeline leads.</summary>
internal sealed record IncidentLinks
{
    public string? Run { get; init; }

    public string? Decision { get; init; }

    public string? Change { get; init; }

    public string? Approval { get; init; }

    public string? Incident { get; init; }

    /// <summary>Outside: a dashboard, a graph, a runbook.</summary>
    public string? Url { get; init; }
}

internal sealed record IncidentEvent(DateTimeOffset At, string Kind, string Actor, string Text, IncidentLinks Links);
