using System.Diagnostics.Metrics;
using Homelab.Activities.Model;

namespace Homelab.Engine.Operations;

/// <summary>What models use, on <c>/metrics</c>.</summary>
internal sealed class ModelMetrics
{
    public ModelMetrics(IMeterFactory meters, ModelUsage usage, TimeProvider time)
    {
        var meter = meters.Create(EngineMetrics.MeterName);
        meter.CreateObservableGauge("homelab_model_tokens_24h", () => usage.LastDay(time.GetUtcNow()).Select(used => new Measurement<long>(used.Tokens, new KeyValuePair<string, object?>("connection", used.Connection))), description: "Tokens used in the last 24 hours.");
        meter.CreateObservableGauge("homelab_model_cost_24h", () => usage.LastDay(time.GetUtcNow()).Select(used => new Measurement<double>(used.Cost, new KeyValuePair<string, object?>("connection", used.Connection))), description: "What models cost in the last 24 hours, in the currency of the prices that are set.");
    }
}
