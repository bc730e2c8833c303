using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Incidents;

/// <summary>Something that is wrong although no alert says so.</summary>
internal sealed record Finding(string Kind, string Summary, string Severity, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>As an alert, so that it goes the way of all alerts.</summary>
    public Alert ToAlert(string seenBy, bool firing) => new()
    {
        Firing = firing,
        Labels = new Dictionary<string, string>(Labels) { ["alertname"] = "Observed", [Classifier.KindLabel] = Kind, [Observation.SeenBy] = seenBy, ["severity"] = Severity },
        Annotations = new Dictionary<string, string> { ["summary"] = Summary },
    };
}

/// <summary>One look at one connection of a tool, by activities that only read.</summary>
/// <param name="Tool">As in <c>Activities:TOOL:NAME</c>; every connection of it is looked at.</param>
/// <param name="LookAsync">Finds what is wrong; numbers that it compares with the next time go into the memory.</param>
internal sealed record Observation(string Name, string Tool, Func<Look, CancellationToken, Task<IReadOnlyList<Finding>>> LookAsync)
{
    public const string SeenBy = "seen_by";

    /// <summary>A container or guest with this label or tag is left alone.</summary>
    private const string LeaveAlone = "homelab.observe";

    public static IReadOnlyList<Observation> All { get; } =
    [
        new("containers", "Docker", ContainersAsync),
        new("disks", "Ssh", DisksAsync),
        new("guests", "Proxmox", GuestsAsync),
        new("memory", "Ssh", MemoryAsync),
        new("units", "Ssh", UnitsAsync),
    ];

    private static async Task<IReadOnlyList<Finding>> ContainersAsync(Look look, CancellationToken cancellationToken)
    {
        List<Finding> found = [];
        foreach (var container in Items(await look.ReadAsync("docker.list_containers", [], cancellationToken), "containers").Where(container => (string?)container["labels"]?[LeaveAlone] != "false"))
        {
            var (name, state) = ((string?)container["name"] ?? "", (string?)container["state"] ?? "");
            if (state is not ("running" or "restarting" or "exited" or "dead") || name.Length == 0)
                continue;
            var detail = await look.ReadAsync("docker.inspect_container", new JsonObject { ["container"] = name }, cancellationToken);
            var restarts = (long?)detail?["restarts"] ?? 0;
            var more = restarts - look.Remember($"restarts/{name}", restarts);
            var (kind, words) = (state, (string?)detail?["health"], (string?)detail?["restartPolicy"]) switch
            {
                ("restarting", _, _) => ("restart_loop", $"{name} is restarting, {restarts} times by now"),
                // In a loop the state can read running: the number tells.
                ("running", _, _) when more >= 2 => ("restart_loop", $"{name} restarted {more} times since the last look"),
                ("running", "unhealthy", _) => ("container_unhealthy", $"{name} is unhealthy"),
                // What a person stopped has no policy that would start it, or ended well.
                ("exited" or "dead", _, "always" or "unless-stopped" or "on-failure") when (int?)detail?["exitCode"] is not 0 => ("container_down", $"{name} is {state} with exit code {detail?["exitCode"]}{((bool?)detail?["outOfMemory"] == true ? ", ended for memory" : "")}"),
                _ => ("", ""),
            };
            if (kind.Length > 0)
                found.Add(new Finding(kind, words, kind == "container_unhealthy" ? "warning" : "critical", new Dictionary<string, string> { ["container"] = name, ["service"] = name, [Classifier.TargetLabel] = $"docker:{look.Connection}/container/{name}" }));
        }

        return found;
    }

    private static async Task<IReadOnlyList<Finding>> DisksAsync(Look look, CancellationToken cancellationToken) =>
    [
        .. Items(await look.ReadAsync("linux.get_disk_usage", [], cancellationToken), "fileSystems")
            .Select(disk => (Mount: (string?)disk["mountedOn"] ?? "", Used: Math.Max((double?)disk["usedPercent"] ?? 0, (double?)disk["inodesUsedPercent"] ?? 0), Type: (string?)disk["type"]))
            .Where(disk => disk.Used >= look.Limits.DiskWarning && disk.Type is not ("iso9660" or "overlay"))
            .Select(disk => new Finding(
                "disk_filling", string.Create(CultureInfo.InvariantCulture, $"{disk.Mount} of {look.Connection} is {disk.Used:0.#} % full"), disk.Used >= look.Limits.DiskCritical ? "critical" : "warning",
                Machine(look, ("mountpoint", disk.Mount)))),
    ];

    private static async Task<IReadOnlyList<Finding>> MemoryAsync(Look look, CancellationToken cancellationToken)
    {
        var used = (double?)(await look.ReadAsync("linux.get_memory", [], cancellationToken))?["usedPercent"] ?? 0;
        return used < look.Limits.MemoryWarning
            ? []
            : [new Finding("high_memory", string.Create(CultureInfo.InvariantCulture, $"{look.Connection} uses {used:0.#} % of its memory"), "warning", Machine(look))];
    }

    private static async Task<IReadOnlyList<Finding>> UnitsAsync(Look look, CancellationToken cancellationToken) =>
    [
        .. Items(await look.ReadAsync("systemd.list_units", new JsonObject { ["state"] = "failed" }, cancellationToken), "units")
            .Select(unit => (string?)unit["name"] ?? "").Where(name => name.Length > 0)
            .Select(name => new Finding("service_down", $"{name} on {look.Connection} has failed", "warning", new Dictionary<string, string>
            {
                ["unit"] = name, ["service"] = name, ["host"] = look.Connection, [Classifier.TargetLabel] = $"systemd:{look.Connection}/service/{name}",
            })),
    ];

    private static async Task<IReadOnlyList<Finding>> GuestsAsync(Look look, CancellationToken cancellationToken)
    {
        List<Finding> found = [];
        foreach (var guest in Items(await look.ReadAsync("proxmox.list_guests", [], cancellationToken), "guests"))
        {
            if ((string?)guest["status"] != "stopped" || (bool?)guest["template"] == true || (guest["tags"] as JsonArray ?? []).Any(tag => (string?)tag == $"{LeaveAlone}-not"))
                continue;
            var (id, name) = ((int)guest["vmid"]!, (string?)guest["name"] ?? "");
            // What is to start with the machine is meant to run.
            var detail = await look.ReadAsync("proxmox.get_guest", new JsonObject { ["guest"] = id.ToString(CultureInfo.InvariantCulture) }, cancellationToken);
            if ((string?)detail?["configuration"]?["onboot"] == "1" && detail["lock"] is null)
                found.Add(new Finding("guest_down", $"{name} ({id}) is stopped and is to start with {guest["node"]}", "critical", new Dictionary<string, string> { ["guest"] = name, ["service"] = name, ["host"] = (string?)guest["node"] ?? "", [Classifier.TargetLabel] = $"proxmox:{look.Connection}/guest/{id}" }));
        }

        return found;
    }

    private static Dictionary<string, string> Machine(Look look, params (string Label, string Value)[] more)
    {
        Dictionary<string, string> labels = new() { ["service"] = look.Connection, ["host"] = look.Connection, [Classifier.TargetLabel] = $"ssh:{look.Connection}/host/{look.Connection}" };
        foreach (var (label, value) in more)
            labels[label] = value;
        return labels;
    }

    private static IEnumerable<JsonObject> Items(JsonNode? answer, string name) => (answer?[name] as JsonArray ?? []).OfType<JsonObject>();
}

/// <summary>What a look may use: reads by its connection, and what was remembered of the last time.</summary>
internal sealed class Look(string connection, Reading reading, ObservationLimits limits, IReadOnlyDictionary<string, long> before, Dictionary<string, long> memory, string key)
{
    public string Connection => connection;

    public ObservationLimits Limits => limits;

    public Task<JsonNode?> ReadAsync(string activity, JsonObject input, CancellationToken cancellationToken)
    {
        input["connection"] = connection;
        return reading.PerformAsync(activity, input, cancellationToken);
    }

    /// <summary>Keeps a number for the next look and answers that of the last one; the same number where there was none.</summary>
    public long Remember(string name, long value)
    {
        memory[$"{key}/{name}"] = value;
        return before.GetValueOrDefault($"{key}/{name}", value);
    }
}

/// <summary>From when on a number is a finding, in percent.</summary>
internal sealed record ObservationLimits(double DiskWarning = 90, double DiskCritical = 95, double MemoryWarning = 95);
