using System.Diagnostics.Metrics;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Incidents;

/// <summary>What is counted of incidents. Names are those on <c>/metrics</c>, for ever: dashboards hold them.</summary>
internal sealed class IncidentMetrics
{
    private static readonly InstrumentAdvice<double> Durations = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400] };

    private readonly Counter<long> _alerts;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _ended;
    private readonly Histogram<double> _detected;
    private readonly Histogram<double> _resolved;

    public IncidentMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(EngineMetrics.MeterName);
        _alerts = meter.CreateCounter<long>("homelab_alerts", description: "Alerts delivered, by source and what became of them.");
        _opened = meter.CreateCounter<long>("homelab_incidents_opened", description: "Incidents opened, by kind and severity; an incident that came back counts again.");
        _ended = meter.CreateCounter<long>("homelab_incidents_ended", description: "Incidents resolved or closed, by kind and thanks to whom.");
        _detected = meter.CreateHistogram("homelab_incident_detection", "s", "From an incident's beginning, as its alert says, to when the product heard of it.", advice: Durations);
        _resolved = meter.CreateHistogram("homelab_incident_resolution", "s", "From an incident's beginning, as its alert says, to its end.", advice: Durations);
    }

    /// <param name="result">opened, joined, repeated, reopened, ended or ignored.</param>
    public void Alert(string source, string result, long count = 1) => _alerts.Add(count, new("source", source), new("result", result));

    public void Opened(Incident incident)
    {
        _opened.Add(1, new("kind", incident.Kind), new("severity", IncidentJson.Name(incident.Severity)));
        if (incident.Openings == 1)
            _detected.Record(Math.Max(0, (incident.DetectedAt - incident.StartedAt).TotalSeconds), new KeyValuePair<string, object?>("kind", incident.Kind));
    }

    public void Ended(Incident incident)
    {
        _ended.Add(1, new("kind", incident.Kind), new("resolution", incident.Resolution));
        if (incident.Resolution is not "merged" && incident.ResolvedAt is { } at)
            _resolved.Record(Math.Max(0, (at - incident.StartedAt).TotalSeconds), new("kind", incident.Kind), new("resolution", incident.Resolution));
    }
}
