using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>Stores what a batch of alerts changed, in the transaction that holds the lock.</summary>
internal static class IncidentWriter
{
    private const string UpsertAlert =
        """
        INSERT INTO incident_alerts (incident_id, fingerprint, source, title, kind, target, service, host, part, severity, firing, labels, annotations, started_at, ended_at, first_seen, last_seen, deliveries)
        VALUES (@IncidentId, @Fingerprint, @Source, @Title, @Kind, @Target, @Service, @Host, @Part, @Severity, @Firing, @Labels, @Annotations, @StartedAt, @EndedAt, @FirstSeen, @LastSeen, @Deliveries)
        ON CONFLICT (incident_id, fingerprint) DO UPDATE SET firing = excluded.firing, annotations = excluded.annotations, started_at = excluded.started_at, ended_at = excluded.ended_at,
          last_seen = excluded.last_seen, deliveries = excluded.deliveries
        """;

    /// <summary>Answers the incidents that ended, and what people are to be told of it.</summary>
    public static async Task<IReadOnlyList<(Incident Incident, Notice? Notice)>> StoreAsync(DatabaseSession session, Correlation correlation, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<(Incident, Notice?)> ended = [];
        // What ended first: the same thing may have begun anew as another incident, and is open once at a time.
        foreach (var incident in correlation.Changed.OrderBy(incident => incident.IsOpen).ThenBy(incident => incident.Parent is not null))
        {
            var next = incident.IsOpen ? incident : await IncidentDesk.EndAsync(session, incident, now, isPerson: false, cancellationToken);
            if (correlation.IsNew(incident.Id))
                await IncidentStore.InsertAsync(session, next with { Parent = null }, cancellationToken);
            else
                await IncidentStore.UpdateAsync(session, next with { Parent = null }, cancellationToken);
            if (next.IsOpen)
                continue;
            // Who was not told that it began is not told that it is over.
            var notice = next.Resolution == "gone" && incident.AnnounceAt is null ? Over(next, now) : null;
            if (notice is not null)
                await People.StoreAsync(session, notice, cancellationToken);
            ended.Add((next, notice));
        }

        foreach (var symptom in correlation.Changed.Where(incident => incident.Parent is not null))
            await session.ExecuteAsync("UPDATE incidents SET parent = @Parent WHERE id = @Id", new { symptom.Id, symptom.Parent }, cancellationToken);
        if (correlation.Moved.Count > 0)
            await session.ExecuteAsync("DELETE FROM incident_alerts WHERE incident_id = @Incident AND fingerprint = @Fingerprint", correlation.Moved.Select(moved => new { moved.Incident, moved.Fingerprint }).ToArray(), cancellationToken);
        if (correlation.ChangedAlerts.Count > 0)
            await session.ExecuteAsync(UpsertAlert, correlation.ChangedAlerts.Select(changed => IncidentAlertRow.Of(changed.Incident, changed.Alert)).ToArray(), cancellationToken);
        foreach (var (incident, kind, text, links) in correlation.Events)
            await IncidentLog.AppendAsync(session, now, incident, kind, text, links, "engine", cancellationToken);
        foreach (var (thing, by) in correlation.Down.Where(down => correlation.Open.Any(open => open.Id == down.By.Id)))
            await TargetHealth.SetDownAsync(session, thing, IncidentDesk.Reporter(by), now, cancellationToken);
        return ended;
    }

    private static Notice Over(Incident incident, DateTimeOffset now) => new(
        $"incident-{incident.Id}-{incident.Openings}-over", now, "after", "info", true,
        $"Over by itself: {incident.Title} (after {Span((incident.ResolvedAt ?? now) - incident.StartedAt)})");

    private static string Span(TimeSpan span) => span.TotalMinutes < 2 ? $"{Math.Max(0, span.TotalSeconds):0} s" : span.TotalHours < 2 ? $"{span.TotalMinutes:0} minutes" : $"{span.TotalHours:0} hours";
}
