using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Activities.Model;

namespace Homelab.Engine.Inventory;

/// <summary>What systemd's unit files say, and whether the machine is so.</summary>
internal static class UnitFiles
{
    private const int Most = 50;

    /// <summary>Units that should run by their own files and do not: enabled, of a kind that stays, and down.</summary>
    public static async Task<IReadOnlyList<DeclaredDrift>> DownAsync(Func<string, JsonObject, Task<JsonObject>> ask, string connection, string source, JsonArray units)
    {
        List<DeclaredDrift> found = [];
        foreach (var unit in units.Where(unit => (string)unit!["loaded"]! == "loaded" && (string)unit["active"]! == "inactive").Take(Most))
        {
            var name = (string)unit!["name"]!;
            var state = await ask("systemd.get_unit", new() { ["connection"] = connection, ["unit"] = name });

            // What runs once and ends is meant to be down, and so is what never ran since the machine started (a condition did not hold).
            if ((string?)state["enabled"] == "enabled" && (string?)state["sub"] == "dead" && (string?)state["type"] != "oneshot" && (string?)state["invocation"] is { Length: > 0 })
                found.Add(new(IdOf(connection, name), name, "state", "enabled, so running", "inactive", true, source));
        }

        return found;
    }

    /// <summary>A unit file as it is kept, against the one that systemd reads on the machine, and against what it has read.</summary>
    /// <param name="kept">Ssh connection of the machine with <paramref name="path"/>.</param>
    /// <exception cref="ActivityException">One of the two cannot be read.</exception>
    public static async Task<IReadOnlyList<DeclaredDrift>> CompareAsync(
        Func<string, JsonObject, Task<JsonObject>> ask, string connection, string kept, string path, string source, TextMask mask)
    {
        var (unit, dropIn) = Named(path);
        var field = dropIn is null ? "unit file" : $"drop-in {Path.GetFileName(dropIn)}";
        var state = await ask("systemd.get_unit", new() { ["connection"] = connection, ["unit"] = unit });
        if ((string?)state["loaded"] == "not-found")
            return [new(IdOf(connection, unit), unit, field, path, "no such unit", false, source)];
        var file = dropIn is null ? (string?)state["file"] ?? "" : $"/etc/systemd/system/{dropIn}";
        if (file.Length == 0)
            return [new(IdOf(connection, unit), unit, field, path, $"the unit is {(string?)state["loaded"]} and has no file", false, source)];
        var difference = LineDifference.Of(await TextAsync(connection, file), await TextAsync(kept, path));
        List<DeclaredDrift> found = [];
        if (difference.Length > 0)
        {
            // A unit can hold passwords in its environment.
            found.Add(new(IdOf(connection, unit), unit, field, path, $"{file} differs", false, source) { Difference = $"--- {file}\n+++ {path}\n{mask.Apply(difference)}" });
        }

        if ((bool?)state["needsReload"] == true)
            found.Add(new(IdOf(connection, unit), unit, "loaded file", "as it is on the disk", "older; systemctl daemon-reload reads it", true, source));
        return found;

        async Task<string> TextAsync(string machine, string at) =>
            (string?)(await ask("ssh.download_file", new() { ["connection"] = machine, ["path"] = at }))["text"] ?? throw new ActivityException($"{at} is no text.", retryable: false);
    }

    private static (string Unit, string? DropIn) Named(string path)
    {
        var parts = path.Split('/');
        return parts is [.., var folder, var file] && folder.EndsWith(".d", StringComparison.Ordinal) ? (folder[..^2], $"{folder}/{file}") : (parts[^1], null);
    }

    private static string IdOf(string connection, string unit) => $"systemd:{connection}/service/{unit}";
}
