using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>The API of a Proxmox VE cluster. What changes a guest is a task, which is over at the next look, as small ones are.</summary>
internal sealed class ProxmoxSimulator(World.Homelab homelab) : Simulator(homelab)
{
    private readonly List<ProxmoxTask> _tasks = [];

    protected override Task<Answer?> AnswerAsync(Request request)
    {
        lock (Homelab.Sync)
        {
            // The cluster answers as long as one of its nodes does.
            var nodes = Nodes();
            if (!nodes.Any(node => node.IsReachable))
                return Task.FromResult<Answer?>(null);
            // GET and DELETE with a body are refused by the real one.
            if (request is { Method: "GET" or "DELETE", Body.Length: > 0 })
                return Task.FromResult<Answer?>(Answer.Of(501, new JsonObject { ["data"] = null }));
            return Task.FromResult<Answer?>(request.Path is ["api2", "json", ..] ? Route(request with { Path = [.. request.Path.Skip(2)] }) : Answer.Of(404, new JsonObject { ["data"] = null }));
        }
    }

    private List<Machine> Nodes() => [.. Homelab.Machines.Where(machine => machine.Guest is null && machine.Name.StartsWith("pve", StringComparison.Ordinal))];

    private Answer Route(Request request) => request switch
    {
        _ when request.Is("GET version") => Data(new JsonObject { ["version"] = "8.2.4", ["release"] = "8.2", ["repoid"] = "faa83925c9641325" }),
        _ when request.Is("GET nodes") => Data(new JsonArray([.. Nodes().Select(Node)])),
        _ when request.Is("GET cluster/resources") => Data(new JsonArray([.. Homelab.Guests.Select(Resource)])),
        _ when request.Is("GET cluster/status") => Data(new JsonArray([.. Nodes().Select(node => new JsonObject { ["type"] = "node", ["name"] = node.Name, ["online"] = node.IsUp ? 1 : 0 })])),
        _ when request.Path is ["nodes", var name, ..] => Nodes().FirstOrDefault(node => node.Name == name) is { } node
            ? node.IsReachable ? OfNode(request with { Path = [.. request.Path.Skip(2)] }, node) : Fail(595, $"connection to {name} failed: No route to host")
            : Fail(500, $"no such cluster node '{name}'"),
        _ => Fail(501, $"Method '{request.Method} /{string.Join('/', request.Path)}' not implemented"),
    };

    private Answer OfNode(Request request, Machine node) => request switch
    {
        _ when request.Is("GET storage") => Data(new JsonArray(Storage(node))),
        _ when request.Is("GET storage/*/content") => Data(new JsonArray([.. Homelab.Guests.Select(machine => machine.Guest!).Where(guest => guest.Node == node && guest.LastBackup is not null)
            .Where(guest => !request.Query.TryGetValue("vmid", out var vmid) || vmid == Text(guest.Vmid)).Select(Backup)])),
        _ when request.Is("GET tasks") => Data(new JsonArray([.. _tasks.AsEnumerable().Reverse().Where(task => task.Node == node.Name)
            .Where(task => !request.Query.TryGetValue("vmid", out var vmid) || task.Id == vmid)
            .Where(task => request.Query.GetValueOrDefault("errors") != "1" || task.Exit != "OK").Take(Count(request)).Select(task => task.Listed())])),
        _ when request.Is("GET tasks/*/status") => _tasks.Find(task => task.Upid == request.Path[1]) is { } task ? Data(task.State()) : Fail(400, "no such task"),
        _ when request.Is("GET tasks/*/log") => Data(_tasks.Find(task => task.Upid == request.Path[1]) is { } logged
            ? new JsonArray([.. logged.Log.Select((line, index) => new JsonObject { ["n"] = index + 1, ["t"] = line }).Skip(Start(request))])
            : []),
        _ when request.Is("DELETE tasks/*") => Data(null),
        _ when request.Is("POST vzdump") => Vzdump(request, node),
        _ when request.Path is ["lxc" or "qemu", var vmid, ..] => Homelab.Guests.Select(machine => machine.Guest!).FirstOrDefault(guest => Text(guest.Vmid) == vmid && guest.Node == node && guest.Type == request.Path[0]) is { } guest
            ? OfGuest(request with { Path = [.. request.Path.Skip(2)] }, node, guest)
            : Fail(500, $"Configuration file 'nodes/{node.Name}/{request.Path[0]}/{vmid}.conf' does not exist"),
        _ => Fail(501, $"Method '{request.Method}' not implemented"),
    };

    private Answer OfGuest(Request request, Machine node, Guest guest) => request switch
    {
        _ when request.Is("GET status/current") => Data(Current(guest)),
        _ when request.Is("GET config") => Data(Config(guest)),
        _ when request.Is("PUT config") => Configure(request, guest),
        _ when request.Is("PUT resize") => Resize(request, node, guest),
        _ when request.Is("GET snapshot") => Data(new JsonArray([
            .. guest.Snapshots.Select(snapshot => new JsonObject { ["name"] = snapshot.Name, ["description"] = snapshot.Description, ["snaptime"] = snapshot.At.ToUnixTimeSeconds() }),
            new JsonObject { ["name"] = "current", ["description"] = "You are here!" },
        ])),
        _ when request.Is("POST snapshot") => Begin(node, guest, "snapshot", "vzsnapshot", () => guest.Snapshots.Add(
            new(request.Fields().GetValueOrDefault("snapname", ""), request.Fields().GetValueOrDefault("description", ""), Homelab.Now))),
        _ when request.Is("POST snapshot/*/rollback") => Begin(node, guest, "rollback_snapshot", "vzrollback", () => { }),
        _ when request.Is("DELETE snapshot/*") => Begin(node, guest, "delete_snapshot", "vzdelsnapshot", () => guest.Snapshots.RemoveAll(snapshot => snapshot.Name == request.Path[1])),
        _ when request.Is("POST status/start") => Begin(node, guest, "vzstart", () => Homelab.Start(guest)),
        _ when request.Is("POST status/stop") => Begin(node, guest, "vzstop", () => Homelab.Stop(guest, "stop")),
        _ when request.Is("POST status/shutdown") => Begin(node, guest, "vzshutdown", () => Homelab.Stop(guest, "shutdown")),
        _ when request.Is("POST status/reboot") => Begin(node, guest, "vzreboot", () => Homelab.Reboot(guest)),
        _ => Fail(501, $"Method '{request.Method}' not implemented"),
    };

    private Answer Configure(Request request, Guest guest)
    {
        var fields = request.Fields();
        int? Number(string name) => int.TryParse(fields.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : null;
        var error = Homelab.Do("config", "guest", guest.Name, $"cores {Number("cores")}, memory {Number("memory")}", () =>
        {
            guest.Cores = Number("cores") ?? guest.Cores;
            guest.MemoryMegabytes = Number("memory") ?? guest.MemoryMegabytes;
        });
        return error is null ? Data(null) : Fail(500, error);
    }

    private Answer Resize(Request request, Machine node, Guest guest)
    {
        var size = request.Fields().GetValueOrDefault("size", "").TrimEnd('G');
        return int.TryParse(size, CultureInfo.InvariantCulture, out var wanted) && wanted >= guest.DiskGigabytes
            ? Begin(node, guest, "resize", "resize", () => guest.DiskGigabytes = wanted)
            : Fail(400, "unable to shrink disk size");
    }

    private Answer Vzdump(Request request, Machine node)
    {
        var fields = request.Fields();
        if (Homelab.Guest(fields.GetValueOrDefault("vmid", "")) is not { } guest)
            return Fail(500, "no such guest");
        return Begin(node, guest, "vzdump", () =>
        {
            var error = Homelab.Backup(guest);
            _notes[guest.Vmid] = fields.GetValueOrDefault("notes-template", "").Replace("{{guestname}}", guest.Name, StringComparison.Ordinal);
            return error;
        });
    }

    private readonly Dictionary<int, string> _notes = [];

    private JsonObject Backup(Guest guest) => new()
    {
        ["volid"] = $"local:backup/vzdump-{guest.Type}-{guest.Vmid}.tar.zst",
        ["content"] = "backup",
        ["format"] = "tar.zst",
        ["size"] = 3_400_000_000,
        ["ctime"] = guest.LastBackup!.Value.ToUnixTimeSeconds(), // only those with one are listed
        ["vmid"] = guest.Vmid,
        ["notes"] = _notes.GetValueOrDefault(guest.Vmid, ""),
    };

    private Answer Begin(Machine node, Guest guest, string verb, string type, Action effect) => Begin(node, guest, type, () => Homelab.Do(verb, "guest", guest.Name, effect: effect));

    private Answer Begin(Machine node, Guest guest, string type, Func<string?> act)
    {
        var error = act();
        var task = new ProxmoxTask(
            $"UPID:{node.Name}:{4096 + _tasks.Count:X8}:{_tasks.Count:X8}:{Homelab.Now.ToUnixTimeSeconds():X8}:{type}:{guest.Vmid}:homelab@pve!lab:", node.Name, type, Text(guest.Vmid), Homelab.Now,
            error ?? "OK", error is null ? ["TASK OK"] : [$"TASK ERROR: {error}"]);
        _tasks.Add(task);
        return Data(task.Upid);
    }

    private static JsonObject Node(Machine node) => new()
    {
        ["node"] = node.Name, ["id"] = $"node/{node.Name}", ["type"] = "node", ["status"] = node.IsUp ? "online" : "offline", ["cpu"] = Math.Round(node.Load, 3), ["maxcpu"] = node.Cores,
        ["mem"] = (long)(node.Memory * node.MemoryUse), ["maxmem"] = node.Memory, ["disk"] = node.Disk.Used, ["maxdisk"] = node.Disk.Size, ["uptime"] = node.IsUp ? 3_542_400 : 0,
    };

    private JsonObject Resource(Machine machine)
    {
        var guest = machine.Guest!; // only guests are listed
        return new JsonObject
        {
            ["id"] = $"{guest.Type}/{guest.Vmid}", ["type"] = guest.Type, ["vmid"] = guest.Vmid, ["name"] = guest.Name, ["node"] = guest.Node.Name,
            ["status"] = guest.Node.IsUp ? guest.IsRunning ? "running" : "stopped" : "unknown", ["cpu"] = Math.Round(machine.Load, 3), ["maxcpu"] = guest.Cores,
            ["mem"] = (long)(machine.Memory * Homelab.MemoryUse(machine)), ["maxmem"] = (long)guest.MemoryMegabytes << 20, ["disk"] = machine.Disk.Used, ["maxdisk"] = machine.Disk.Size,
            ["uptime"] = guest.IsRunning ? Math.Max(1, (long)(Homelab.Now - guest.StartedAt).TotalSeconds % 4_000_000) : 0, ["template"] = 0,
        };
    }

    private JsonObject Current(Guest guest) => new()
    {
        ["status"] = guest.IsRunning ? "running" : "stopped", ["name"] = guest.Name, ["vmid"] = guest.Vmid, ["cpus"] = guest.Cores, ["maxmem"] = (long)guest.MemoryMegabytes << 20,
        ["ha"] = new JsonObject { ["managed"] = 0 },
        ["uptime"] = guest.IsRunning ? Math.Max(1, (long)(Homelab.Now - guest.StartedAt).TotalSeconds % 4_000_000) : 0,
    };

    private static JsonObject Config(Guest guest) => new()
    {
        [guest.Type == "lxc" ? "hostname" : "name"] = guest.Name, ["cores"] = guest.Cores, ["memory"] = guest.MemoryMegabytes, ["digest"] = "8f2d0f3c3b6c4d0a9f1e2d3c4b5a69788f2d0f3c",
        [guest.Type == "lxc" ? "rootfs" : "scsi0"] = $"local-lvm:vm-{guest.Vmid}-disk-0,size={guest.DiskGigabytes}G", ["onboot"] = 1,
    };

    private static JsonObject Storage(Machine node) => new()
    {
        ["storage"] = "local", ["type"] = "dir", ["content"] = "backup,iso,vztmpl", ["active"] = 1, ["enabled"] = 1, ["shared"] = 0,
        ["total"] = node.Disk.Size, ["used"] = node.Disk.Used, ["avail"] = node.Disk.Free,
    };

    private static Answer Data(JsonNode? data) => Answer.Ok(new JsonObject { ["data"] = data });

    private static Answer Fail(int status, string message) => Answer.Of(status, new JsonObject { ["data"] = null, ["message"] = message });

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Count(Request request) => int.TryParse(request.Query.GetValueOrDefault("limit"), CultureInfo.InvariantCulture, out var limit) ? limit : 50;

    private static int Start(Request request) => int.TryParse(request.Query.GetValueOrDefault("start"), CultureInfo.InvariantCulture, out var start) ? start : 0;

    private sealed record ProxmoxTask(string Upid, string Node, string Type, string Id, DateTimeOffset At, string Exit, IReadOnlyList<string> Log)
    {
        public JsonObject State() => new()
        {
            ["upid"] = Upid, ["node"] = Node, ["type"] = Type, ["id"] = Id, ["user"] = "homelab@pve", ["status"] = "stopped", ["exitstatus"] = Exit, ["starttime"] = At.ToUnixTimeSeconds(),
        };

        public JsonObject Listed()
        {
            var listed = State();
            listed["status"] = Exit;
            listed["endtime"] = At.ToUnixTimeSeconds();
            listed.Remove("exitstatus");
            return listed;
        }
    }
}
