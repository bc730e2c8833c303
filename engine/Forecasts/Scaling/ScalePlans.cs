using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Forecasts;

/// <summary>The plan that changes the size of a thing: its exact step, and how it is seen that it helped. Pure.</summary>
internal static class ScalePlans
{
    public const string RootDisk = "rootfs";

    /// <summary>What a thing that was made smaller may use of its limit.</summary>
    private const double StillFits = 90;

    /// <param name="below">Percent of its limit that it may use afterwards.</param>
    /// <param name="withinSeconds">Until when.</param>
    public static PlanRequest Plan(ScaleTarget target, ScalingRow scaling, double below, int withinSeconds) => new()
    {
        Title = $"{(scaling.Kind == "raise" ? "Raise" : "Lower")} {target.Resource} of {Name(target)} from {Text(target.Resource, scaling.FromValue)} to {Text(target.Resource, scaling.ToValue)}",
        Incident = $"scaling_{scaling.Kind}",
        Cause = scaling.ForecastId,
        Steps = [Step(target, scaling.ToValue)],
        CanWait = true,
        Verify = new PlanVerification
        {
            Activity = "forecasts.read_scaled",
            Input = new() { ["forecast"] = scaling.ForecastId, ["target"] = scaling.Target, ["resource"] = target.Resource, ["seconds"] = Math.Max(1, withinSeconds / 4) },
            Expression = string.Create(CultureInfo.InvariantCulture, $"size >= {0.999 * scaling.ToValue:0.####} and size <= {1.001 * scaling.ToValue:0.####} and usedPercent <= {below:0.##}"),
            // What a smaller thing used before says nothing of whether it is enough.
            AfterSeconds = scaling.Kind == "lower" ? Math.Max(1, withinSeconds / 4) : 0,
            EverySeconds = Math.Clamp(withinSeconds / 30, 1, 30),
            WithinSeconds = withinSeconds,
        },

        // Nothing makes a disk smaller again.
        Leave = target.Resource == "disk",
    };

    /// <summary>What it may use after it was made larger or smaller, in percent of the limit.</summary>
    public static double Below(ScalingRow scaling, double usedPercent, double targetPercent) =>
        scaling.Kind == "raise" ? Sizing.HelpedBelow(usedPercent, scaling.FromValue, scaling.ToValue, targetPercent) : Math.Max(StillFits, targetPercent);

    public static string Text(string resource, double value) => resource switch
    {
        "processors" => string.Create(CultureInfo.InvariantCulture, $"{value:0.##} processors"),
        "replicas" => string.Create(CultureInfo.InvariantCulture, $"{value:0} {(value == 1 ? "replica" : "replicas")}"),
        _ when value >= 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{value / (1 << 30):0.##} GiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value / (1 << 20):0} MiB"),
    };

    /// <summary>As people call it, and as preferences name it.</summary>
    public static string Name(ScaleTarget target) => target.Resource == "replicas" ? ServiceOf(target).Service : target.Target;

    public static (string File, string Service) ServiceOf(ScaleTarget target)
    {
        var slash = target.Target.LastIndexOf('/');
        return ($"/{target.Target[..slash]}", target.Target[(slash + 1)..]);
    }

    public static int Vmid(ScaleTarget target) => int.TryParse(target.Target.Split('/')[^1], CultureInfo.InvariantCulture, out var vmid)
        ? vmid
        : throw new ActivityException($"'{target.Target}' names no guest; it is like qemu/100.", retryable: false);

    /// <summary>A size as its tool can have it: Proxmox has whole cores.</summary>
    public static double Possible(ScaleTarget target, double size) => target is { Tool: "proxmox", Resource: "processors" } ? Math.Ceiling(size) : size;

    private static PlanStepRequest Step(ScaleTarget target, double size) => (target.Tool, target.Resource) switch
    {
        ("docker", "memory") => new("docker.update_limits", Container(target, "memoryBytes", (long)size)),
        ("docker", "processors") => new("docker.update_limits", Container(target, "processors", size)),
        ("docker", "replicas") => new("docker.scale_service", Service(target, (int)size)),
        ("proxmox", "memory") => new("proxmox.change_config", Guest(target, "memoryMegabytes", (long)(size / (1 << 20)))),
        ("proxmox", "processors") => new("proxmox.change_config", Guest(target, "cores", (long)size)),
        ("proxmox", "disk") => new("proxmox.resize_disk", Disk(target, size)),
        _ => throw new ActivityException($"{target.Tool} has nothing to change {target.Resource} with.", retryable: false),
    };

    private static JsonObject Container(ScaleTarget target, string field, JsonNode value) => new() { ["connection"] = target.Connection, ["container"] = target.Target, [field] = value };

    private static JsonObject Service(ScaleTarget target, int replicas)
    {
        var (file, service) = ServiceOf(target);
        return new() { ["connection"] = target.Connection, ["file"] = file, ["service"] = service, ["replicas"] = replicas };
    }

    private static JsonObject Guest(ScaleTarget target, string field, JsonNode value) => new() { ["connection"] = target.Connection, ["vmid"] = Vmid(target), [field] = value };

    private static JsonObject Disk(ScaleTarget target, double size)
    {
        var input = Guest(target, "sizeGigabytes", (long)Math.Ceiling(size / (1 << 30)));
        input["disk"] = RootDisk;
        return input;
    }
}
