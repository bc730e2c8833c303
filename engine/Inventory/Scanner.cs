using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Activities.Model;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Inventory;

/// <summary>Asks every tool that is connected what there is, by the activities that read. One that does not answer keeps the others from nothing.</summary>
internal sealed class Scanner(Lazy<Reading> reading, IEnumerable<ITestableConnection> connections, TextMask mask, IConfiguration configuration)
{
    private readonly ITestableConnection[] _connections = [.. connections];

    public async Task<InventoryScan> ScanAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Documentation").Get<DocumentationSettings>() ?? new();
        var scan = new InventoryScan();
        var connected = new OpenConnections();
        foreach (var (tool, look) in new (string, Func<string, Task>)[]
        {
            ("Proxmox", name => ProxmoxAsync(scan, name)),
            ("Docker", name => DockerAsync(scan, name, settings)),
            ("Ssh", name => HostAsync(scan, name, settings)),
            ("Traefik", name => TraefikAsync(scan, name)),
            ("Restic", name => ResticAsync(scan, name)),
            ("Borg", name => BorgAsync(scan, name)),
            ("ProxmoxBackup", name => ProxmoxBackupAsync(scan, name)),
        })
        {
            foreach (var name in _connections.FirstOrDefault(connection => connection.Tool == tool)?.Names ?? [])
            {
                var source = $"{tool.ToLowerInvariant()}:{name}";
                if (settings.Skip.Contains(source, StringComparer.OrdinalIgnoreCase))
                    continue;
                context.Progress?.Report(new ActivityProgress(null, source));
                await TryAsync(scan, source, () => look(name));
            }
        }

        foreach (var endpoint in settings.Certificates)
            await TryAsync(scan, $"certificate:{endpoint}", () => CertificateAsync(scan, endpoint));
        Link(scan);
        connected.Link(scan);
        return scan;

        async Task<JsonObject> AskAsync(string activity, JsonObject input) =>
            (await reading.Value.PerformAsync(activity, input, context, cancellationToken)) as JsonObject ?? throw new ActivityException($"{activity} answered nothing.", retryable: true);

        async Task DockerAsync(InventoryScan into, string name, DocumentationSettings all)
        {
            var (source, host) = ($"docker:{name}", $"docker:{name}");
            var capacity = await AskAsync("docker.get_capacity", new() { ["connection"] = name });
            into.Add(host, "host", $"Docker {name}", null, source, ("memory", Gib(capacity["memoryBytes"])), ("processors", $"{capacity["processors"]}"));
            Dictionary<string, (JsonObject Inspect, JsonObject Labels)> containers = [];
            foreach (var entry in (await AskAsync("docker.list_containers", new() { ["connection"] = name }))["containers"]!.AsArray())
            {
                var container = await AskAsync("docker.inspect_container", new() { ["connection"] = name, ["container"] = (string)entry!["name"]! });
                var labels = entry["labels"] as JsonObject ?? [];
                containers[(string)entry["name"]!] = (container, labels);
                var networks = container["networks"]!.AsArray().Select(network => (string)network!).Order(StringComparer.Ordinal).ToArray();
                into.Add(
                    $"{host}/container/{entry["name"]}", "container", (string)entry["name"]!, host, source, ("image", (string?)container["image"]), ("state", (string?)container["state"]), ("restart", (string?)container["restartPolicy"]),
                    ("memory limit", Limit(container["memoryLimitBytes"])), ("processors", (double)container["processors"]! > 0 ? $"{(double)container["processors"]!:0.##}" : null), ("networks", string.Join(", ", networks)),
                    ("project", (string?)labels["com.docker.compose.project"]), ("compose service", (string?)labels["com.docker.compose.service"]), ("compose file", (string?)labels["com.docker.compose.project.config_files"]));
                foreach (var network in networks)
                    into.Add($"{host}/network/{network}", "network", network, host, source);
                foreach (var port in container["published"]!.AsArray().Where(port => ((string)port!["inside"]!).EndsWith("/tcp", StringComparison.Ordinal)))
                    connected.Publish(ComposeFiles.MachineOf(configuration, name), (string)port!["address"]!, (int)port["port"]!, $"{host}/container/{entry["name"]}");
            }

            foreach (var dependency in (await AskAsync("docker.list_dependencies", new() { ["connection"] = name }))["dependencies"]!.AsArray())
            {
                foreach (var needed in dependency!["needs"]!.AsArray())
                    into.Edges.Add(new($"{host}/container/{dependency["container"]}", $"{host}/container/{needed}", "environment", source));
            }

            ComposeFiles.Edges(into, host, source, containers.ToDictionary(pair => pair.Key, pair => pair.Value.Labels));
            var files = containers.Values.SelectMany(pair => ((string?)pair.Labels["com.docker.compose.project.config_files"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
                .Concat(all.ComposeFiles.Where(file => file.StartsWith(name + "=", StringComparison.Ordinal)).Select(file => file[(name.Length + 1)..])).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            foreach (var file in files.Where(file => file.StartsWith('/')))
                await TryAsync(into, $"compose:{name}{file}", () => ComposeAsync(into, name, host, file, containers));
        }

        async Task ComposeAsync(InventoryScan into, string docker, string host, string file, Dictionary<string, (JsonObject Inspect, JsonObject Labels)> containers)
        {
            var text = (string?)(await AskAsync("ssh.download_file", new() { ["connection"] = ComposeFiles.MachineOf(configuration, docker), ["path"] = file }))["text"] ?? throw new ActivityException($"{file} is no text.", retryable: false);
            ComposeFiles.Compare(into, host, $"compose:{docker}{file}", file, text, containers);
        }

        async Task ProxmoxAsync(InventoryScan into, string name)
        {
            var source = $"proxmox:{name}";
            foreach (var node in (await AskAsync("proxmox.list_nodes", new() { ["connection"] = name }))["nodes"]!.AsArray())
                into.Add($"{source}/node/{node!["name"]}", "host", (string)node["name"]!, null, source, ("state", (string?)node["status"]), ("memory", Gib(node["memoryLimitBytes"])), ("processors", $"{node["cores"]}"));
            foreach (var guest in (await AskAsync("proxmox.list_guests", new() { ["connection"] = name }))["guests"]!.AsArray())
            {
                into.Add(
                    $"{source}/{guest!["kind"]}/{guest["vmid"]}", "guest", (string)guest["name"]! is { Length: > 0 } called ? called : $"{guest["vmid"]}", $"{source}/node/{guest["node"]}", source, ("number", $"{guest["vmid"]}"),
                    ("kind", (string?)guest["kind"] == "lxc" ? "container" : "virtual machine"), ("state", (string?)guest["status"]), ("memory", Gib(guest["memoryLimitBytes"])), ("processors", $"{guest["cores"]}"), ("disk", Gib(guest["diskLimitBytes"])),
                    ("tags", string.Join(", ", guest["tags"]!.AsArray().Select(tag => (string)tag!).Order(StringComparer.Ordinal))), ("template", (bool)guest["template"]! ? "yes" : null));
            }

            foreach (var node in into.Items.Values.Where(item => item.Kind == "host" && item.Source == source).ToArray())
            {
                foreach (var storage in (await AskAsync("proxmox.list_storages", new() { ["connection"] = name, ["node"] = node.Name }))["storages"]!.AsArray())
                {
                    into.Add(
                        (bool)storage!["shared"]! ? $"{source}/storage/{storage["name"]}" : $"{node.Id}/storage/{storage["name"]}", "storage", (string)storage["name"]!, (bool)storage["shared"]! ? null : node.Id, source, ("type", (string?)storage["type"]),
                        ("size", Gib(storage["totalBytes"])), ("content", string.Join(", ", storage["content"]!.AsArray().Select(one => (string)one!).Order(StringComparer.Ordinal))));
                }
            }
        }

        async Task HostAsync(InventoryScan into, string name, DocumentationSettings all)
        {
            var source = $"ssh:{name}";
            var units = (await AskAsync("systemd.list_units", new() { ["connection"] = name }))["units"]!.AsArray();
            var memory = await AskAsync("linux.get_memory", new() { ["connection"] = name });
            into.Add(source, "host", name, null, source, ("memory", Gib(memory["totalBytes"])));
            foreach (var unit in units.Where(unit => (string)unit!["loaded"]! == "loaded" && (string)unit["active"]! is "active" or "failed" && (string)unit["sub"]! is not "exited"))
            {
                into.Add($"systemd:{name}/service/{unit!["name"]}", "service", (string)unit["name"]!, source, source, ("state", (string?)unit["active"]), ("description", (string?)unit["description"]));
                if ((string)unit["active"]! == "failed")
                    into.Drift.Add(new($"systemd:{name}/service/{unit["name"]}", (string)unit["name"]!, "state", "running", "failed", false, source));
            }

            foreach (var timer in (await AskAsync("systemd.list_timers", new() { ["connection"] = name }))["timers"]!.AsArray())
                into.Add($"systemd:{name}/timer/{timer!["name"]}", "timer", (string)timer["name"]!, source, source, ("starts", (string?)timer["starts"]));
            foreach (var unit in await UnitFiles.DownAsync(AskAsync, name, source, units))
                into.Drift.Add(unit);
            await TryAsync(into, OpenConnections.SourceOf(name), async () => connected.Add(name, await AskAsync("linux.list_connections", new() { ["connection"] = name })));
            foreach (var file in all.UnitFiles.Where(file => file.StartsWith(name + "=", StringComparison.Ordinal)).Select(file => file[(name.Length + 1)..]).Distinct(StringComparer.Ordinal))
                await TryAsync(into, $"unit:{name}{file}", async () => into.Drift.AddRange(await UnitFiles.CompareAsync(AskAsync, name, all.Connection, file, $"unit:{name}{file}", mask)));
        }

        async Task TraefikAsync(InventoryScan into, string name)
        {
            var source = $"traefik:{name}";
            into.Add(source, "service", $"Traefik {name}", null, source);
            foreach (var router in (await AskAsync("traefik.list_routers", new() { ["connection"] = name }))["routers"]!.AsArray())
            {
                into.Add($"{source}/router/{router!["name"]}", "service", (string)router["name"]!, source, source, ("rule", (string?)router["rule"]), ("service", (string?)router["service"]), ("state", (string?)router["status"]));
                into.Edges.Add(new($"{source}/router/{router["name"]}", $"name:{((string)router["service"]!).Split('@')[0]}", "proxy", source));
            }
        }

        async Task ResticAsync(InventoryScan into, string name)
        {
            foreach (var age in (await AskAsync("restic.check_age", new() { ["connection"] = name }))["newest"]!.AsArray())
                into.Add($"restic:{name}/{age!["host"]}", "backup", $"restic {name}: {age["host"]}", null, $"restic:{name}", ("paths", string.Join(", ", age["paths"]!.AsArray().Select(path => (string)path!).Order(StringComparer.Ordinal))));
        }

        async Task BorgAsync(InventoryScan into, string name)
        {
            var age = await AskAsync("borg.check_age", new() { ["connection"] = name });
            into.Add($"borg:{name}", "backup", $"borg {name}", null, $"borg:{name}", ("has archives", age["newest"] is null ? "no" : "yes"), ("recent", (bool)age["ok"]! ? "yes" : "no"));
        }

        async Task ProxmoxBackupAsync(InventoryScan into, string name)
        {
            foreach (var store in (await AskAsync("proxmoxbackup.list_datastores", new() { ["connection"] = name }))["datastores"]!.AsArray())
                into.Add($"proxmoxbackup:{name}/{store!["name"]}", "backup", $"Proxmox Backup {store["name"]}", null, $"proxmoxbackup:{name}", ("size", Gib(store["totalBytes"])));
        }

        async Task CertificateAsync(InventoryScan into, string endpoint)
        {
            var colon = endpoint.LastIndexOf(':');
            var (server, port) = colon > 0 && int.TryParse(endpoint.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var number) ? (endpoint[..colon], number) : (endpoint, 443);
            var report = await AskAsync("certificates.check_endpoint", new() { ["host"] = server, ["port"] = port });
            var leaf = report["chain"]!.AsArray().FirstOrDefault();
            into.Add(
                $"certificate:{endpoint}", "certificate", endpoint, null, $"certificate:{endpoint}", ("names", string.Join(", ", leaf?["names"]?.AsArray().Select(one => (string)one!) ?? [])), ("issuer", (string?)leaf?["issuer"]),
                ("valid until", leaf is null ? null : ((DateTimeOffset)leaf["notAfter"]!).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ("trusted", (bool)report["trusted"]! ? "yes" : "no"));
        }
    }

    /// <summary>Edges that name a thing only by its name, and guests that are hosts reached by SSH, become edges between things.</summary>
    private static void Link(InventoryScan scan)
    {
        var byName = scan.Items.Values.GroupBy(item => item["compose service"] is { Length: > 0 } service ? service : item.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.OrderBy(item => item.Id, StringComparer.Ordinal).First().Id, StringComparer.OrdinalIgnoreCase);
        foreach (var edge in scan.Edges.Where(edge => edge.To.StartsWith("name:", StringComparison.Ordinal)).ToArray())
        {
            scan.Edges.Remove(edge);
            if (byName.TryGetValue(edge.To[5..], out var id) && id != edge.From)
                scan.Edges.Add(edge with { To = id });
        }
    }

    private static async Task TryAsync(InventoryScan scan, string source, Func<Task> look)
    {
        try
        {
            await look();
            scan.Answered.Add(source);
        }
        catch (ActivityException exception)
        {
            scan.Problems.Add($"{source}: {exception.Message}");
        }
    }

    private static string? Gib(JsonNode? bytes) => (double?)bytes is { } number and > 0 ? string.Create(CultureInfo.InvariantCulture, $"{number / (1 << 30):0.#} GiB") : null;

    private static string? Limit(JsonNode? bytes) => (double?)bytes is { } number and > 0 ? string.Create(CultureInfo.InvariantCulture, $"{number / (1 << 20):0} MiB") : null;
}
