using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Forecasts;

/// <param name="Id">Of metric and labels.</param>
/// <param name="Values">Evenly spaced, oldest first; what is missing is not a number.</param>
internal sealed record MetricSeries(string Id, IReadOnlyDictionary<string, string> Labels, double[] Values);

/// <summary>History from Prometheus, by the activities that read it.</summary>
internal sealed class MetricHistory(Lazy<Reading> reading)
{
    private static readonly TimeSpan Fine = TimeSpan.FromMinutes(5);

    /// <summary>Means of each hour, the last of them ending at <paramref name="until"/>.</summary>
    public Task<IReadOnlyList<MetricSeries>> HourlyAsync(ForecastDefinition metric, string connection, int days, DateTimeOffset until, ActivityContext context, CancellationToken cancellationToken) =>
        RangeAsync(metric, connection, Hourly(metric), TimeSpan.FromDays(days), TimeSpan.FromHours(1), until, context, cancellationToken);

    /// <summary>Eight days, five minutes apart: a day and what it is compared with.</summary>
    public Task<IReadOnlyList<MetricSeries>> FineAsync(ForecastDefinition metric, string connection, DateTimeOffset until, ActivityContext context, CancellationToken cancellationToken) =>
        RangeAsync(metric, connection, metric.Query, TimeSpan.FromDays(8), Fine, until, context, cancellationToken);

    /// <summary>The mean of the hour that ended then, by series id.</summary>
    public Task<IReadOnlyDictionary<string, double>> AtAsync(ForecastDefinition metric, string connection, DateTimeOffset at, ActivityContext context, CancellationToken cancellationToken) =>
        InstantAsync(metric, connection, Hourly(metric), at, context, cancellationToken);

    /// <summary>The highest of the last seconds, by series id.</summary>
    public Task<IReadOnlyDictionary<string, double>> HighestAsync(ForecastDefinition metric, string connection, int seconds, ActivityContext context, CancellationToken cancellationToken) =>
        InstantAsync(metric, connection, $"max_over_time(({metric.Query})[{seconds}s:{Math.Max(1, seconds / 20)}s])", context.Time.GetUtcNow(), context, cancellationToken);

    private async Task<IReadOnlyDictionary<string, double>> InstantAsync(
        ForecastDefinition metric, string connection, string query, DateTimeOffset at, ActivityContext context, CancellationToken cancellationToken)
    {
        var answer = await reading.Value.PerformAsync("prometheus.query_metrics", new JsonObject { ["connection"] = connection, ["query"] = query, ["at"] = at.ToString("O") }, context, cancellationToken);
        Dictionary<string, double> values = new(StringComparer.Ordinal);
        foreach (var sample in answer!["samples"]!.AsArray())
        {
            if ((double?)sample!["value"] is { } value)
                values[IdOf(metric.Name, Labels(sample["labels"]!))] = value;
        }

        return values;
    }

    public static string IdOf(string metric, IReadOnlyDictionary<string, string> labels) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{metric}\n{string.Join('\n', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))}")))[..24];

    private static string Hourly(ForecastDefinition metric) => $"avg_over_time(({metric.Query})[1h:5m])";

    private async Task<IReadOnlyList<MetricSeries>> RangeAsync(
        ForecastDefinition metric, string connection, string query, TimeSpan length, TimeSpan step, DateTimeOffset until, ActivityContext context, CancellationToken cancellationToken)
    {
        var answer = await reading.Value.PerformAsync(
            "prometheus.query_range",
            new JsonObject { ["connection"] = connection, ["query"] = query, ["minutes"] = (int)(length - step).TotalMinutes, ["stepSeconds"] = (int)step.TotalSeconds, ["until"] = until.ToString("O") },
            context, cancellationToken);
        var count = (int)(length / step);
        return [.. answer!["series"]!.AsArray().Select(series =>
        {
            var labels = Labels(series!["labels"]!);
            var values = new double[count];
            Array.Fill(values, double.NaN);
            foreach (var point in series["points"]!.AsArray())
            {
                var index = count - 1 - (int)Math.Round((until - (DateTimeOffset)point!["time"]!) / step);
                if (index >= 0 && index < count && (double?)point["value"] is { } value)
                    values[index] = value;
            }

            return new MetricSeries(IdOf(metric.Name, labels), labels, values);
        })];
    }

    private static Dictionary<string, string> Labels(JsonNode node) =>
        node.AsObject().Where(label => label.Key != "__name__").ToDictionary(label => label.Key, label => (string)label.Value!, StringComparer.Ordinal);
}
