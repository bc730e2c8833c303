using Homelab.Engine.Controls;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>Where the state of an incident is changed: by workflows, by people, and when its alerts end. Every change is on the timeline.</summary>
internal sealed class IncidentDesk(Database database, IncidentMetrics metrics, TimeProvider time)
{
    /// <summary>The same state again changes nothing and is fine.</summary>
    /// <param name="reason">In plain words, for the timeline.</param>
    public Task<IncidentChange> SetStateAsync(
        string incidentId, IncidentState state, string reason, CancellationToken cancellationToken, string actor = "engine", bool isPerson = false, IncidentLinks? links = null) => ChangeAsync(
        incidentId,
        async (session, incident, now) =>
        {
            if (incident.State == state)
                return new IncidentChange.Done(incident);
            if (!Lifecycle.MayFollow(incident.State, state) || !incident.IsOpen && state == IncidentState.Open)
                return new IncidentChange.Illegal(incident, state);
            var next = incident with { State = state, UpdatedAt = now };
            if (!next.IsOpen)
                next = await EndAsync(session, next, now, isPerson, cancellationToken);
            await IncidentStore.UpdateAsync(session, next, cancellationToken);
            await IncidentLog.AppendAsync(session, now, incidentId, "state", Sentence(state, reason), links, actor, cancellationToken);
            return new IncidentChange.Done(next);
        },
        cancellationToken);

    /// <summary>It is not over: told of anew, and workflows start anew.</summary>
    public Task<IncidentChange> ReopenAsync(string incidentId, string reason, string actor, CancellationToken cancellationToken) => ChangeAsync(
        incidentId,
        async (session, incident, now) =>
        {
            if (incident.IsOpen)
                return new IncidentChange.Illegal(incident, IncidentState.Open);
            if (await OtherAsync(session, incident, cancellationToken) is { } other)
                return new IncidentChange.OpenAlready(incident, other);
            var next = incident with
            {
                State = IncidentState.Open, UpdatedAt = now, ResolvedAt = null, Resolution = null, Parent = null, Openings = incident.Openings + 1, QuietSince = null, AnnounceAt = now,
            };
            await IncidentStore.UpdateAsync(session, next, cancellationToken);
            await IncidentLog.AppendAsync(session, now, incidentId, "reopened", reason, null, actor, cancellationToken);
            return new IncidentChange.Done(next);
        },
        cancellationToken);

    public Task<IncidentChange> NoteAsync(string incidentId, string text, string actor, CancellationToken cancellationToken) => ChangeAsync(
        incidentId,
        async (session, incident, now) =>
        {
            var next = incident with { UpdatedAt = now };
            await IncidentStore.UpdateAsync(session, next, cancellationToken);
            await IncidentLog.AppendAsync(session, now, incidentId, "note", text, null, actor, cancellationToken);
            return new IncidentChange.Done(next);
        },
        cancellationToken);

    /// <summary>What every end writes: when, thanks to whom, and that nothing is left alone any more because of it.</summary>
    public static async Task<Incident> EndAsync(DatabaseSession session, Incident incident, DateTimeOffset now, bool isPerson, CancellationToken cancellationToken)
    {
        await TargetHealth.SetUpByAsync(session, Reporter(incident), cancellationToken);
        return incident with { ResolvedAt = incident.ResolvedAt ?? now, Resolution = incident.Resolution ?? await ThanksToAsync(session, incident.Id, isPerson, cancellationToken), AnnounceAt = null };
    }

    /// <summary>As what an incident says that something is down.</summary>
    public static string Reporter(Incident incident) => $"incident {incident.Id}";

    private static string Sentence(IncidentState state, string reason) => reason.Length == 0 ? $"Now {IncidentJson.Name(state).Replace('_', ' ')}." : reason;

    /// <summary>From the change log: what was done because of it, and whether a person stood behind any of that.</summary>
    private static async Task<string> ThanksToAsync(DatabaseSession session, string id, bool isPerson, CancellationToken cancellationToken)
    {
        var done = await session.QueryFirstOrDefaultAsync<Actions>(
            "SELECT COUNT(*) AS Total, COALESCE(SUM(autonomous), 0) AS Alone FROM changes WHERE cause = @id AND result = 'succeeded' AND undo_of IS NULL", new { id }, cancellationToken);
        return done switch
        {
            { Total: > 0 } when done.Alone == done.Total => "autonomous",
            { Total: > 0 } => "assisted",
            _ => isPerson ? "person" : "gone",
        };
    }

    private static async Task<Incident?> OtherAsync(DatabaseSession session, Incident incident, CancellationToken cancellationToken) => (await IncidentStore.SelectAsync(
        session, $"{IncidentStore.Open} AND correlation = @Correlation AND id <> @Id", new { incident.Correlation, incident.Id }, cancellationToken)) is [var other, ..] ? other : null;

    private async Task<IncidentChange> ChangeAsync(string id, Func<DatabaseSession, Incident, DateTimeOffset, Task<IncidentChange>> change, CancellationToken cancellationToken)
    {
        var (before, result) = await database.WriteAsync(
            async session =>
            {
                await IncidentStore.LockAsync(session, cancellationToken);
                return await IncidentStore.FindAsync(session, id, cancellationToken) is { } incident
                    ? (incident, await change(session, incident, time.GetUtcNow()))
                    : ((Incident?)null, (IncidentChange)new IncidentChange.Missing(id));
            },
            cancellationToken);
        if (before is { IsOpen: true } && result is IncidentChange.Done { Incident: { IsOpen: false } ended })
            metrics.Ended(ended);
        return result;
    }

    private sealed record Actions
    {
        public long Total { get; init; }

        public long Alone { get; init; }
    }
}

/// <summary>What became of a change of an incident.</summary>
internal abstract record IncidentChange
{
    private IncidentChange()
    {
    }

    public sealed record Done(Incident Incident) : IncidentChange;

    public sealed record Illegal(Incident Incident, IncidentState Wanted) : IncidentChange
    {
        public string Rule =>
            $"It is {IncidentJson.Name(Incident.State)}; from there it can become {string.Join(", ", Lifecycle.After(Incident.State).Select(IncidentJson.Name))}, not {IncidentJson.Name(Wanted)}.";
    }

    /// <summary>The same thing is open as another incident by now.</summary>
    public sealed record OpenAlready(Incident Incident, Incident Other) : IncidentChange;

    public sealed record Missing(string Id) : IncidentChange;
}
