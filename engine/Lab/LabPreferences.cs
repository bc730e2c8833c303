using System.Text.Json.Nodes;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab;

/// <summary>The preferences that a household with this homelab would have written.</summary>
internal static class LabPreferences
{
    /// <summary>
    /// Where it is two in the night now: what is shown first must not depend on the hour at which it is looked at, and by day more is asked. Falls back to UTC on a machine without
    /// the names of time zones.
    /// </summary>
    public static JsonObject AtNight(DateTimeOffset now)
    {
        var ahead = (2 - now.UtcDateTime.Hour + 36) % 24 - 12;
        // The sign in these names is the other way round.
        var zone = ahead == 0 ? "Etc/UTC" : $"Etc/GMT{-ahead:+0;-0}";
        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? new() { ["timeZone"] = zone } : [];
    }

    /// <param name="autonomy">conservative, moderate or aggressive.</param>
    /// <param name="overrides">Laid over it, field by field.</param>
    public static JsonObject Of(World.Homelab homelab, string autonomy, JsonObject? overrides = null)
    {
        var preferences = new JsonObject
        {
            ["autonomy"] = autonomy,
            ["actionsPerDay"] = 100,
            ["actionsPerTarget"] = 20,
            ["criticalServices"] = new JsonArray("vaultwarden", "dns"),
            ["dependencies"] = new JsonObject(StandardHomelab.Dependencies(homelab).Select(entry => KeyValuePair.Create<string, JsonNode?>(
                entry.Key, new JsonArray([.. entry.Value.Select(parent => JsonValue.Create(parent))])))),
        };
        foreach (var (name, value) in overrides ?? [])
            preferences[name] = value?.DeepClone();
        return preferences;
    }
}
