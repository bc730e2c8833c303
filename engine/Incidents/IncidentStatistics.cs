using System.ComponentModel;
using System.Diagnostics.Metrics;
using Homelab.Engine.Operations;
using Homelab.Engine.Reports;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>How it goes, from what is stored: the same on every node. Gauges on <c>/metrics</c> are of the last reading, some seconds old.</summary>
internal sealed partial class IncidentStatistics(
    Database database, AlertInbox inbox, HealthScore health, IMeterFactory meters, TimeProvider time, ILogger<IncidentStatistics> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    private volatile IncidentFigures? _last;
    private volatile HealthReading? _health;
    private long _dead;

    public async Task<IncidentFigures> ReadAsync(CancellationToken cancellationToken)
    {
        var since = (time.GetUtcNow() - Month).ToUnixTimeMilliseconds();
        return await database.ReadAsync(
            async session =>
            {
                var open = (await session.QueryAsync<Count>($"SELECT state AS Name, severity AS Other, COUNT(*) AS Number FROM incidents WHERE {IncidentStore.Open} GROUP BY state, severity", null, cancellationToken)).ToArray();
                var kinds = (await session.QueryAsync<Count>($"SELECT kind AS Name, COUNT(*) AS Number FROM incidents WHERE {IncidentStore.Open} GROUP BY kind", null, cancellationToken)).ToDictionary(count => count.Name, count => count.Number);
                var ends = (await session.QueryAsync<Count>(
                    "SELECT resolution AS Name, COUNT(*) AS Number FROM incidents WHERE parent IS NULL AND resolved_at >= @since GROUP BY resolution", new { since }, cancellationToken)).ToDictionary(count => count.Name, count => count.Number);
                var times = await session.QueryFirstOrDefaultAsync<Times>(
                    """
                    SELECT COUNT(*) AS Opened, AVG(CAST(detected_at - started_at AS DOUBLE PRECISION)) AS Detection, AVG(CAST(CASE WHEN resolved_at IS NOT NULL THEN resolved_at - started_at END AS DOUBLE PRECISION)) AS Resolution
                    FROM incidents WHERE parent IS NULL AND detected_at >= @since
                    """,
                    new { since }, cancellationToken) ?? new();
                return IncidentFigures.Of(open.Select(count => (count.Name, count.Other, count.Number)), kinds, ends, times.Opened, times.Detection, times.Resolution);
            },
            cancellationToken);
    }

    /// <summary>What was done in the last day and week, and how well.</summary>
    public Task<ActionStatistics> ActionsAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (day, week) = ((now - TimeSpan.FromDays(1)).ToUnixTimeMilliseconds(), (now - TimeSpan.FromDays(7)).ToUnixTimeMilliseconds());
        return database.ReadAsync(
            async session =>
            {
                var row = await session.QueryFirstOrDefaultAsync<Acts>(
                    """
                    SELECT COALESCE(SUM(CASE WHEN used_at >= @day THEN 1 ELSE 0 END), 0) AS Day, COUNT(*) AS Week, COALESCE(SUM(autonomous), 0) AS Alone,
                      COALESCE(SUM(CASE WHEN result = 'succeeded' THEN 1 ELSE 0 END), 0) AS Good, COALESCE(SUM(CASE WHEN result IN ('failed', 'notVerified', 'rolledBack') THEN 1 ELSE 0 END), 0) AS Bad
                    FROM changes WHERE used_at >= @week AND undo_of IS NULL
                    """,
                    new { day, week }, cancellationToken) ?? new();
                var confidence = await session.ScalarAsync<double?>("SELECT AVG(confidence) FROM decisions WHERE at >= @week AND dry_run = 0", new { week }, cancellationToken);
                var pending = await session.ScalarAsync<long>("SELECT COUNT(*) FROM approvals WHERE state = 'pending'", null, cancellationToken);
                return new ActionStatistics(row.Day, row.Week, row.Alone, row.Good + row.Bad == 0 ? null : (double)row.Good / (row.Good + row.Bad), confidence, pending);
            },
            cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var meter = meters.Create(EngineMetrics.MeterName);
        meter.CreateObservableGauge("homelab_incidents", () => (_last?.ByState ?? new Dictionary<string, long>()).Select(state => new Measurement<long>(state.Value, new KeyValuePair<string, object?>("state", state.Key))), description: "Incidents that are open, by state.");
        meter.CreateObservableGauge("homelab_incident_mttd", () => One(_last?.MeanDetectionSeconds), "s", "Mean time from an incident's beginning to its detection, of the last 30 days.");
        meter.CreateObservableGauge("homelab_incident_mttr", () => One(_last?.MeanResolutionSeconds), "s", "Mean time from an incident's beginning to its end, of the last 30 days.");
        meter.CreateObservableGauge("homelab_autonomous_resolution_ratio", () => One(_last?.AutonomousRate), description: "Incidents resolved without a person, of all that something was done about, of the last 30 days.");
        meter.CreateObservableGauge("homelab_health_score", () => _health is { } read ? [new Measurement<int>(read.Score)] : Array.Empty<Measurement<int>>(), description: "How well it goes, 0 to 100.");
        meter.CreateObservableGauge("homelab_health_lost", () => (_health?.Parts ?? []).Select(part => new Measurement<int>(part.Lost, new KeyValuePair<string, object?>("part", part.Name))), description: "What the health score lacks of 100, by part.");
        meter.CreateObservableGauge("homelab_alerts_waiting", () => inbox.Waiting, description: "Deliveries of alerts that are accepted and not processed yet.");
        meter.CreateObservableGauge("homelab_alerts_put_aside", () => Interlocked.Read(ref _dead), description: "Deliveries of alerts that could not be processed.");
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                (_last, _health) = (await ReadAsync(stoppingToken), await health.ReadAsync(stoppingToken));
                Interlocked.Exchange(ref _dead, (await inbox.CountAsync(stoppingToken)).Dead);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static IEnumerable<Measurement<double>> One(double? value) => value is { } known ? [new Measurement<double>(known)] : [];

    private sealed record Count
    {
        public string Name { get; init; } = "";

        public string Other { get; init; } = "";

        public long Number { get; init; }
    }

    private sealed record Times
    {
        public long Opened { get; init; }

        public double? Detection { get; init; }

        public double? Resolution { get; init; }
    }

    private sealed record Acts
    {
        public long Day { get; init; }

        public long Week { get; init; }

        public long Alone { get; init; }

        public long Good { get; init; }

        public long Bad { get; init; }
    }

    private static partial class Log
    {
        [LoggerMessage(5151, LogLevel.Warning, "The figures of incidents could not be read: {Problem}")]
        public static partial void Failed(ILogger logger, string problem);
    }
}

/// <param name="Day">Actions in 24 hours.</param>
/// <param name="Week">In 7 days.</param>
/// <param name="Alone">Of those in 7 days, without a person.</param>
/// <param name="SuccessRate">Of those that ended in 7 days, 0 to 1; null where there are none.</param>
/// <param name="MeanConfidence">Of the decisions in 7 days.</param>
/// <param name="Pending">Approvals that wait for a person.</param>
internal sealed record ActionStatistics(long Day, long Week, long Alone, double? SuccessRate, double? MeanConfidence, long Pending);

/// <summary>Incidents in numbers: what is open now, and the last 30 days.</summary>
internal sealed record IncidentFigures
{
    public required IReadOnlyDictionary<string, long> ByState { get; init; }

    public required IReadOnlyDictionary<string, long> BySeverity { get; init; }

    public required IReadOnlyDictionary<string, long> ByKind { get; init; }

    [Description("Opened in the last 30 days.")]
    public required long Opened { get; init; }

    [Description("Mean seconds from the beginning to the detection.")]
    public double? MeanDetectionSeconds { get; init; }

    [Description("Mean seconds from the beginning to the end.")]
    public double? MeanResolutionSeconds { get; init; }

    [Description("Of all that something was done about, how many without a person, 0 to 1; null where there are none.")]
    public double? AutonomousRate { get; init; }

    public long Open => ByState.Values.Sum();

    public static IncidentFigures Of(
        IEnumerable<(string State, string Severity, long Number)> open, IReadOnlyDictionary<string, long> kinds, IReadOnlyDictionary<string, long> ends, long opened, double? detection, double? resolution)
    {
        var rows = open.ToArray();
        var done = ends.GetValueOrDefault("autonomous") + ends.GetValueOrDefault("assisted") + ends.GetValueOrDefault("person");
        return new IncidentFigures
        {
            ByState = rows.GroupBy(row => row.State).ToDictionary(group => group.Key, group => group.Sum(row => row.Number)),
            BySeverity = rows.GroupBy(row => row.Severity).ToDictionary(group => group.Key, group => group.Sum(row => row.Number)),
            ByKind = kinds,
            Opened = opened,
            MeanDetectionSeconds = detection is { } found ? Math.Max(0, found / 1000) : null,
            MeanResolutionSeconds = resolution is { } mended ? Math.Max(0, mended / 1000) : null,
            AutonomousRate = done == 0 ? null : (double)ends.GetValueOrDefault("autonomous") / done,
        };
    }
}
