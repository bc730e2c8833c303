using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Inventory;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Forecasts;

/// <summary>How large something is, and what its host has left for more of it.</summary>
/// <param name="Size">The limit now, in bytes or processors; for a service how many containers it has.</param>
internal sealed record ScaleState(double Size, params IReadOnlyList<HostRoom> Rooms)
{
    /// <summary>What it may grow to when the host keeps so much free.</summary>
    public double Most(double headroomPercent) => Size + Rooms.Min(room => ((room.Machine * (1 - (headroomPercent / 100))) - room.Given) / room.Each);
}

/// <param name="Machine">All of it on the host.</param>
/// <param name="Given">What is taken of it: the limits of everything that runs there, or what is used where it is shared.</param>
/// <param name="Each">What one more takes of it.</param>
internal sealed record HostRoom(double Machine, double Given, double Each = 1);

/// <summary>What the tools know of the size of a thing.</summary>
internal sealed class ScaleTools(Lazy<Reading> reading, IConfiguration configuration)
{
    /// <summary>A compose service with this label gets more containers, up to its number, where one container would get more processors.</summary>
    public const string ReplicasLabel = "homelab.replicas";

    public static string IdOf(ScaleTarget target) => $"{target.Tool}:{target.Connection}/{target.Target}";

    public static ScaleTarget Read(string id, string resource)
    {
        var parts = id.Split([':', '/'], 3);
        return new ScaleTarget(parts[0], resource, parts[2], parts[1]);
    }

    /// <summary>The service that a container is one of, and how many it may have; null where it shares its load with no other.</summary>
    public async Task<(ScaleTarget Service, int Most)?> SharedAsync(ScaleTarget container, ActivityContext context, CancellationToken cancellationToken)
    {
        if (container is not { Tool: "docker", Resource: "processors" })
            return null;
        var labels = (await RunningAsync(container.Connection, context, cancellationToken)).FirstOrDefault(one => (string)one!["name"]! == container.Target)?["labels"];
        return int.TryParse((string?)labels?[ReplicasLabel], out var most) && (string?)labels[ComposeLabel("service")] is { Length: > 0 } service
            && (string?)labels[ComposeLabel("project.config_files")] is { } file && file.StartsWith('/') && !file.Contains(',', StringComparison.Ordinal)
            ? (container with { Resource = "replicas", Target = $"{file[1..]}/{service}" }, most)
            : null;
    }

    /// <exception cref="ActivityException">It cannot be read, or has no limit.</exception>
    public async Task<ScaleState> StateAsync(ScaleTarget target, ActivityContext context, CancellationToken cancellationToken) => target switch
    {
        { Tool: "docker", Resource: "replicas" } => await ServiceAsync(target, context, cancellationToken),
        { Tool: "docker" } => await ContainerAsync(target, context, cancellationToken),
        _ => await GuestAsync(target, context, cancellationToken),
    };

    private async Task<ScaleState> ContainerAsync(ScaleTarget target, ActivityContext context, CancellationToken cancellationToken)
    {
        var capacity = await AskAsync("docker.get_capacity", new() { ["connection"] = target.Connection }, context, cancellationToken);
        var container = capacity["containers"]!.AsArray().FirstOrDefault(one => (string)one!["name"]! == target.Target) ?? throw new ActivityException($"The container '{target.Target}' does not run.", retryable: false);
        return target.Resource switch
        {
            "memory" => State(target, (double)container["memoryBytes"]!, MemoryOf(capacity)),
            "processors" => State(target, (double)container["processors"]!, ProcessorsOf(capacity)),
            _ => throw new ActivityException($"Docker has no limit of {target.Resource} that can be changed.", retryable: false),
        };
    }

    /// <summary>The running containers of a service; those that compose keeps the longest first.</summary>
    public async Task<IReadOnlyList<string>> ContainersAsync(ScaleTarget service, ActivityContext context, CancellationToken cancellationToken)
    {
        var (file, name) = ScalePlans.ServiceOf(service);
        return
        [
            .. (await RunningAsync(service.Connection, context, cancellationToken))
                .Where(one => (string?)one!["labels"]?[ComposeLabel("service")] == name && (string?)one["labels"]![ComposeLabel("project.config_files")] == file)
                .OrderBy(one => int.TryParse((string?)one!["labels"]![ComposeLabel("container-number")], out var number) ? number : int.MaxValue).Select(one => (string)one!["name"]!),
        ];
    }

    /// <summary>How many containers the compose file of a service declares.</summary>
    /// <inheritdoc cref="ComposeFiles.Replicas"/>
    public async Task<int> DeclaredAsync(ScaleTarget service, ActivityContext context, CancellationToken cancellationToken)
    {
        var (file, name) = ScalePlans.ServiceOf(service);
        var read = await AskAsync("ssh.download_file", new() { ["connection"] = ComposeFiles.MachineOf(configuration, service.Connection), ["path"] = file }, context, cancellationToken);
        return ComposeFiles.Replicas(file, (string?)read["text"] ?? throw new ActivityException($"{file} is no text.", retryable: false), name);
    }

    private async Task<ScaleState> ServiceAsync(ScaleTarget target, ActivityContext context, CancellationToken cancellationToken)
    {
        var (file, service) = ScalePlans.ServiceOf(target);
        var names = await ContainersAsync(target, context, cancellationToken);
        var capacity = await AskAsync("docker.get_capacity", new() { ["connection"] = target.Connection }, context, cancellationToken);
        var container = capacity["containers"]!.AsArray().FirstOrDefault(one => names.Contains((string)one!["name"]!)) ?? throw new ActivityException($"No container of the service '{service}' of {file} runs.", retryable: false);

        // One more takes as much as each has; what has no limit takes what nobody can know.
        HostRoom[] rooms =
        [
            .. (double)container["memoryBytes"]! is > 0 and var memory ? [MemoryOf(capacity) with { Each = memory }] : Array.Empty<HostRoom>(),
            .. (double)container["processors"]! is > 0 and var processors ? [ProcessorsOf(capacity) with { Each = processors }] : Array.Empty<HostRoom>(),
        ];
        return rooms.Length > 0 ? new ScaleState(names.Count, rooms) : throw new ActivityException($"The service '{service}' has no limits, so what one more of it takes is not known.", retryable: false);
    }

    private async Task<ScaleState> GuestAsync(ScaleTarget target, ActivityContext context, CancellationToken cancellationToken)
    {
        var guests = (await AskAsync("proxmox.list_guests", new() { ["connection"] = target.Connection }, context, cancellationToken))["guests"]!.AsArray();
        var vmid = ScalePlans.Vmid(target);
        var guest = guests.FirstOrDefault(one => (int)one!["vmid"]! == vmid) ?? throw new ActivityException($"There is no guest {vmid}.", retryable: false);
        if ((string?)guest["status"] != "running")
            throw new ActivityException($"The guest {vmid} does not run.", retryable: false);
        var name = (string)guest["node"]!;
        if (target.Resource == "disk")
            return State(target, Number(guest["diskLimitBytes"]), await StorageAsync(target, name, context, cancellationToken));
        var node = (await AskAsync("proxmox.list_nodes", new() { ["connection"] = target.Connection }, context, cancellationToken))["nodes"]!.AsArray().First(one => (string)one!["name"]! == name)!;
        return target.Resource == "memory"
            ? State(target, Number(guest["memoryLimitBytes"]), new HostRoom(Number(node["memoryLimitBytes"]), guests.Where(one => (string)one!["node"]! == name && (string)one["status"]! == "running").Sum(one => Number(one!["memoryLimitBytes"]))))

            // Guests of a node have more processors together than it has, for they seldom want them at once: what counts is what is used.
            : State(target, Number(guest["cores"]), new HostRoom(Number(node["cores"]), Number(node["cores"]) * Number(node["cpuPercent"]) / 100));
    }

    /// <summary>The storage that the guest's root disk is on.</summary>
    private async Task<HostRoom> StorageAsync(ScaleTarget target, string node, ActivityContext context, CancellationToken cancellationToken)
    {
        var guest = await AskAsync("proxmox.get_guest", new() { ["connection"] = target.Connection, ["vmid"] = ScalePlans.Vmid(target) }, context, cancellationToken);
        var storage = ((string?)guest["configuration"]![ScalePlans.RootDisk])?.Split(':')[0] ?? throw new ActivityException($"{target.Target} has no disk {ScalePlans.RootDisk}.", retryable: false);
        var found = (await AskAsync("proxmox.list_storages", new() { ["connection"] = target.Connection, ["node"] = node }, context, cancellationToken))["storages"]!.AsArray().FirstOrDefault(one => (string)one!["name"]! == storage);
        return found is null ? throw new ActivityException($"The storage {storage} of {target.Target} is not on {node}.", retryable: false) : new HostRoom(Number(found["totalBytes"]), Number(found["usedBytes"]));
    }

    private async Task<JsonArray> RunningAsync(string connection, ActivityContext context, CancellationToken cancellationToken) =>
        (await AskAsync("docker.list_containers", new() { ["connection"] = connection, ["runningOnly"] = true }, context, cancellationToken))["containers"]!.AsArray();

    private async Task<JsonObject> AskAsync(string activity, JsonObject input, ActivityContext context, CancellationToken cancellationToken) =>
        (await reading.Value.PerformAsync(activity, input, context, cancellationToken)) as JsonObject ?? throw new ActivityException($"{activity} answered nothing.", retryable: true);

    private static ScaleState State(ScaleTarget target, double size, HostRoom room) => size > 0 ? new(size, room) : throw new ActivityException($"{target.Target} has no limit of {target.Resource}.", retryable: false);

    private static HostRoom MemoryOf(JsonObject capacity) => new((double)capacity["memoryBytes"]!, (double)capacity["limitedMemoryBytes"]!);

    private static HostRoom ProcessorsOf(JsonObject capacity) => new((double)capacity["processors"]!, (double)capacity["limitedProcessors"]!);

    private static string ComposeLabel(string name) => $"com.docker.compose.{name}";

    private static double Number(JsonNode? node) => (double?)node ?? 0;
}
