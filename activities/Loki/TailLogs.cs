using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Loki;

[Activity("loki.tail_logs", "Tail logs", "Reads the lines that are new since the last time, oldest first, and where to go on; ask again with that for what comes next.")]
internal sealed class TailLogs(LokiClients clients) : IActivity<TailLogs.Input, TailLogs.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var now = LokiClient.Nanoseconds(context.Time.GetUtcNow());
        var from = input.Cursor is { } cursor ? long.Parse(cursor, System.Globalization.CultureInfo.InvariantCulture) : now - (input.SinceSeconds * 1_000_000_000L);
        // Late lines are still on their way for a moment; what is newer is left to the next time.
        var to = Math.Max(from + 1, now - (input.DelaySeconds * 1_000_000_000L));
        var lines = LogLine.Of(await client.QueryRangeAsync(input.Query, from, to, input.Limit, oldestFirst: true, cancellationToken)).OrderBy(line => line.Time).ToList();
        var next = lines.Count < input.Limit ? to : long.Parse(lines[^1].Nanoseconds, System.Globalization.CultureInfo.InvariantCulture) + 1;
        return new() { Lines = lines, Cursor = next.ToString(System.Globalization.CultureInfo.InvariantCulture) };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("LogQL.")]
        [StringLength(20_000, MinimumLength = 1)]
        [Example("{job=\"web\"} |= \"error\"")]
        public required string Query { get; init; }

        [Description("Where the last time ended.")]
        [RegularExpression("[0-9]{1,19}")]
        public string? Cursor { get; init; }

        [Description("How far back the first time looks.")]
        [Range(1, 86_400)]
        public int SinceSeconds { get; init; } = 60;

        [Description("How long late lines are waited for.")]
        [Range(0, 300)]
        public int DelaySeconds { get; init; } = 2;

        [Description("At most so many lines.")]
        [Range(1, 5000)]
        public int Limit { get; init; } = 100;
    }

    internal sealed record Output
    {
        [Description("New lines, oldest first.")]
        public required IReadOnlyList<LogLine> Lines { get; init; }

        [Description("Where to go on.")]
        public required string Cursor { get; init; }
    }
}
