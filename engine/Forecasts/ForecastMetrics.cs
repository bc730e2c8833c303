using System.Diagnostics.Metrics;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Forecasts;

/// <summary>Forecasts on <c>/metrics</c>. The first two and the savings keep the names that dashboards have.</summary>
internal sealed class ForecastMetrics
{
    private volatile IReadOnlyList<ForecastRow> _forecasts = [];
    private volatile IReadOnlyList<AccuracyRow> _accuracy = [];
    private double _savings;
    private long _prevented;

    public ForecastMetrics(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create(EngineMetrics.MeterName);
        meter.CreateObservableGauge("service_health_prediction", () => ByService(row => 100 * (1 - row.Probability), worst: Math.Min), description: "Expected health of a service in a day, 0 to 100.");
        meter.CreateObservableGauge("service_failure_probability_24h", () => ByService(row => row.Probability, worst: Math.Max), description: "Probability that something of a service reaches its limit within a day.");
        meter.CreateObservableGauge(
            "homelab_forecast_exhaustion", () => _forecasts.Where(row => row.ReachesAt is not null).Select(row => new Measurement<double>(
                (row.ReachesAt!.Value - time.GetUtcNow().ToUnixTimeMilliseconds()) / 1000.0, new("metric", row.Metric), new("title", row.Title))),
            "s", "Time until a limit is reached, where it is within 30 days.");
        meter.CreateObservableGauge("homelab_forecast_anomaly", () => _forecasts.Select(row => new Measurement<double>(row.Anomaly, new("metric", row.Metric), new("title", row.Title))), description: "Deviations from the same time of day on the days before.");
        meter.CreateObservableGauge(
            "homelab_forecast_value", () => _forecasts.SelectMany(row => (System.Text.Json.JsonSerializer.Deserialize<ForecastPoint[]>(row.Horizons) ?? []).Select(point => new Measurement<double>(
                point.Value, new("metric", row.Metric), new("title", row.Title), new("hours", point.Hours)))),
            description: "The expected value at 24 hours, 7 days and 30 days.");
        meter.CreateObservableGauge("homelab_forecast_error", () => Accuracy(row => row.Error), description: "Mean absolute error of checked forecasts.");
        meter.CreateObservableGauge("homelab_forecast_naive_error", () => Accuracy(row => row.NaiveError), description: "The same of \"it stays as it is\".");
        meter.CreateObservableGauge("homelab_forecast_inside", () => Accuracy(row => row.Inside), description: "Part of what came that was inside the interval; 0.8 is meant.");
        meter.CreateObservableGauge("automation_cost_savings", () => Volatile.Read(ref _savings), description: "Saved a month by changes that stand.");
        meter.CreateObservableCounter("automation_incidents_prevented", () => Volatile.Read(ref _prevented), description: "Limits that would have been reached and were not, for something was made larger before.");
    }

    public void Show(IReadOnlyList<ForecastRow> forecasts, IReadOnlyList<AccuracyRow> accuracy) => (_forecasts, _accuracy) = (forecasts, accuracy);

    public void ShowScalings(double savings, long prevented)
    {
        Volatile.Write(ref _savings, savings);
        Volatile.Write(ref _prevented, prevented);
    }

    private IEnumerable<Measurement<double>> ByService(Func<ForecastRow, double> value, Func<double, double, double> worst) => _forecasts.Where(row => row.LimitValue is not null)
        .GroupBy(row => row.Service, StringComparer.Ordinal).Select(group => new Measurement<double>(group.Select(value).Aggregate(worst), new KeyValuePair<string, object?>("service", group.Key)));

    private IEnumerable<Measurement<double>> Accuracy(Func<AccuracyRow, double> value) =>
        _accuracy.Select(row => new Measurement<double>(value(row), new("metric", row.Metric), new("hours", row.HorizonHours)));
}
