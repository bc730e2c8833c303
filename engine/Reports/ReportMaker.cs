using Dapper;
using Homelab.Engine.Connections;
using Homelab.Engine.Controls;
using Homelab.Engine.Forecasts;
using Homelab.Engine.Incidents;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Reports;

/// <summary>Makes a report from what is stored: nothing in it is guessed, and what is not known is left out.</summary>
internal sealed class ReportMaker(
    Database database, IncidentStore incidents, HealthScore health, ConnectionHealth connections, BackupReader backups, ForecastStore forecasts, ReportOutlook outlook, ControlStore controls, ReportClock clock)
{
    private const int Shown = 50;

    public async Task<Report> MakeAsync(string kind, DateTimeOffset start, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var open = (await incidents.OpenAsync(cancellationToken)).Where(incident => incident.Parent is null).OrderByDescending(incident => incident.Severity).ThenBy(incident => incident.StartedAt).ToList();
        var (ended, kinds, actions, pending, now, before) = await database.ReadAsync(
            async session => (
                await IncidentStore.SelectAsync(session, $"resolved_at >= @start AND resolved_at < @end AND parent IS NULL ORDER BY resolved_at DESC LIMIT {Shown}", Period(start, end), cancellationToken),
                (await session.QueryAsync<CountRow>(
                    "SELECT kind AS Name, COUNT(*) AS Count FROM incidents WHERE started_at >= @start AND started_at < @end AND parent IS NULL GROUP BY kind ORDER BY Count DESC, kind LIMIT 20", Period(start, end), cancellationToken)).AsList(),
                (await session.QueryAsync<ActionRow>(
                    $"""
                    SELECT used_at AS UsedAt, activity_id AS ActivityId, changes.target_name AS TargetName, result AS Result, confidence AS Confidence, issued_by AS IssuedBy
                    FROM changes JOIN decisions ON decisions.id = changes.decision_id WHERE used_at >= @start AND used_at < @end ORDER BY used_at DESC LIMIT {Shown}
                    """,
                    Period(start, end), cancellationToken)).AsList(),
                (await session.QueryAsync<string>("SELECT action || ' on ' || target_name FROM approvals WHERE state = 'pending' ORDER BY id", null, cancellationToken)).AsList(),
                await NumbersAsync(session, start, end, cancellationToken),
                await NumbersAsync(session, start - (end - start), start, cancellationToken)),
            cancellationToken);
        var report = new Report
        {
            Kind = kind,
            Start = start,
            End = end,
            TimeZone = clock.Zone.Id,
            Health = await health.ReadAsync(cancellationToken),
            Open = [.. open.Select(Of)],
            Ended = [.. ended.Select(Of)],
            IncidentsByKind = [.. kinds.Select(row => new ReportCount(row.Name, row.Count))],
            Numbers = now,
            Before = before,
            Actions = [.. actions.Select(row => new ReportAction(DateTimeOffset.FromUnixTimeMilliseconds(row.UsedAt), row.ActivityId, row.TargetName, row.Result ?? "", row.Confidence, row.IssuedBy))],
            Forecasts = [.. (await forecasts.ListAsync(null, running: true, 0, 10, cancellationToken)).Rows
                .Select(row => new ReportForecast(row.Title, DateTimeOffset.FromUnixTimeMilliseconds(row.ReachesAt ?? 0), row.Acts == 1))],
            Pending = pending,
            Connections = [.. connections.List().Select(state => new ReportConnection($"{state.Tool} {state.Name}", state.Reachable, state.TestedAt is null ? "not tested yet" : state.Problem))],
            Backups = await backups.ReadAsync(cancellationToken),
            Recommendations = [],
        };
        if (kind != "daily")
            report = await outlook.AddAsync(report, cancellationToken);
        return report with { Recommendations = await RecommendAsync(report, start, end, cancellationToken) };
    }

    /// <summary>What a person had better look at, from what repeated, failed or waits.</summary>
    private async Task<IReadOnlyList<string>> RecommendAsync(Report report, DateTimeOffset start, DateTimeOffset end, CancellationToken cancellationToken)
    {
        List<string> advice = [];
        var state = await controls.ReadAsync(cancellationToken);
        if (state.Breaker is { } breaker)
            advice.Add($"See why actions failed, then reset the breaker: {breaker.Reason}.");
        if (state.Stop is not null)
            advice.Add("Everything is stopped: resume when it is safe.");
        advice.AddRange(report.Open.Where(incident => incident.State == "needs_person").Select(incident => $"Look at \"{incident.Title}\": it needs a person."));
        var repeated = await database.ReadAsync(
            async session => (await session.QueryAsync<CountRow>(
                """
                SELECT kind || ' on ' || COALESCE(target, service, host, 'something unknown') AS Name, COUNT(*) AS Count FROM incidents
                WHERE started_at >= @start AND started_at < @end AND parent IS NULL GROUP BY kind, COALESCE(target, service, host, 'something unknown') HAVING COUNT(*) >= 3 ORDER BY Count DESC LIMIT 5
                """,
                Period(start, end), cancellationToken)).AsList(),
            cancellationToken);
        advice.AddRange(repeated.Select(row => $"{row.Name} came {row.Count} times: find what causes it rather than mending it again."));
        var useless = await database.ReadAsync(
            async session => (await session.QueryAsync<CountRow>(
                """
                SELECT activity_id || ' on ' || target_name AS Name, COUNT(*) AS Count FROM changes
                WHERE used_at >= @start AND used_at < @end AND result IN ('failed', 'notVerified', 'rolledBack') GROUP BY activity_id, target_name HAVING COUNT(*) >= 2 ORDER BY Count DESC LIMIT 5
                """,
                Period(start, end), cancellationToken)).AsList(),
            cancellationToken);
        advice.AddRange(useless.Select(row => $"{row.Name} did not help {row.Count} times: it is not the remedy."));
        if (report.Numbers.TimedOut >= 3)
            advice.Add($"{report.Numbers.TimedOut} questions were not answered in time: name more people who may answer, or give them longer.");
        advice.AddRange(report.Backups.Where(backup => !backup.Ok).Select(backup => $"See to the backup {backup.Name}: {backup.Text}."));
        advice.AddRange(report.Connections.Where(connection => connection is { Reachable: false, Problem: not "not tested yet" }).Select(connection => $"{connection.Name} does not answer."));
        return advice;
    }

    private static async Task<ReportNumbers> NumbersAsync(DatabaseSession session, DateTimeOffset start, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var period = Period(start, end);
        var found = await session.QueryFirstOrDefaultAsync<IncidentNumbers>(
            """
            SELECT (SELECT COUNT(*) FROM incidents WHERE started_at >= @start AND started_at < @end AND parent IS NULL) AS Incidents,
              COUNT(*) AS Resolved, COALESCE(SUM(CASE WHEN resolution = 'autonomous' THEN 1 ELSE 0 END), 0) AS Autonomous,
              AVG(CAST(detected_at - started_at AS DOUBLE PRECISION)) AS Mttd, AVG(CAST(resolved_at - started_at AS DOUBLE PRECISION)) AS Mttr
            FROM incidents WHERE resolved_at >= @start AND resolved_at < @end AND parent IS NULL
            """,
            period, cancellationToken) ?? new IncidentNumbers();
        var acted = await session.QueryFirstOrDefaultAsync<ActionNumbers>(
            """
            SELECT COUNT(*) AS Actions, COALESCE(SUM(CASE WHEN result = 'succeeded' THEN 1 ELSE 0 END), 0) AS Succeeded, COALESCE(SUM(autonomous), 0) AS Automatic
            FROM changes WHERE used_at >= @start AND used_at < @end
            """,
            period, cancellationToken) ?? new ActionNumbers();
        var answers = (await session.QueryAsync<CountRow>("SELECT state AS Name, COUNT(*) AS Count FROM approvals WHERE asked_at >= @start AND asked_at < @end GROUP BY state", period, cancellationToken)).ToDictionary(row => row.Name, row => row.Count);
        var ran = await session.QueryFirstOrDefaultAsync<RunNumbers>(
            "SELECT COUNT(*) AS Runs, COALESCE(SUM(CASE WHEN sub_status = 'Faulted' THEN 1 ELSE 0 END), 0) AS FailedRuns FROM runs WHERE created_at >= @start AND created_at < @end", period, cancellationToken) ?? new RunNumbers();
        return new ReportNumbers
        {
            Incidents = found.Incidents,
            Resolved = found.Resolved,
            Autonomous = found.Autonomous,
            Mttd = found.Mttd / 1000,
            Mttr = found.Mttr / 1000,
            Actions = acted.Actions,
            Succeeded = acted.Succeeded,
            Automatic = acted.Automatic,
            Approved = answers.GetValueOrDefault("approved") + answers.GetValueOrDefault("changed"),
            Denied = answers.GetValueOrDefault("denied"),
            TimedOut = answers.GetValueOrDefault("timedOut"),
            Runs = ran.Runs,
            FailedRuns = ran.FailedRuns,
        };
    }

    private static object Period(DateTimeOffset start, DateTimeOffset end) => new { start = start.ToUnixTimeMilliseconds(), end = end.ToUnixTimeMilliseconds() };

    private static ReportIncident Of(Incident incident) => new(
        incident.Id, incident.Kind, incident.Title, IncidentJson.Name(incident.Severity), IncidentJson.Name(incident.State), incident.StartedAt, incident.ResolvedAt, incident.Resolution);

    private sealed record CountRow
    {
        public string Name { get; init; } = "";

        public long Count { get; init; }
    }

    private sealed record ActionRow
    {
        public long UsedAt { get; init; }

        public string ActivityId { get; init; } = "";

        public string TargetName { get; init; } = "";

        public string? Result { get; init; }

        public double Confidence { get; init; }

        public string IssuedBy { get; init; } = "";
    }

    private sealed record IncidentNumbers
    {
        public long Incidents { get; init; }

        public long Resolved { get; init; }

        public long Autonomous { get; init; }

        public double? Mttd { get; init; }

        public double? Mttr { get; init; }
    }

    private sealed record ActionNumbers
    {
        public long Actions { get; init; }

        public long Succeeded { get; init; }

        public long Automatic { get; init; }
    }

    private sealed record RunNumbers
    {
        public long Runs { get; init; }

        public long FailedRuns { get; init; }
    }
}
