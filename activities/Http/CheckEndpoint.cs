using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Http;

[Activity(
    "http.check_endpoint", "Check HTTP endpoint",
    "Asks an address and says whether the answer is as it should be: status, content, latency. A failed check is an answer, not an error.",
    TimeoutSeconds = 60)]
internal sealed class CheckEndpoint(HttpSender sender) : IActivity<CheckEndpoint.Input, CheckEndpoint.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var request = new SendHttpRequestInput { Url = input.Url, RequestHeaders = input.Headers, TimeoutSeconds = input.TimeoutSeconds };
        var started = context.Time.GetTimestamp();
        var exchange = await HttpRequestActivity.ExecuteAsync(sender, request, context, cancellationToken);
        var latency = context.Time.GetElapsedTime(started).TotalMilliseconds;
        List<string> failed = [];
        if (exchange.Failure is not null)
            failed.Add(exchange.FailureMessage!);
        else
            failed.AddRange(Assert(input, exchange, latency));
        return new() { Up = failed.Count == 0, StatusCode = exchange.StatusCode, LatencyMilliseconds = Math.Round(latency, 1), Failed = failed };
    }

    private static IEnumerable<string> Assert(Input input, HttpExchange exchange, double latency)
    {
        var content = exchange.ParsedContent is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>()
            : exchange.ParsedContent?.ToJsonString() ?? "";
        if (input.ExpectedStatus is { } expected ? exchange.StatusCode != expected : exchange.StatusCode is < 200 or >= 300)
            yield return $"status is {exchange.StatusCode}, expected {input.ExpectedStatus?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "2xx"}";
        if (input.Contains is { Length: > 0 } wanted && !content.Contains(wanted, StringComparison.Ordinal))
            yield return $"content does not hold '{wanted}'";
        if (input.NotContains is { Length: > 0 } unwanted && content.Contains(unwanted, StringComparison.Ordinal))
            yield return $"content holds '{unwanted}'";
        if (input.MaxLatencyMilliseconds is { } limit && latency > limit)
            yield return $"took {latency:0} ms, at most {limit} ms are allowed";
    }

    internal sealed record Input
    {
        [Description("Absolute address to ask.")]
        [StringLength(8000, MinimumLength = 1)]
        [Example("https://service.lan/health")]
        public required string Url { get; init; }

        [Description("Headers to send: name to value.")]
        public JsonObject? Headers { get; init; }

        [Description("The status it must answer; any 2xx when empty.")]
        [Range(100, 599)]
        public int? ExpectedStatus { get; init; }

        [Description("Text that the answer must hold.")]
        public string? Contains { get; init; }

        [Description("Text that the answer must not hold.")]
        public string? NotContains { get; init; }

        [Description("Slower than this is a failure.")]
        [Range(1, 600_000)]
        public int? MaxLatencyMilliseconds { get; init; }

        [Description("Seconds until the check counts as timed out.")]
        [Range(1, 300)]
        public int TimeoutSeconds { get; init; } = 10;
    }

    internal sealed record Output
    {
        [Description("Everything was as it should be.")]
        public required bool Up { get; init; }

        [Description("Status code; null when no answer came.")]
        public int? StatusCode { get; init; }

        [Description("From the first byte sent to the last one read.")]
        public required double LatencyMilliseconds { get; init; }

        [Description("What was not as it should be; empty when up.")]
        public required IReadOnlyList<string> Failed { get; init; }
    }
}
