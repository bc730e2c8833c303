using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Runs.Compiling;

/// <summary>What an activity's custom properties say about how it is performed.</summary>
internal static class StepOptions
{
    private static readonly RetryPolicy Standard = new(4, TimeSpan.FromSeconds(1), RetryBackoff.Exponential, true);

    /// <summary><c>retry {maxAttempts, delay, backoff, jitter}</c>; a resilience strategy of Elsa's by name means its defaults: three retries, a second, doubling, with jitter.</summary>
    public static RetryPolicy? Retry(ActivityNode source)
    {
        if (source.CustomProperties.TryGetValue("retry", out var retry) && retry.ValueKind == JsonValueKind.Object)
        {
            var attempts = Number(retry, "maxAttempts") ?? 3;
            return attempts < 2
                ? null
                : new RetryPolicy(
                    Math.Min(attempts, 100),
                    Span(retry, "delay") ?? TimeSpan.FromSeconds(1),
                    Enum.TryParse<RetryBackoff>(Text(retry, "backoff"), true, out var backoff) ? backoff : RetryBackoff.Exponential,
                    !Fields.TryGet(retry, "jitter", out var jitter) || jitter.ValueKind != JsonValueKind.False);
        }

        return source.ResilienceExpression is null && source.CustomProperties.TryGetValue("resilienceStrategy", out var strategy) && strategy.ValueKind == JsonValueKind.Object && Text(strategy, "strategyId") is { Length: > 0 }
            ? Standard
            : null;
    }

    /// <summary>What the expression of a resilience strategy gave: the name of one, or one itself, {maxRetryAttempts, delay, backoffType, useJitter}; null for nothing.</summary>
    public static RetryPolicy? Given(JsonNode? strategy) => strategy switch
    {
        JsonObject => JsonSerializer.SerializeToElement(strategy) is var given && (Number(given, "maxRetryAttempts") ?? Standard.MaxAttempts - 1) is > 0 and var retries
            ? new RetryPolicy(
                Math.Min(retries, 99) + 1,
                Span(given, "delay") ?? Standard.Delay,
                Enum.TryParse<RetryBackoff>(Text(given, "backoffType"), true, out var backoff) ? backoff : Standard.Backoff,
                !Fields.TryGet(given, "useJitter", out var jitter) || jitter.ValueKind != JsonValueKind.False)
            : null,
        null => null,
        _ => strategy.ToString().Length > 0 ? Standard : null,
    };

    public static TimeSpan? Timeout(ActivityNode source) => source.CustomProperties.TryGetValue("timeout", out var timeout)
        ? timeout.ValueKind == JsonValueKind.Number ? TimeSpan.FromSeconds(timeout.GetDouble()) : TimeSpan.TryParse(timeout.ToString(), CultureInfo.InvariantCulture, out var span) ? span : null
        : null;

    private static string? Text(JsonElement json, string name) => Fields.TryGet(json, name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement json, string name) => Fields.TryGet(json, name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static TimeSpan? Span(JsonElement json, string name) => !Fields.TryGet(json, name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number ? TimeSpan.FromSeconds(value.GetDouble()) : TimeSpan.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var span) ? span : null;
}
