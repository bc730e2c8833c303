using System.Text.Json.Nodes;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab;

/// <summary>The preferences that a household with this homelab would have written.</summary>
internal static class LabPreferences
{
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
