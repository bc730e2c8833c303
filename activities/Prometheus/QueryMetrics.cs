using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.Prometheus;

[Activity("prometheus.query_metrics", "Query metrics", "Evaluates a PromQL expression at one moment.")]
internal sealed class QueryMetrics(PrometheusClients clients) : IActivity<QueryMetrics.Input, QueryMetrics.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var data = await client.QueryAsync(input.Query, input.At, cancellationToken);
        return data.ResultType switch
        {
            "vector" => Of([.. data.Result.EnumerateArray().Select(series => new Sample(Series.Labels(series), Series.Value(series.GetProperty("value"))))]),
            "scalar" => Of([new Sample(new Dictionary<string, string>(), Series.Value(data.Result))]),
            _ => throw new ActivityException($"The expression answers a {data.ResultType}, not one value a series; use prometheus.query_range.", retryable: false),
        };
    }

    private static Output Of(IReadOnlyList<Sample> samples) => new() { Samples = samples, Value = samples.Count > 0 ? samples[0].Value : null };

    internal sealed record Input : ConnectedInput
    {
        [Description("PromQL expression.")]
        [StringLength(20_000, MinimumLength = 1)]
        [Editor("code:promql")]
        [Example("up")]
        public required string Query { get; init; }

        [Description("Moment to evaluate at; now when empty.")]
        public DateTimeOffset? At { get; init; }
    }

    internal sealed record Output
    {
        [Description("Value of the first sample; empty when there is none or it is not a number.")]
        public double? Value { get; init; }

        [Description("One sample a series.")]
        public required IReadOnlyList<Sample> Samples { get; init; }
    }

    internal sealed record Sample(IReadOnlyDictionary<string, string> Labels, double? Value);
}

internal static class Series
{
    public static IReadOnlyDictionary<string, string> Labels(System.Text.Json.JsonElement series) =>
        series.GetProperty("metric").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);

    /// <summary>The value of [time, "text"]; null for NaN and infinities, which JSON cannot hold.</summary>
    public static double? Value(System.Text.Json.JsonElement pair) =>
        double.TryParse(pair[1].GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
}
