using System.Diagnostics.Metrics;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Gate;

/// <summary>What the gate decided, what came of it, and what people answered. Names are those on <c>/metrics</c>, for ever: dashboards hold them.</summary>
internal sealed class GateMetrics
{
    private static readonly InstrumentAdvice<double> Parts = new() { HistogramBucketBoundaries = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1] };

    private readonly Counter<long> _decisions;
    private readonly Histogram<double> _confidence;
    private readonly Counter<long> _changes;
    private readonly Counter<long> _approvals;

    public GateMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(EngineMetrics.MeterName);
        _decisions = meter.CreateCounter<long>("homelab_decisions", description: "Decisions, by action, verdict and risk.");
        _confidence = meter.CreateHistogram("homelab_decision_confidence", description: "Confidence of decisions, 0 to 1.", advice: Parts);
        _changes = meter.CreateCounter<long>("homelab_changes", description: "Changes that ended, by how; one that is judged later counts again.");
        _approvals = meter.CreateCounter<long>("homelab_approvals", description: "Questions to people, by what became of them.");
    }

    public void Decided(DecisionRow decision)
    {
        _decisions.Add(1, new("action", decision.Action), new("verdict", decision.Verdict), new("risk", decision.Risk));
        _confidence.Record(decision.Confidence, new KeyValuePair<string, object?>("verdict", decision.Verdict));
    }

    /// <param name="result">succeeded, failed, inDoubt, notVerified or rolledBack.</param>
    public void Ended(string result) => _changes.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <param name="state">approved, denied or timedOut.</param>
    public void Answered(string state) => _approvals.Add(1, new KeyValuePair<string, object?>("state", state));
}
