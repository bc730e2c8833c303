using System.Text.Json.Nodes;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>What Studio offers as a step's resilience strategy: what the interpreter makes of any strategy's name. Finer settings are the step's own <c>retry</c> property.</summary>
internal static class ResilienceStrategies
{
    public static IReadOnlyList<JsonObject> All =>
    [
        new() { ["$type"] = "HttpResilienceStrategy", ["id"] = "standard", ["displayName"] = "Standard: three retries, doubling from a second", ["maxRetryAttempts"] = 3, ["useJitter"] = true, ["delay"] = "00:00:01", ["backoffType"] = "Exponential" },
    ];
}
