using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Loki;

[Activity("loki.query_range", "Query logs over time", "Reads the lines of the last minutes that a LogQL query finds, newest first.")]
internal sealed class QueryRange(LokiClients clients) : IActivity<QueryRange.Input, QueryRange.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var to = input.Until ?? context.Time.GetUtcNow();
        var lines = LogLine.Of(await client.QueryRangeAsync(
            input.Query, LokiClient.Nanoseconds(to.AddMinutes(-input.Minutes)), LokiClient.Nanoseconds(to), input.Limit, oldestFirst: false, cancellationToken));
        return new() { Lines = [.. lines.OrderByDescending(line => line.Time)], Cut = lines.Count >= input.Limit };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("LogQL.")]
        [StringLength(20_000, MinimumLength = 1)]
        [Example("{job=\"web\"} |= \"error\"")]
        public required string Query { get; init; }

        [Description("Length of the time looked at.")]
        [Range(1, 525_600)]
        public int Minutes { get; init; } = 60;

        [Description("End of the time looked at; now when empty.")]
        public DateTimeOffset? Until { get; init; }

        [Description("At most so many lines.")]
        [Range(1, 5000)]
        public int Limit { get; init; } = 100;
    }

    internal sealed record Output
    {
        [Description("Lines, newest first.")]
        public required IReadOnlyList<LogLine> Lines { get; init; }

        [Description("There may be more.")]
        public required bool Cut { get; init; }
    }
}
