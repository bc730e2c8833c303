using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Loki;

[Activity("loki.query_logs", "Query logs", "Evaluates a LogQL expression at one moment: the values of a metric query, or the last lines of the hour.")]
internal sealed class QueryLogs(LokiClients clients) : IActivity<QueryLogs.Input, QueryLogs.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var result = await client.QueryOnceAsync(input.Query, input.At, input.Limit, cancellationToken);
        return result.ResultType switch
        {
            "streams" => new() { Lines = LogLine.Of(result), Samples = [] },
            "vector" => new()
            {
                Lines = [],
                Samples = [.. result.Content.EnumerateArray().Select(series => new Sample(
                    series.GetProperty("metric").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString() ?? ""), LogLine.Number(series.GetProperty("value"))))],
            },
            _ => throw new ActivityException($"The query answers a {result.ResultType}, which is not known.", retryable: false),
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("LogQL.")]
        [StringLength(20_000, MinimumLength = 1)]
        [Example("{job=\"web\"} |= \"error\"")]
        public required string Query { get; init; }

        [Description("Moment to evaluate at; now when empty.")]
        public DateTimeOffset? At { get; init; }

        [Description("At most so many lines.")]
        [Range(1, 5000)]
        public int Limit { get; init; } = 100;
    }

    internal sealed record Output
    {
        [Description("One a series, of a metric query.")]
        public required IReadOnlyList<Sample> Samples { get; init; }

        [Description("Lines, of a log query.")]
        public required IReadOnlyList<LogLine> Lines { get; init; }
    }

    internal sealed record Sample(IReadOnlyDictionary<string, string> Labels, double? Value);
}
