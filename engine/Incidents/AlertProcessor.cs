using Dapper;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Gate;
using Homelab.Engine.Operations;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>
/// Takes what was accepted out of the inbox and makes incidents of it: a batch is one transaction, and over all nodes one batch at a time. A crash before the commit leaves the
/// batch in the inbox; after it nothing is left to do. A delivery that cannot be processed is tried on its own, so that it holds up no other.
/// </summary>
internal sealed partial class AlertProcessor(
    Database database, AlertInbox inbox, LiveIncidentRules rules, LiveSettings settings, ConnectionNames connections, TruncatedAlerts truncated, IncidentMetrics metrics, People people, Secrets secrets,
    TimeProvider time, ILogger<AlertProcessor> logger) : BackgroundService
{
    private const int Batch = 400;
    private const int MostAttempts = 5;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Everything that is due.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await truncated.RunOnceAsync(cancellationToken);
        while (true)
        {
            try
            {
                if (await CorrelateAsync(Batch, cancellationToken) < Batch)
                    break;
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or StoreUnavailableException))
            {
                Log.BatchFailed(logger, secrets.Hide(exception.Message));
                if (!await OneByOneAsync(cancellationToken))
                    break;
            }
        }

        await inbox.CountAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await inbox.WaitAsync(Interval, stoppingToken);
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception);
                await Task.Delay(Interval, time, stoppingToken);
            }
        }
    }

    /// <summary>Answers how many deliveries were taken.</summary>
    private async Task<int> CorrelateAsync(int take, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (taken, correlation, ended) = await database.WriteAsync(
            async session =>
            {
                await IncidentStore.LockAsync(session, cancellationToken);
                var rows = (await AlertInbox.DueAsync(session, now, take, cut: false, cancellationToken)).AsList();
                var correlation = await LoadAsync(session, rows, now, cancellationToken);
                correlation.Sweep();
                var ended = await IncidentWriter.StoreAsync(session, correlation, now, cancellationToken);
                await AlertInbox.DeleteAsync(session, rows.Select(row => row.Id), cancellationToken);
                return (rows.Count, correlation, ended);
            },
            cancellationToken);

        foreach (var ((source, result), count) in correlation.Counts)
            metrics.Alert(source, result, count);
        foreach (var (incident, notice) in ended)
        {
            metrics.Ended(incident);
            if (notice is not null)
                await people.TellAsync(notice, cancellationToken);
        }

        return taken;
    }

    /// <summary>All that is open with its alerts, and what ended lately and is spoken of again.</summary>
    private async Task<Correlation> LoadAsync(DatabaseSession session, IReadOnlyList<AlertRow> rows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var current = rules.Current;
        var correlation = new Correlation(current, new Things(settings.Preferences?.Dependencies ?? DependencyGraph.Empty), connections, now);
        var open = await IncidentStore.SelectAsync(session, IncidentStore.Open, null, cancellationToken);
        var alerts = (await session.QueryAsync<IncidentAlertRow>(
            $"SELECT {Sql.Columns<IncidentAlertRow>()} FROM incident_alerts WHERE incident_id IN (SELECT id FROM incidents WHERE {IncidentStore.Open})", null, cancellationToken)).ToLookup(row => row.IncidentId);
        foreach (var incident in open)
            correlation.Add(incident, alerts[incident.Id].Select(row => row.ToAlert()));
        var deliveries = rows.Select(row => (row.Source, Alerts: row.Read())).ToArray();
        var unknown = deliveries.SelectMany(delivery => delivery.Alerts).Where(alert => alert.Firing).Select(alert => alert.FingerprintWithout(current.IgnoredLabels)).Where(fingerprint => !correlation.Knows(fingerprint)).ToHashSet();
        if (unknown.Count > 0)
            await LoadEndedAsync(session, correlation, unknown, now - current.ReopenWithin, cancellationToken);
        foreach (var returned in await session.QueryAsync<Returns>(
            "SELECT incident_id AS Incident, COUNT(*) AS Times FROM incident_events WHERE kind IN ('reopened', 'refired') AND at >= @since GROUP BY incident_id",
            new { since = (now - current.FlappingWithin).ToUnixTimeMilliseconds() }, cancellationToken))
            correlation.AddReturns(returned.Incident, (int)returned.Times);
        foreach (var (source, all) in deliveries)
            foreach (var alert in all)
                correlation.Apply(alert, source);
        return correlation;
    }

    private static async Task LoadEndedAsync(DatabaseSession session, Correlation correlation, HashSet<string> fingerprints, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var ended = (await IncidentStore.SelectAsync(session, "state IN ('resolved', 'closed') AND parent IS NULL AND resolved_at >= @since", new { since = since.ToUnixTimeMilliseconds() }, cancellationToken)).ToDictionary(incident => incident.Id);
        if (ended.Count == 0)
            return;
        var alerts = await session.QueryAsync<IncidentAlertRow>(
            $"SELECT {Sql.Columns<IncidentAlertRow>()} FROM incident_alerts WHERE incident_id IN (SELECT id FROM incidents WHERE state IN ('resolved', 'closed') AND parent IS NULL AND resolved_at >= @since) ORDER BY last_seen",
            new { since = since.ToUnixTimeMilliseconds() }, cancellationToken);
        foreach (var row in alerts.Where(row => fingerprints.Contains(row.Fingerprint)))
            correlation.AddEnded(ended[row.IncidentId], row.ToAlert());
    }

    /// <summary>False where even that did not help: the store is the trouble.</summary>
    private async Task<bool> OneByOneAsync(CancellationToken cancellationToken)
    {
        var first = await database.ReadAsync(session => AlertInbox.DueAsync(session, time.GetUtcNow(), 1, cut: false, cancellationToken), cancellationToken);
        if (first.FirstOrDefault() is not { } row)
            return false;
        try
        {
            await CorrelateAsync(1, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StoreUnavailableException))
        {
            Log.DeliveryFailed(logger, row.Id, row.Source, row.Attempts + 1, exception);
            await inbox.FailAsync(row, secrets.Hide(exception.Message), MostAttempts, cancellationToken);
        }

        return true;
    }

    private sealed record Returns
    {
        public string Incident { get; init; } = "";

        public long Times { get; init; }
    }

    private static partial class Log
    {
        [LoggerMessage(5121, LogLevel.Error, "Alerts could not be made into incidents; tried again in a second")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(5122, LogLevel.Warning, "A batch of alerts could not be processed and is tried one by one: {Problem}")]
        public static partial void BatchFailed(ILogger logger, string problem);

        [LoggerMessage(5123, LogLevel.Error, "The delivery {Delivery} of {Source} could not be processed, attempt {Attempt}")]
        public static partial void DeliveryFailed(ILogger logger, string delivery, string source, long attempt, Exception exception);
    }
}
