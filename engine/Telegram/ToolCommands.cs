using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Engine.Connections;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Reports;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Telegram;

/// <summary>Guests, containers and backups. Looking goes through the activities that read, with the door shut; acting is a durable run of one activity, decided by the gate.</summary>
internal sealed class ToolCommands(ToolReader reader, ActivityRuns runs, ConnectionHealth connections, BackupReader backups)
{
    private const int MostButtons = 12;

    public async Task<TelegramReply> NodesAsync(TelegramRequest request, CancellationToken cancellationToken) => TelegramReply.Of(await EachAsync(
        "Proxmox", "proxmox.list_nodes", "nodes", node =>
            $"{(ToolReader.Text(node, "status") == "online" ? "🟢" : "🔴")} {Html.Bold(ToolReader.Text(node, "name"))} {Html.Text($"cpu {Percent(node, "cpuPercent")}, memory {Part(node, "memoryBytes", "memoryLimitBytes")}, disk {Part(node, "diskBytes", "diskLimitBytes")}, up {Span(node, "uptimeSeconds")}")}",
        cancellationToken));

    public async Task<TelegramReply> GuestsAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        List<IReadOnlyList<CardButton>> buttons = [];
        var lines = await EachAsync(
            "Proxmox", "proxmox.list_guests", "guests",
            guest =>
            {
                if (request.User.Role >= Role.Operator && buttons.Count < MostButtons && ToolReader.Text(guest, "template") != "true")
                    buttons.Add(ToolReader.Text(guest, "status") == "running"
                        ? [Button($"🔄 {ToolReader.Text(guest, "name")}", $"restart_vm {ToolReader.Text(guest, "vmid")}"), Button("⏹ Stop", $"stop_vm {ToolReader.Text(guest, "vmid")}")]
                        : [Button($"▶️ {ToolReader.Text(guest, "name")}", $"start_vm {ToolReader.Text(guest, "vmid")}")]);
                return $"{(ToolReader.Text(guest, "status") == "running" ? "🟢" : "⚪️")} {Html.Code(ToolReader.Text(guest, "vmid"))} {Html.Bold(ToolReader.Text(guest, "name"))} {Html.Text($"({ToolReader.Text(guest, "kind")}, {ToolReader.Text(guest, "status")}) cpu {Percent(guest, "cpuPercent")}, memory {Part(guest, "memoryBytes", "memoryLimitBytes")}")}";
            },
            cancellationToken);
        return new TelegramReply(new CardContent { Lines = lines, Buttons = buttons });
    }

    public Task<TelegramReply> StartGuestAsync(TelegramRequest request, CancellationToken cancellationToken) => GuestAsync(request, "proxmox.start_guest", "start_vm", cancellationToken);

    public Task<TelegramReply> StopGuestAsync(TelegramRequest request, CancellationToken cancellationToken) => GuestAsync(request, "proxmox.shutdown_guest", "stop_vm", cancellationToken);

    public Task<TelegramReply> RestartGuestAsync(TelegramRequest request, CancellationToken cancellationToken) => GuestAsync(request, "proxmox.reboot_guest", "restart_vm", cancellationToken);

    public async Task<TelegramReply> ContainersAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        List<IReadOnlyList<CardButton>> buttons = [];
        var lines = await EachAsync(
            "Docker", "docker.list_containers", "containers",
            container =>
            {
                var name = ToolReader.Text(container, "name");
                if (request.Arguments.Length > 0 && !name.Contains(request.Arguments, StringComparison.OrdinalIgnoreCase))
                    return null;
                if (request.User.Role >= Role.Operator && buttons.Count < MostButtons)
                    buttons.Add(ToolReader.Text(container, "state") == "running"
                        ? [Button($"🔄 {name}", $"restart_container {name}"), Button("⏹ Stop", $"stop_container {name}")]
                        : [Button($"🔄 {name}", $"restart_container {name}")]);
                return $"{(ToolReader.Text(container, "state") == "running" ? "🟢" : "🔴")} {Html.Bold(name)} {Html.Text($"{ToolReader.Text(container, "status")} ({ToolReader.Text(container, "image")})")}";
            },
            cancellationToken);
        return new TelegramReply(new CardContent { Lines = lines, Buttons = buttons });
    }

    public async Task<TelegramReply> DockerAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        List<string> lines = [];
        foreach (var connection in reader.Connections("Docker"))
        {
            var (containers, problem) = await reader.ReadAsync("docker.list_containers", connection, cancellationToken);
            if (problem is not null)
            {
                lines.Add($"🔴 {Html.Bold(connection)}: {Html.Text(problem)}");
                continue;
            }

            var all = ToolReader.Items(containers, "containers");
            lines.Add($"🟢 {Html.Bold(connection)}: {all.Count(one => ToolReader.Text(one, "state") == "running")} of {all.Count} containers run");
            var (usage, _) = await reader.ReadAsync("docker.get_disk_usage", connection, cancellationToken);
            if (usage is not null)
                lines.Add(Html.Text($"images {Bytes(usage, "imagesBytes")}, containers {Bytes(usage, "containersBytes")}, volumes {Bytes(usage, "volumesBytes")} ({Bytes(usage, "unusedVolumesBytes")} unused)"));
        }

        return TelegramReply.Of(lines.Count > 0 ? lines : [NotConfigured("Docker")]);
    }

    public Task<TelegramReply> RestartContainerAsync(TelegramRequest request, CancellationToken cancellationToken) => ContainerAsync(request, "docker.restart_container", "restart_container", cancellationToken);

    public Task<TelegramReply> StopContainerAsync(TelegramRequest request, CancellationToken cancellationToken) => ContainerAsync(request, "docker.stop_container", "stop_container", cancellationToken);

    public async Task<TelegramReply> InfraAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        List<string> lines = [Html.Bold("Infrastructure")];
        foreach (var (tool, activity, field, what, running) in new[]
        {
            ("Proxmox", "proxmox.list_nodes", "nodes", "nodes", "online"),
            ("Proxmox", "proxmox.list_guests", "guests", "guests", "running"),
            ("Docker", "docker.list_containers", "containers", "containers", "running"),
        })
        {
            foreach (var connection in reader.Connections(tool))
            {
                var (output, problem) = await reader.ReadAsync(activity, connection, cancellationToken);
                var all = ToolReader.Items(output, field);
                lines.Add(problem is null
                    ? $"{Html.Text($"{tool} {connection}")}: {all.Count(one => ToolReader.Text(one, field == "containers" ? "state" : "status") == running)} of {all.Count} {what} {running}"
                    : $"🔴 {Html.Text($"{tool} {connection}: {problem}")}");
            }
        }

        var states = connections.List();
        lines.Add($"Connections: {states.Count(state => state.Reachable)} of {states.Count} answer");
        lines.AddRange(states.Where(state => state is { Reachable: false, TestedAt: not null }).Select(state => $"🔴 {Html.Text($"{state.Tool} {state.Name}: {state.Problem}")}"));
        return TelegramReply.Of(lines);
    }

    public async Task<TelegramReply> BackupAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        if (request.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var guest, var storage])
        {
            return request.User.Role >= Role.Operator
                ? await GuestAsync(request with { Arguments = guest }, "proxmox.back_up_guest", "backup", cancellationToken, ("storage", storage))
                : TelegramReply.Of("Your role may look, and backing a guest up acts.");
        }

        List<string> lines = [Html.Bold("Backups")];
        lines.AddRange((await backups.ReadAsync(cancellationToken)).Select(backup => $"{(backup.Ok ? "🟢" : "🔴")} {Html.Text($"{backup.Name}: {backup.Text}")}"));
        foreach (var connection in reader.Connections("ProxmoxBackup"))
        {
            var (output, problem) = await reader.ReadAsync("proxmoxbackup.list_datastores", connection, cancellationToken);
            lines.AddRange(problem is null
                ? ToolReader.Items(output, "datastores").Select(store => $"🗄 {Html.Text($"{connection} {ToolReader.Text(store, "name")}: {Percent(store, "usedPercent")} used{(ToolReader.Text(store, "fullAt") is { Length: > 9 } full ? $", full on {full[..10]}" : "")}")}")
                : [$"🔴 {Html.Text($"{connection}: {problem}")}"]);
        }

        return TelegramReply.Of(lines.Count > 1 ? lines : ["No backups are configured: connections of Restic, Borg or ProxmoxBackup would be shown here."]);
    }

    private async Task<TelegramReply> GuestAsync(TelegramRequest request, string activity, string command, CancellationToken cancellationToken, params (string Name, string Value)[] more)
    {
        var (connection, found, problem) = await FindAsync(request.Arguments, "Proxmox", "proxmox.list_guests", "guests", "vmid", command, cancellationToken);
        if (found is null)
            return problem!;
        var input = new JsonObject { ["connection"] = connection, ["vmid"] = found["vmid"]!.DeepClone() };
        foreach (var (name, value) in more)
            input[name] = value;
        return await ActAsync(request, activity, input, $"{ToolReader.Text(found, "vmid")} {ToolReader.Text(found, "name")}", cancellationToken);
    }

    private async Task<TelegramReply> ContainerAsync(TelegramRequest request, string activity, string command, CancellationToken cancellationToken)
    {
        var (connection, found, problem) = await FindAsync(request.Arguments, "Docker", "docker.list_containers", "containers", "name", command, cancellationToken);
        return found is null
            ? problem!
            : await ActAsync(request, activity, new JsonObject { ["connection"] = connection, ["container"] = ToolReader.Text(found, "name") }, ToolReader.Text(found, "name"), cancellationToken);
    }

    /// <summary>A run of one activity: stored, decided by the gate, and followed by the message.</summary>
    private async Task<TelegramReply> ActAsync(TelegramRequest request, string activity, JsonObject input, string target, CancellationToken cancellationToken)
    {
        if (!runs.TryFind(activity, out var invoker))
            return TelegramReply.Of($"{Html.Text(activity)} is not known here.");
        if (ActivityRuns.Check(invoker, input) is { Count: > 0 } problems)
            return TelegramReply.Of([.. problems.Select(problem => Html.Text($"{problem.Path}: {problem.Message}"))]);
        var run = await runs.StartAsync(invoker.Descriptor, input, dryRun: false, request.User.Name, request.Key, cancellationToken);
        return new TelegramReply(CardContent.Of($"▶️ {Html.Bold($"{invoker.Descriptor.DisplayName}: {target}")}", "⏳ It begins."), $"run:{run.Value}", true);
    }

    private async Task<(string Connection, JsonObject? Found, TelegramReply? Problem)> FindAsync(
        string wanted, string tool, string activity, string field, string key, string command, CancellationToken cancellationToken)
    {
        if (wanted.Length == 0)
            return ("", null, TelegramReply.Of($"Say which: {Html.Code($"/{command} NAME")}"));
        List<(string Connection, JsonObject Item)> found = [];
        List<string> problems = [];
        foreach (var connection in reader.Connections(tool))
        {
            var (output, problem) = await reader.ReadAsync(activity, connection, cancellationToken);
            if (problem is not null)
                problems.Add($"{connection}: {problem}");
            found.AddRange(ToolReader.Items(output, field).Where(item => new[] { ToolReader.Text(item, key), ToolReader.Text(item, "name"), $"{connection}/{ToolReader.Text(item, "name")}" }.Contains(wanted.Trim(), StringComparer.OrdinalIgnoreCase)).Select(item => (connection, item)));
        }

        return found switch
        {
            [var one] => (one.Connection, one.Item, null),
            [] => ("", null, TelegramReply.Of([reader.Connections(tool).Count == 0 ? NotConfigured(tool) : $"There is no {Html.Code(wanted)}.", .. problems.Select(problem => $"🔴 {Html.Text(problem)}")])),
            _ => ("", null, TelegramReply.Of([$"There are several {Html.Code(wanted)}; say which:", .. found.Select(one => Html.Code($"/{command} {one.Connection}/{ToolReader.Text(one.Item, "name")}"))])),
        };
    }

    private async Task<IReadOnlyList<string>> EachAsync(string tool, string activity, string field, Func<JsonObject, string?> line, CancellationToken cancellationToken)
    {
        List<string> lines = [];
        foreach (var connection in reader.Connections(tool))
        {
            var (output, problem) = await reader.ReadAsync(activity, connection, cancellationToken);
            if (problem is not null)
                lines.Add($"🔴 {Html.Bold(connection)}: {Html.Text(problem)}");
            lines.AddRange(ToolReader.Items(output, field).Select(line).OfType<string>());
        }

        return reader.Connections(tool).Count == 0 ? [NotConfigured(tool)] : lines.Count > 0 ? lines : ["There is none."];
    }

    private static string NotConfigured(string tool) => $"No connection of {tool} is configured.";

    private static CardButton Button(string label, string command) => new(label, TelegramPresses.Command, command);

    private static double? Number(JsonNode? owner, string name) => double.TryParse(ToolReader.Text(owner, name), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Percent(JsonNode? owner, string name) => Number(owner, name) is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number:0}%") : "?";

    private static string Part(JsonNode? owner, string name, string whole) => Number(owner, name) is { } some && Number(owner, whole) is { } all and > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100 * some / all:0}%") : "?";

    private static string Bytes(JsonNode? owner, string name) => string.Create(CultureInfo.InvariantCulture, $"{(Number(owner, name) ?? 0) / (1 << 30):0.0} GiB");

    private static string Span(JsonNode? owner, string name) => Number(owner, name) is { } seconds ? Words(TimeSpan.FromSeconds(seconds)) : "?";

    internal static string Words(TimeSpan span) => span.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0} days")
        : span.TotalHours >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0} h") : string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min");
}
