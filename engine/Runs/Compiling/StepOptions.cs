using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Runs.Compiling;

/// <summary>What an activity's custom properties say about how it is performed and what of it is written down.</summary>
internal static class StepOptions
{
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

        return source.CustomProperties.TryGetValue("resilienceStrategy", out var strategy) && strategy.ValueKind == JsonValueKind.Object && Text(strategy, "strategyId") is { Length: > 0 }
            ? new RetryPolicy(4, TimeSpan.FromSeconds(1), RetryBackoff.Exponential, true)
            : null;
    }

    public static TimeSpan? Timeout(ActivityNode source) => source.CustomProperties.TryGetValue("timeout", out var timeout)
        ? timeout.ValueKind == JsonValueKind.Number ? TimeSpan.FromSeconds(timeout.GetDouble()) : TimeSpan.TryParse(timeout.ToString(), CultureInfo.InvariantCulture, out var span) ? span : null
        : null;

    /// <summary>logPersistenceMode and logPersistenceConfig: {default, inputs{}, outputs{}} with Include, Exclude or Inherit, which is what the workflow says, and then Include.</summary>
    public static LogPersistence Log(ActivityNode source, WorkflowDefinition definition)
    {
        var inherited = Config(definition.CustomProperties) is not { } outer || Default(outer) != false;
        if (Config(source.CustomProperties) is not { } config)
            return inherited ? LogPersistence.All : LogPersistence.Nothing;
        var fallback = Default(config) ?? inherited;
        return new LogPersistence(fallback, fallback, Modes(config, "inputs"), Modes(config, "outputs"));
    }

    private static JsonElement? Config(ImmutableDictionary<string, JsonElement> properties) =>
        properties.TryGetValue("logPersistenceConfig", out var value) && value.ValueKind == JsonValueKind.Object ? value
        : properties.TryGetValue("logPersistenceMode", out value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static bool? Default(JsonElement config) => Fields.TryGet(config, "default", out var mode) ? Includes(mode) : null;

    private static Dictionary<string, bool> Modes(JsonElement config, string name)
    {
        var result = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        if (Fields.TryGet(config, name, out var modes) && modes.ValueKind == JsonValueKind.Object)
            foreach (var mode in modes.EnumerateObject())
                if (Includes(mode.Value) is { } includes)
                    result[mode.Name] = includes;
        return result;
    }

    private static bool? Includes(JsonElement mode)
    {
        var text = mode.ValueKind == JsonValueKind.Object ? Text(mode, "strategyType") ?? "" : mode.ToString();
        return text.Contains("Exclude", StringComparison.OrdinalIgnoreCase) ? false : text.Contains("Include", StringComparison.OrdinalIgnoreCase) ? true : null;
    }

    private static string? Text(JsonElement json, string name) => Fields.TryGet(json, name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement json, string name) => Fields.TryGet(json, name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static TimeSpan? Span(JsonElement json, string name) => !Fields.TryGet(json, name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number ? TimeSpan.FromSeconds(value.GetDouble()) : TimeSpan.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var span) ? span : null;
}
