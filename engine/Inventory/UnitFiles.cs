using System.Text.Json.Nodes;

namespace Homelab.Engine.Inventory;

/// <summary>Units that should run by their own files and do not: enabled, of a kind that stays, and down.</summary>
internal static class UnitFiles
{
    private const int Most = 50;

    public static async Task<IReadOnlyList<DeclaredDrift>> DriftAsync(Func<string, JsonObject, Task<JsonObject>> ask, string connection, string source, JsonArray units)
    {
        List<DeclaredDrift> found = [];
        foreach (var unit in units.Where(unit => (string)unit!["loaded"]! == "loaded" && (string)unit["active"]! == "inactive").Take(Most))
        {
            var name = (string)unit!["name"]!;
            var state = await ask("systemd.get_unit", new() { ["connection"] = connection, ["unit"] = name });
            var one = state["unit"] as JsonObject ?? state;

            // A unit that ended well and is run by a timer, or once a start, is meant to be down.
            if ((string?)one["enabled"] == "enabled" && (long?)one["mainPid"] is null or 0 && (string?)one["invocation"] is { Length: > 0 } && (string?)one["sub"] == "dead" && (string?)one["enabled"] == "enabled")
                found.Add(new($"systemd:{connection}/service/{name}", name, "state", "enabled, so running", "inactive", true, source));
        }

        return found;
    }
}
