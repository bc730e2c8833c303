using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Prometheus;

[Activity("prometheus.query_range", "Query metrics over time", "Evaluates a PromQL expression in steps over the last minutes.", TimeoutSeconds = 60)]
internal sealed class QueryRange(PrometheusClients clients) : IActivity<QueryRange.Input, QueryRange.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var to = input.Until ?? context.Time.GetUtcNow();
        var data = await client.QueryRangeAsync(input.Query, to.AddMinutes(-input.Minutes), to, TimeSpan.FromSeconds(input.StepSeconds), cancellationToken);
        return new()
        {
            Series = [.. data.Result.EnumerateArray().Select(series => new Line(
                Prometheus.Series.Labels(series),
                [.. series.GetProperty("values").EnumerateArray().Select(pair => new Point(
                    DateTimeOffset.UnixEpoch.AddSeconds(pair[0].GetDouble()), Prometheus.Series.Value(pair)))]))],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("PromQL expression.")]
        [StringLength(20_000, MinimumLength = 1)]
        [Editor("code:promql")]
        [Example("up")]
        public required string Query { get; init; }

        [Description("Length of the time looked at.")]
        [Range(1, 525_600)]
        public int Minutes { get; init; } = 60;

        [Description("Seconds between points.")]
        [Range(1, 86_400)]
        public int StepSeconds { get; init; } = 60;

        [Description("End of the time looked at; now when empty.")]
        public DateTimeOffset? Until { get; init; }
    }

    internal sealed record Output
    {
        [Description("One line a series.")]
        public required IReadOnlyList<Line> Series { get; init; }
    }

    internal sealed record Line(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<Point> Points);

    internal sealed record Point(DateTimeOffset Time, double? Value);
}
