using System.Globalization;
using System.Text.Json;

namespace Homelab.Activities.Loki;

internal sealed record LogLine(DateTimeOffset Time, string Line, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>As Loki says it; two lines can have the same.</summary>
    public required string Nanoseconds { get; init; }

    public static IReadOnlyList<LogLine> Of(LokiClient.Result result) => result.ResultType != "streams"
        ? throw new ActivityException($"The query answers a {result.ResultType}, not log lines; use loki.query_logs.", retryable: false)
        :
        [
            .. result.Content.EnumerateArray().SelectMany(stream =>
            {
                var labels = stream.GetProperty("stream").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString() ?? "");
                return stream.GetProperty("values").EnumerateArray().Select(value => At(value[0].GetString()!, value[1].GetString() ?? "", labels));
            }),
        ];

    public static double? Number(JsonElement pair) =>
        double.TryParse(pair[1].GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    private static LogLine At(string nanoseconds, string line, IReadOnlyDictionary<string, string> labels) =>
        new(DateTimeOffset.UnixEpoch.AddTicks(long.Parse(nanoseconds, CultureInfo.InvariantCulture) / 100), line, labels) { Nanoseconds = nanoseconds };
}
