using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>Reads incidents. What changes them is <see cref="IncidentDesk"/> and the correlation of alerts, one at a time over all nodes (<see cref="LockAsync"/>).</summary>
internal sealed class IncidentStore(Database database)
{
    public const string Open = "state NOT IN ('resolved', 'closed')";

    /// <summary>Waits for every other transaction that changes incidents. First statement of each such transaction.</summary>
    public static Task LockAsync(DatabaseSession session, CancellationToken cancellationToken) =>
        session.ExecuteAsync("UPDATE incident_ledger SET version = version + 1 WHERE id = 1", null, cancellationToken);

    public Task<Incident?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(session => FindAsync(session, id, cancellationToken), cancellationToken);

    public static async Task<Incident?> FindAsync(DatabaseSession session, string id, CancellationToken cancellationToken) =>
        (await session.QueryFirstOrDefaultAsync<IncidentRow>($"SELECT {Sql.Columns<IncidentRow>()} FROM incidents WHERE id = @id", new { id }, cancellationToken))?.ToIncident();

    /// <summary>Newest change first.</summary>
    public async Task<(IReadOnlyList<Incident> Items, long Total)> ListAsync(IncidentFilter filter, int skip, int take, CancellationToken cancellationToken)
    {
        var page = await new ListQuery().Is("kind", filter.Kind).Is("severity", filter.Severity).Is("target", filter.Target).Is("service", filter.Service).Is("source", filter.Source)
            .Is("parent", filter.Parent).Among("state", filter.States?.Select(IncidentJson.Name)).Null("parent", filter.Parent is null && !filter.WithSymptoms)
            .Holds(filter.Search, "title", "service", "target", "host").Within("started_at", filter.Since, filter.Until)
            .PageAsync<IncidentRow>(database, "incidents", "id", "updated_at DESC, id DESC", skip, take, cancellationToken);
        return ([.. page.Rows.Select(row => row.ToIncident())], page.Total);
    }

    /// <summary>All that are not resolved or closed, oldest first.</summary>
    public Task<IReadOnlyList<Incident>> OpenAsync(CancellationToken cancellationToken) => SelectAsync($"{Open} ORDER BY started_at, id", null, cancellationToken);

    /// <summary>The open one that an alert with this fingerprint belongs to.</summary>
    public async Task<Incident?> FindOpenByFingerprintAsync(string fingerprint, CancellationToken cancellationToken) => (await SelectAsync(
        $"{Open} AND (fingerprint = @fingerprint OR id IN (SELECT incident_id FROM incident_alerts WHERE fingerprint = @fingerprint)) ORDER BY started_at LIMIT 1",
        new { fingerprint }, cancellationToken)) is [var found] ? found : null;

    public Task<IReadOnlyList<Incident>> FindOpenByTargetAsync(string target, CancellationToken cancellationToken) =>
        SelectAsync($"{Open} AND target = @target ORDER BY started_at, id", new { target }, cancellationToken);

    /// <summary>The alerts that it is made of, oldest first.</summary>
    public Task<IReadOnlyList<IncidentAlert>> AlertsAsync(string id, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<IncidentAlert>>(
        async session => [.. (await session.QueryAsync<IncidentAlertRow>(
            $"SELECT {Sql.Columns<IncidentAlertRow>()} FROM incident_alerts WHERE incident_id = @id ORDER BY first_seen, fingerprint", new { id }, cancellationToken)).Select(row => row.ToAlert())],
        cancellationToken);

    private Task<IReadOnlyList<Incident>> SelectAsync(string where, object? parameters, CancellationToken cancellationToken) =>
        database.ReadAsync(session => SelectAsync(session, where, parameters, cancellationToken), cancellationToken);

    public static async Task<IReadOnlyList<Incident>> SelectAsync(DatabaseSession session, string where, object? parameters, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<IncidentRow>($"SELECT {Sql.Columns<IncidentRow>()} FROM incidents WHERE {where}", parameters, cancellationToken)).AsList().Select(row => row.ToIncident())];

    /// <summary>In a transaction that holds the lock.</summary>
    public static Task InsertAsync(DatabaseSession session, Incident incident, CancellationToken cancellationToken) =>
        session.ExecuteAsync(Sql.Insert<IncidentRow>("incidents"), IncidentRow.Of(incident), cancellationToken);

    /// <summary>In a transaction that holds the lock: nobody else can have changed it since it was read there.</summary>
    public static Task UpdateAsync(DatabaseSession session, Incident incident, CancellationToken cancellationToken) =>
        session.ExecuteAsync(Sql.Update<IncidentRow>("incidents"), IncidentRow.Of(incident), cancellationToken);
}

/// <summary>Every condition that is set must hold.</summary>
/// <param name="States">Any of these.</param>
/// <param name="Parent">Only the symptoms of that incident.</param>
/// <param name="WithSymptoms">Also those that were merged into another.</param>
internal sealed record IncidentFilter(
    string? Kind = null, string? Severity = null, IReadOnlyList<IncidentState>? States = null, string? Target = null, string? Service = null, string? Source = null,
    string? Search = null, string? Parent = null, bool WithSymptoms = false, DateTimeOffset? Since = null, DateTimeOffset? Until = null);
