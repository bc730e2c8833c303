using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Forecasts;

/// <param name="Size">The limit now, in bytes or processors.</param>
/// <param name="Machine">All of it on its machine.</param>
/// <param name="Given">What the limits of everything that runs there take together.</param>
internal sealed record ScaleState(double Size, double Machine, double Given);

/// <summary>What the tools know of the size of a thing, and the plan that changes it.</summary>
internal sealed class ScaleTools(Lazy<Reading> reading)
{
    public static string IdOf(ScaleTarget target) => $"{target.Tool}:{target.Connection}/{target.Target}";

    /// <exception cref="ActivityException">It cannot be read, or has no limit.</exception>
    public async Task<ScaleState> StateAsync(ScaleTarget target, ActivityContext context, CancellationToken cancellationToken)
    {
        if (target.Tool == "docker")
        {
            var capacity = await AskAsync("docker.get_capacity", new() { ["connection"] = target.Connection }, context, cancellationToken);
            var container = capacity["containers"]!.AsArray().FirstOrDefault(one => (string)one!["name"]! == target.Target) ?? throw new ActivityException($"The container '{target.Target}' does not run.", retryable: false);
            return target.Resource switch
            {
                "memory" => State((double)container["memoryBytes"]!, (double)capacity["memoryBytes"]!, (double)capacity["limitedMemoryBytes"]!),
                "processors" => State((double)container["processors"]!, (double)capacity["processors"]!, (double)capacity["limitedProcessors"]!),
                _ => throw new ActivityException($"Docker has no limit of {target.Resource} that can be changed.", retryable: false),
            };
        }

        var guests = (await AskAsync("proxmox.list_guests", new() { ["connection"] = target.Connection }, context, cancellationToken))["guests"]!.AsArray();
        var vmid = Vmid(target);
        var guest = guests.FirstOrDefault(one => (int)one!["vmid"]! == vmid) ?? throw new ActivityException($"There is no guest {vmid}.", retryable: false);
        var node = (await AskAsync("proxmox.list_nodes", new() { ["connection"] = target.Connection }, context, cancellationToken))["nodes"]!.AsArray().First(one => (string)one!["name"]! == (string)guest["node"]!)!;
        var beside = guests.Where(one => (string)one!["node"]! == (string)guest["node"]! && (string)one["status"]! == "running").ToArray();
        return target.Resource switch
        {
            "memory" => State(Number(guest["memoryLimitBytes"]), Number(node["memoryLimitBytes"]), beside.Sum(one => Number(one!["memoryLimitBytes"]))),
            "processors" => State(Number(guest["cores"]), Number(node["cores"]), beside.Sum(one => Number(one!["cores"]))),
            _ => State(Number(guest["diskLimitBytes"]), Number(node["diskLimitBytes"]), Number(node["diskBytes"])),
        };

        ScaleState State(double size, double machine, double given) => size > 0 ? new(size, machine, given) : throw new ActivityException($"{target.Target} has no limit of {target.Resource}.", retryable: false);
    }

    /// <summary>The plan with its exact step, how success is seen, and what else must hold; the way back is what the step records.</summary>
    public static PlanRequest Plan(ScaleTarget target, ScalingRow scaling)
    {
        var (activity, step, read, readInput, expression) = (target.Tool, target.Resource) switch
        {
            ("docker", "memory") => (
                "docker.update_limits", Container(target, "memoryBytes", (long)scaling.ToValue), "docker.get_stats", Container(target),
                string.Create(CultureInfo.InvariantCulture, $"memoryLimitBytes = {(long)scaling.ToValue} and memoryPercent < 95")),
            ("docker", _) => (
                "docker.update_limits", Container(target, "processors", scaling.ToValue), "docker.inspect_container", Container(target),
                string.Create(CultureInfo.InvariantCulture, $"running = true and processors >= {scaling.ToValue - 0.001:0.####} and processors <= {scaling.ToValue + 0.001:0.####}")),
            ("proxmox", "memory") => (
                "proxmox.change_config", Guest(target, "memoryMegabytes", (long)(scaling.ToValue / (1 << 20))), "proxmox.get_guest", Guest(target),
                string.Create(CultureInfo.InvariantCulture, $"guest.status = 'running' and guest.memoryLimitBytes >= {(long)scaling.ToValue}")),
            ("proxmox", "processors") => (
                "proxmox.change_config", Guest(target, "cores", (long)Math.Ceiling(scaling.ToValue)), "proxmox.get_guest", Guest(target),
                string.Create(CultureInfo.InvariantCulture, $"guest.status = 'running' and guest.cores >= {Math.Ceiling(scaling.ToValue)}")),
            ("proxmox", "disk") => (
                "proxmox.resize_disk", Disk(target, scaling), "proxmox.get_guest", Guest(target), string.Create(CultureInfo.InvariantCulture, $"guest.status = 'running' and guest.diskLimitBytes >= {(long)scaling.ToValue}")),
            _ => throw new ActivityException($"{target.Tool} has nothing to change {target.Resource} with.", retryable: false),
        };
        return new()
        {
            Title = $"{(scaling.Kind == "raise" ? "Raise" : "Lower")} {target.Resource} of {target.Target} from {Text(target.Resource, scaling.FromValue)} to {Text(target.Resource, scaling.ToValue)}",
            Incident = $"scaling_{scaling.Kind}",
            Cause = scaling.ForecastId,
            Steps = [new PlanStepRequest(activity, step)],
            CanWait = true,
            Verify = new PlanVerification { Activity = read, Input = readInput, Expression = expression, EverySeconds = 5, WithinSeconds = 60 },
        };
    }

    public static string Text(string resource, double value) => resource switch
    {
        "processors" => string.Create(CultureInfo.InvariantCulture, $"{value:0.##} processors"),
        _ when value >= 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{value / (1 << 30):0.##} GiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value / (1 << 20):0} MiB"),
    };

    private static JsonObject Container(ScaleTarget target, string? field = null, JsonNode? value = null) => With(new() { ["connection"] = target.Connection, ["container"] = target.Target }, field, value);

    private static JsonObject Guest(ScaleTarget target, string? field = null, JsonNode? value = null) => With(new() { ["connection"] = target.Connection, ["vmid"] = Vmid(target) }, field, value);

    private static JsonObject Disk(ScaleTarget target, ScalingRow scaling)
    {
        var input = Guest(target, "sizeGigabytes", (long)Math.Ceiling(scaling.ToValue / (1 << 30)));
        input["disk"] = "rootfs";
        return input;
    }

    private static JsonObject With(JsonObject input, string? field, JsonNode? value)
    {
        if (field is not null)
            input[field] = value;
        return input;
    }

    private static int Vmid(ScaleTarget target) => int.TryParse(target.Target.Split('/')[^1], CultureInfo.InvariantCulture, out var vmid)
        ? vmid
        : throw new ActivityException($"'{target.Target}' names no guest; it is like qemu/100.", retryable: false);

    private static double Number(JsonNode? node) => (double?)node ?? 0;

    private async Task<JsonObject> AskAsync(string activity, JsonObject input, ActivityContext context, CancellationToken cancellationToken) =>
        (await reading.Value.PerformAsync(activity, input, context, cancellationToken)) as JsonObject ?? throw new ActivityException($"{activity} answered nothing.", retryable: true);
}
