using System.Diagnostics.Metrics;

namespace Homelab.Engine.Operations;

/// <summary>What the engine counts of itself. Names are those on <c>/metrics</c>, for ever: dashboards hold them.</summary>
internal sealed class EngineMetrics
{
    public const string MeterName = "Homelab.Engine";

    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
    };

    private readonly Counter<long> _runsStarted;
    private readonly Counter<long> _runsFinished;
    private readonly Histogram<double> _runDuration;
    private readonly Counter<long> _steps;
    private readonly Histogram<double> _stepDuration;
    private readonly Counter<long> _fires;
    private readonly Counter<long> _deliveries;
    private readonly Counter<long> _pruned;

    public EngineMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _runsStarted = meter.CreateCounter<long>("homelab_runs_started", description: "Runs started.");
        _runsFinished = meter.CreateCounter<long>("homelab_runs_finished", description: "Runs finished, by how they ended.");
        _runDuration = meter.CreateHistogram("homelab_run_duration", "s", "From a run's start to its end, waiting included.", advice: Durations);
        _steps = meter.CreateCounter<long>("homelab_steps", description: "Activities that ended, by type and outcome.");
        _stepDuration = meter.CreateHistogram("homelab_step_duration", "s", "From an activity's start to its end, waiting included.", advice: Durations);
        _fires = meter.CreateCounter<long>("homelab_schedule_fires", description: "Schedules that fired, by result.");
        _deliveries = meter.CreateCounter<long>("homelab_webhook_deliveries", description: "Requests to workflow endpoints, by answer.");
        _pruned = meter.CreateCounter<long>("homelab_runs_pruned", description: "Finished runs removed by retention.");
    }

    public void RunStarted(string definitionId) => _runsStarted.Add(1, new KeyValuePair<string, object?>("definition", definitionId));

    /// <param name="status">finished, faulted or cancelled.</param>
    public void RunFinished(string definitionId, string status, TimeSpan duration)
    {
        _runsFinished.Add(1, new("definition", definitionId), new("status", status));
        _runDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("status", status));
    }

    public void StepEnded(string activityType, string outcome, TimeSpan duration)
    {
        _steps.Add(1, new("type", activityType), new("outcome", outcome));
        _stepDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("type", activityType));
    }

    public void ScheduleFired(string result) => _fires.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Delivered(int statusCode) => _deliveries.Add(1, new KeyValuePair<string, object?>("code", statusCode));

    public void Pruned(int runs) => _pruned.Add(runs);
}
