using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>The Docker Engine API of one machine, as far as containers are watched, mended and made anew.</summary>
internal sealed class DockerSimulator(World.Homelab homelab, string machine) : Simulator(homelab)
{
    private const string Network = "home_default";
    private const string NoTime = "0001-01-01T00:00:00Z";

    private Machine Engine => Homelab.Machine(machine)!; // one of the homelab's

    protected override Task<Answer?> AnswerAsync(Request request)
    {
        lock (Homelab.Sync)
        {
            // The engine is a service of a machine: where that is gone, nothing answers.
            if (!Engine.IsReachable || Homelab.Unit($"{machine}/docker.service") is not { Works: true })
                return Task.FromResult<Answer?>(null);
            return Task.FromResult<Answer?>(Answer(Versionless(request)));
        }
    }

    private static Request Versionless(Request request) =>
        request.Path is [{ Length: > 1 } first, ..] && first[0] == 'v' && char.IsAsciiDigit(first[1]) ? request with { Path = [.. request.Path.Skip(1)] } : request;

    private Answer Answer(Request request) => request switch
    {
        _ when request.Is("GET version") => Simulators.Answer.Ok(new JsonObject { ["Version"] = "27.3.1", ["ApiVersion"] = "1.44", ["MinAPIVersion"] = "1.24", ["Os"] = "linux", ["Arch"] = "amd64" }),
        _ when request.Is("GET _ping") => Simulators.Answer.Text(200, "OK"),
        _ when request.Is("GET info") => Simulators.Answer.Ok(new JsonObject
        {
            ["Name"] = machine, ["NCPU"] = Engine.Cores, ["MemTotal"] = Engine.Memory, ["Containers"] = Homelab.Containers.Count, ["DockerRootDir"] = "/var/lib/docker",
        }),
        _ when request.Is("GET containers/json") => List(request),
        _ when request.Is("POST containers/create") => Create(request),
        _ when request.Is("GET events") => Events(request),
        _ when request.Is("GET images/json") => Simulators.Answer.Ok(new JsonArray([.. Homelab.Images.Select(Listed)])),
        _ when request.Is("POST images/create") => Pull(request),
        _ when request.Is("POST images/prune") => Prune("prune_images", "images", new JsonObject { ["ImagesDeleted"] = new JsonArray() }),
        _ when request.Is("POST volumes/prune") => Prune("prune_volumes", "volumes", new JsonObject { ["VolumesDeleted"] = new JsonArray() }),
        _ when request.Is("POST containers/prune") => Prune("prune_containers", "aside", new JsonObject { ["ContainersDeleted"] = new JsonArray() }),
        _ when request.Is("GET system/df") => DiskUsage(),
        _ when request.Path is ["images", .., "json"] && request.Method == "GET" => FindImage(string.Join('/', request.Path.Skip(1).SkipLast(1))),
        _ when request.Path is ["containers", var id, ..] => OfContainer(request, id),
        _ when request.Path is ["networks", _, var verb] && request.Method == "POST" && verb is "connect" or "disconnect" => Join(request, verb),
        _ => Simulators.Answer.Of(404, new JsonObject { ["message"] = "page not found" }),
    };

    private Container? Find(string id) =>
        Homelab.Containers.FirstOrDefault(container => container.Name == id || container.Id == id) ?? Homelab.Containers.FirstOrDefault(container => container.Id.StartsWith(id, StringComparison.Ordinal));

    private Answer OfContainer(Request request, string id)
    {
        if (Find(id) is not { } container)
            return Simulators.Answer.Of(404, new JsonObject { ["message"] = $"No such container: {id}" });
        return request switch
        {
            _ when request.Is("GET containers/*/json") => Simulators.Answer.Ok(Inspect(container)),
            _ when request.Is("GET containers/*/logs") => Logs(container, request),
            _ when request.Is("GET containers/*/stats") => Simulators.Answer.Ok(Stats(container)),
            _ when request.Is("POST containers/*/start") => container.IsRunning ? Simulators.Answer.Empty(304) : Done(Homelab.Start(container)),
            _ when request.Is("POST containers/*/stop") => container.IsRunning || container.State == "restarting" ? Done(Homelab.Stop(container)) : Simulators.Answer.Empty(304),
            _ when request.Is("POST containers/*/restart") => Done(Homelab.Restart(container)),
            _ when request.Is("POST containers/*/kill") => container.IsRunning
                ? Done(Homelab.Kill(container, request.Query.GetValueOrDefault("signal", "KILL")))
                : Simulators.Answer.Of(409, new JsonObject { ["message"] = $"Cannot kill container: {id}: Container {container.Id} is not running" }),
            _ when request.Is("POST containers/*/update") => Update(container, request.Json()),
            _ when request.Is("POST containers/*/rename") => Rename(container, request.Query.GetValueOrDefault("name", "")),
            _ when request.Is("DELETE containers/*") => Remove(container),
            _ => Simulators.Answer.Of(404, new JsonObject { ["message"] = "page not found" }),
        };
    }

    private static Answer Done(string? error) => error is null ? Simulators.Answer.Empty(204) : Simulators.Answer.Of(500, new JsonObject { ["message"] = error });

    private Answer List(Request request)
    {
        var all = request.Query.GetValueOrDefault("all", "").ToLowerInvariant() is "1" or "true";
        return Simulators.Answer.Ok(new JsonArray([.. Homelab.Containers.Where(container => all || container.IsRunning).Select(container => new JsonObject
        {
            ["Id"] = container.Id,
            ["Names"] = new JsonArray($"/{container.Name}"),
            ["Image"] = container.Image,
            ["ImageID"] = ImageId(container.Image),
            ["Created"] = container.CreatedAt.ToUnixTimeSeconds(),
            ["State"] = container.State,
            ["Status"] = Status(container),
            ["Labels"] = Labels(container),
            ["Ports"] = new JsonArray(),
            ["Mounts"] = new JsonArray(),
            ["NetworkSettings"] = new JsonObject { ["Networks"] = new JsonObject { [Network] = new JsonObject() } },
        })]));
    }

    private string Status(Container container) => container.State switch
    {
        "running" => $"Up {(int)(Homelab.Now - container.StartedAt).TotalMinutes} minutes{(container.Health is { } health ? $" ({health})" : "")}",
        "restarting" => $"Restarting ({container.ExitCode}) 2 seconds ago",
        _ => $"Exited ({container.ExitCode})",
    };

    private static JsonObject Labels(Container container) => new(container.Labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value)));

    private static JsonObject Inspect(Container container)
    {
        var state = new JsonObject
        {
            ["Status"] = container.State,
            ["Running"] = container.State is "running" or "restarting",
            ["Paused"] = false,
            ["Restarting"] = container.State == "restarting",
            ["OOMKilled"] = container.OutOfMemory,
            ["Dead"] = false,
            ["Pid"] = container.IsRunning ? 4000 + (container.Name.Length * 17) : 0,
            ["ExitCode"] = container.ExitCode,
            ["Error"] = "",
            ["StartedAt"] = Time(container.StartedAt),
            ["FinishedAt"] = container.FinishedAt is { } finished ? Time(finished) : NoTime,
        };
        if (container.Health is { } health)
        {
            state["Health"] = new JsonObject
            {
                ["Status"] = health,
                ["FailingStreak"] = container.FailingStreak,
                ["Log"] = new JsonArray(new JsonObject { ["Start"] = Time(container.StartedAt), ["End"] = Time(container.StartedAt), ["ExitCode"] = container.FailingStreak > 0 ? 1 : 0, ["Output"] = container.CheckOutput }),
            };
        }

        return new JsonObject
        {
            ["Id"] = container.Id,
            ["Created"] = Time(container.CreatedAt),
            ["Path"] = "/entrypoint.sh",
            ["Args"] = new JsonArray(),
            ["State"] = state,
            ["Image"] = ImageId(container.Image),
            ["LogPath"] = $"/var/lib/docker/containers/{container.Id}/{container.Id}-json.log",
            ["Name"] = $"/{container.Name}",
            ["RestartCount"] = container.Restarts,
            ["Driver"] = "overlay2",
            ["Platform"] = "linux",
            ["HostConfig"] = new JsonObject
            {
                ["NetworkMode"] = Network,
                ["RestartPolicy"] = new JsonObject { ["Name"] = container.RestartPolicy, ["MaximumRetryCount"] = 0 },
                ["Memory"] = container.MemoryLimit,
                ["MemorySwap"] = container.MemoryLimit * 2,
                ["NanoCpus"] = (long)(container.Processors * 1e9),
                ["Privileged"] = false,
            },
            ["Mounts"] = new JsonArray(),
            ["Config"] = new JsonObject
            {
                ["Hostname"] = container.Id[..12],
                ["Env"] = new JsonArray($"TZ=Etc/UTC"),
                ["Cmd"] = new JsonArray("serve"),
                ["Image"] = container.Image,
                ["Tty"] = false,
                ["Labels"] = Labels(container),
                ["Healthcheck"] = container.HasCheck ? new JsonObject { ["Test"] = new JsonArray("CMD-SHELL", "curl -fsS http://127.0.0.1/health"), ["Interval"] = 1_000_000_000, ["Retries"] = 3 } : null,
            },
            ["NetworkSettings"] = new JsonObject
            {
                ["Networks"] = new JsonObject { [Network] = new JsonObject { ["Aliases"] = new JsonArray(container.Name), ["NetworkID"] = StandardHomelab.Id(0, Network), ["IPAddress"] = "172.20.0.9" } },
            },
        };
    }

    private static string ImageId(string image) => $"sha256:{StandardHomelab.Id(0, image)}";

    /// <summary>What the list and the inspection of one have in common.</summary>
    private static JsonObject Image(string image) => new() { ["Id"] = ImageId(image), ["RepoTags"] = new JsonArray(image), ["RepoDigests"] = new JsonArray(), ["Size"] = 310_000_000 };

    private static JsonObject Listed(string image) => new(Image(image).ToDictionary(field => field.Key, field => field.Value?.DeepClone()))
    {
        ["ParentId"] = "", ["Created"] = 1_760_000_000, ["SharedSize"] = -1, ["Containers"] = -1, ["Labels"] = new JsonObject(),
    };

    private static JsonObject Inspected(string image) => new(Image(image).ToDictionary(field => field.Key, field => field.Value?.DeepClone()))
    {
        ["Created"] = "2025-10-09T08:53:20Z", ["Config"] = new JsonObject { ["Cmd"] = new JsonArray("serve") },
    };

    private Answer FindImage(string name) => Homelab.Images.FirstOrDefault(image => image == name || ImageId(image) == name) is { } image
        ? Simulators.Answer.Ok(Inspected(image))
        : Simulators.Answer.Of(404, new JsonObject { ["message"] = $"No such image: {name}" });

    private Answer Pull(Request request)
    {
        var image = $"{request.Query.GetValueOrDefault("fromImage", "")}:{request.Query.GetValueOrDefault("tag", "latest")}";
        if (Homelab.Do("pull", "engine", machine, image) is { } error)
            return Simulators.Answer.Text(200, new JsonObject { ["error"] = error }.ToJsonString() + "\r\n");
        if (!Homelab.Images.Contains(image))
            Homelab.Images.Add(image);
        return Simulators.Answer.Text(200, new JsonObject { ["status"] = $"Status: Image is up to date for {image}" }.ToJsonString() + "\r\n");
    }

    private Answer Prune(string verb, string cause, JsonObject answer)
    {
        var before = Engine.Disk.Used;
        var error = Homelab.Clean(Engine, verb, cause);
        answer["SpaceReclaimed"] = Math.Max(0, before - Engine.Disk.Used);
        return error is null ? Simulators.Answer.Ok(answer) : Simulators.Answer.Of(500, new JsonObject { ["message"] = error });
    }

    private Answer DiskUsage() => Simulators.Answer.Ok(new JsonObject
    {
        ["LayersSize"] = Engine.Disk.Use["images"],
        ["Images"] = new JsonArray(),
        ["Containers"] = new JsonArray([.. Homelab.Containers.Select(container => new JsonObject { ["Id"] = container.Id, ["SizeRw"] = 1_000_000 })]),
        ["Volumes"] = new JsonArray(),
        ["BuildCache"] = new JsonArray(),
    });

    private Answer Update(Container container, JsonObject body)
    {
        long? memory = (long?)body["Memory"] is { } bytes and > 0 ? bytes : null;
        var error = Homelab.Update(container, memory, (long?)body["NanoCpus"] is { } nano and > 0 ? nano / 1e9 : null);
        return error is null ? Simulators.Answer.Ok(new JsonObject { ["Warnings"] = new JsonArray() }) : Simulators.Answer.Of(500, new JsonObject { ["message"] = error });
    }

    private Answer Rename(Container container, string name)
    {
        if (Homelab.Containers.Any(other => other.Name == name))
            return Simulators.Answer.Of(409, new JsonObject { ["message"] = $"Conflict. The container name \"/{name}\" is already in use" });
        container.Name = name;
        // What an update puts aside is no service any more; put back under a service's name it is one again.
        container.IsAside = container.Labels.GetValueOrDefault("com.docker.compose.service") != name;
        return Simulators.Answer.Empty(204);
    }

    private Answer Remove(Container container)
    {
        if (container.IsRunning)
            return Simulators.Answer.Of(409, new JsonObject { ["message"] = $"You cannot remove a running container {container.Id}. Stop the container before attempting removal or force remove" });
        return Done(Homelab.Do("remove", "container", container.Name, effect: () => Homelab.Containers.Remove(container)));
    }

    private Answer Create(Request request)
    {
        var (name, body) = (request.Query.GetValueOrDefault("name", ""), request.Json());
        if (Homelab.Containers.Any(other => other.Name == name))
            return Simulators.Answer.Of(409, new JsonObject { ["message"] = $"Conflict. The container name \"/{name}\" is already in use" });
        var image = (string?)body["Image"] ?? "";
        var template = Homelab.Containers.LastOrDefault(other => other.Labels.GetValueOrDefault("com.docker.compose.service") == name);
        var made = new Container
        {
            Name = name,
            Id = StandardHomelab.Id(Homelab.Actions.Count, name + image),
            Image = image,
            Machine = Engine,
            Needs = template?.Needs ?? [],
            HasCheck = template?.HasCheck ?? false,
            Site = template?.Site,
            State = "created",
            MemoryLimit = (long?)body["HostConfig"]?["Memory"] ?? 0,
            MemoryBase = template?.MemoryBase ?? 60L << 20,
            Labels = (body["Labels"] as JsonObject ?? []).ToDictionary(label => label.Key, label => label.Value?.ToString() ?? ""),
            CreatedAt = Homelab.Now,
        };
        var error = Homelab.Do("recreate", "container", name, image, () => Homelab.Containers.Add(made));
        return error is null
            ? Simulators.Answer.Of(201, new JsonObject { ["Id"] = made.Id, ["Warnings"] = new JsonArray() })
            : Simulators.Answer.Of(500, new JsonObject { ["message"] = error });
    }

    private Answer Join(Request request, string verb)
    {
        var id = (string?)request.Json()["Container"] ?? "";
        return Find(id) is { } container
            ? Done(Homelab.Do(verb == "connect" ? "connect" : "isolate", "container", container.Name))
            : Simulators.Answer.Of(404, new JsonObject { ["message"] = $"No such container: {id}" });
    }

    private static Answer Logs(Container container, Request request)
    {
        var since = long.TryParse(request.Query.GetValueOrDefault("since"), CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : DateTimeOffset.MinValue;
        var tail = int.TryParse(request.Query.GetValueOrDefault("tail"), CultureInfo.InvariantCulture, out var count) ? count : int.MaxValue;
        using var framed = new MemoryStream();
        foreach (var entry in container.Log.Where(entry => entry.At >= since).TakeLast(tail))
        {
            var line = Encoding.UTF8.GetBytes($"{Time(entry.At)} {entry.Text}\n");
            Span<byte> head = [(byte)(entry.IsError ? 2 : 1), 0, 0, 0, 0, 0, 0, 0];
            BinaryPrimitives.WriteUInt32BigEndian(head[4..], (uint)line.Length);
            framed.Write(head);
            framed.Write(line);
        }

        return new Answer(200, framed.ToArray(), "application/vnd.docker.multiplexed-stream");
    }

    private JsonObject Stats(Container container)
    {
        var total = (long)(container.CpuSeconds * 1e9);
        var system = (long)((Homelab.Now - Homelab.StartedAt).TotalSeconds * Engine.Cores * 1e9) + 1_000_000_000_000;
        JsonObject Cpu(double back) => new()
        {
            ["cpu_usage"] = new JsonObject { ["total_usage"] = total - (long)(container.Cpu * back * 1e9) },
            ["system_cpu_usage"] = system - (long)(Engine.Cores * back * 1e9),
            ["online_cpus"] = Engine.Cores,
        };
        return new JsonObject
        {
            ["read"] = Time(Homelab.Now),
            ["name"] = $"/{container.Name}",
            ["id"] = container.Id,
            ["pids_stats"] = new JsonObject { ["current"] = container.IsRunning ? 12 : 0 },
            ["cpu_stats"] = Cpu(0),
            ["precpu_stats"] = Cpu(1),
            ["memory_stats"] = new JsonObject { ["usage"] = container.Memory, ["limit"] = container.MemoryLimit, ["stats"] = new JsonObject { ["inactive_file"] = 0 } },
            ["networks"] = new JsonObject { ["eth0"] = new JsonObject { ["rx_bytes"] = 1_000_000, ["tx_bytes"] = 2_000_000 } },
        };
    }

    private Answer Events(Request request)
    {
        DateTimeOffset At(string name, DateTimeOffset otherwise) =>
            double.TryParse(request.Query.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : otherwise;
        var (since, until) = (At("since", Homelab.Now), At("until", Homelab.Now));
        return Simulators.Answer.Text(200, string.Concat(Homelab.EngineEvents.Where(happened => happened.At >= since && happened.At <= until.AddSeconds(1)).Select(happened => new JsonObject
        {
            ["status"] = happened.Action,
            ["id"] = happened.Id,
            ["from"] = happened.Image,
            ["Type"] = "container",
            ["Action"] = happened.Action,
            ["Actor"] = new JsonObject { ["ID"] = happened.Id, ["Attributes"] = Attributes(happened) },
            ["scope"] = "local",
            ["time"] = happened.At.ToUnixTimeSeconds(),
            ["timeNano"] = happened.At.ToUnixTimeMilliseconds() * 1_000_000,
        }.ToJsonString() + "\n")));
    }

    private static JsonObject Attributes(EngineEvent happened)
    {
        var attributes = new JsonObject { ["image"] = happened.Image, ["name"] = happened.Name };
        if (happened.ExitCode is { } code)
            attributes["exitCode"] = code.ToString(CultureInfo.InvariantCulture);
        return attributes;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
