namespace Homelab.Engine.Reports;

/// <summary>What a report says; made once and stored as it was then.</summary>
internal sealed record Report
{
    public required string Kind { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    public required string TimeZone { get; init; }

    public required HealthReading Health { get; init; }

    /// <summary>Open now, the worst first.</summary>
    public required IReadOnlyList<ReportIncident> Open { get; init; }

    /// <summary>Ended in the period, newest first.</summary>
    public required IReadOnlyList<ReportIncident> Ended { get; init; }

    public required IReadOnlyList<ReportCount> IncidentsByKind { get; init; }

    public required ReportNumbers Numbers { get; init; }

    /// <summary>The same of the period before.</summary>
    public required ReportNumbers Before { get; init; }

    /// <summary>Newest first, at most fifty.</summary>
    public required IReadOnlyList<ReportAction> Actions { get; init; }

    /// <summary>What is expected to run out, the soonest first.</summary>
    public required IReadOnlyList<ReportForecast> Forecasts { get; init; }

    public required IReadOnlyList<string> Pending { get; init; }

    public required IReadOnlyList<ReportConnection> Connections { get; init; }

    public required IReadOnlyList<BackupState> Backups { get; init; }

    public required IReadOnlyList<string> Recommendations { get; init; }

    /// <summary>How good the forecasts were whose time came; in weekly and monthly reports.</summary>
    public IReadOnlyList<ReportAccuracy> Accuracy { get; init; } = [];

    /// <summary>Where resources go, the fastest first; in weekly and monthly reports.</summary>
    public IReadOnlyList<ReportTrend> Trends { get; init; } = [];

    /// <summary>In weekly and monthly reports.</summary>
    public ReportCost? Cost { get; init; }
}

internal sealed record ReportIncident(string Id, string Kind, string Title, string Severity, string State, DateTimeOffset StartedAt, DateTimeOffset? ResolvedAt, string? Resolution);

internal sealed record ReportCount(string Name, long Count);

internal sealed record ReportAction(DateTimeOffset At, string Action, string Target, string Result, double Confidence, string DecidedBy);

/// <param name="Acts">It is sure enough to be acted on.</param>
internal sealed record ReportForecast(string Title, DateTimeOffset ReachesAt, bool Acts);

/// <summary>Of the forecasts of a metric.</summary>
internal sealed record ReportAccuracy
{
    public string Metric { get; init; } = "";

    public long Checks { get; init; }

    /// <summary>Part of what came that was inside the interval; 0.8 is meant.</summary>
    public double Inside { get; init; }

    /// <summary>How far off on average, in the metric's unit.</summary>
    public double Error { get; init; }

    /// <summary>The same of "it stays as it is".</summary>
    public double NaiveError { get; init; }
}

/// <param name="Used">Percent of the limit.</param>
/// <param name="PerMonth">Percent of the limit in 30 days, as it goes now.</param>
internal sealed record ReportTrend(string Title, double Used, double PerMonth);

/// <param name="Limits">What the last review of sizes says; null where there was none.</param>
/// <param name="SavedPerMonth">By smaller limits that stand.</param>
/// <param name="Prevented">Limits that would have been reached, and were raised before.</param>
internal sealed record ReportCost(string? Limits, double SavedPerMonth, string Currency, long Prevented);

internal sealed record ReportConnection(string Name, bool Reachable, string? Problem);

/// <summary>Of one period.</summary>
internal sealed record ReportNumbers
{
    public required long Incidents { get; init; }

    public required long Resolved { get; init; }

    /// <summary>Resolved without a person.</summary>
    public required long Autonomous { get; init; }

    public required long Actions { get; init; }

    public required long Succeeded { get; init; }

    public required long Automatic { get; init; }

    public required long Approved { get; init; }

    public required long Denied { get; init; }

    public required long TimedOut { get; init; }

    public required long Runs { get; init; }

    public required long FailedRuns { get; init; }

    /// <summary>Seconds from an incident's beginning to when it was heard of, on average.</summary>
    public double? Mttd { get; init; }

    /// <summary>Seconds from its beginning to its end, on average.</summary>
    public double? Mttr { get; init; }
}
