using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Connections;
using Homelab.Engine.Dispatch;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Telegram;

/// <summary>Guests, containers and backups. Looking goes through the activities that read, with the door shut; acting is a durable run of one activity, decided by the gate.</summary>
internal sealed class ToolCommands(ActivityCatalog catalog, ActivityRuns runs, ConnectionHealth connections, TimeProvider time, ILogger<ToolCommands> logger)
{
    private const int MostButtons = 12;

    public async Task<TelegramReply> NodesAsync(TelegramRequest request, CancellationToken cancellationToken) => TelegramReply.Of(await EachAsync(
        "Proxmox", "proxmox.list_nodes", "nodes", node =>
            $"{(Text(node, "status") == "online" ? "🟢" : "🔴")} {Html.Bold(Text(node, "name"))} {Html.Text($"cpu {Percent(node, "cpuPercent")}, memory {Part(node, "memoryBytes", "memoryLimitBytes")}, disk {Part(node, "diskBytes", "diskLimitBytes")}, up {Span(node, "uptimeSeconds")}")}",
        cancellationToken));

    public async Task<TelegramReply> GuestsAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        List<IReadOnlyList<CardButton>> buttons = [];
        var lines = await EachAsync(
            "Proxmox", "proxmox.list_guests", "guests",
            guest =>
            {
                if (request.User.Role >= Role.Operator && buttons.Count < MostButtons && Text(guest, "template") != "true")
                    buttons.Add(Text(guest, "status") == "running"
                        ? [Button($"🔄 {Text(guest, "name")}", $"restart_vm {Text(guest, "vmid")}"), Button("⏹ Stop", $"stop_vm {Text(guest, "vmid")}")]
                        : [Button($"▶️ {Text(guest, "name")}", $"start_vm {Text(guest, "vmid")}")]);
                return $"{(Text(guest, "status") == "running" ? "🟢" : "⚪️")} {Html.Code(Text(guest, "vmid"))} {Html.Bold(Text(guest, "name"))} {Html.Text($"({Text(guest, "kind")}, {Text(guest, "status")}) cpu {Percent(guest, "cpuPercent")}, memory {Part(guest, "memoryBytes", "memoryLimitBytes")}")}";
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
                var name = Text(container, "name");
                if (request.Arguments.Length > 0 && !name.Contains(request.Arguments, StringComparison.OrdinalIgnoreCase))
                    return null;
                if (request.User.Role >= Role.Operator && buttons.Count < MostButtons)
                    buttons.Add(Text(container, "state") == "running"
                        ? [Button($"🔄 {name}", $"restart_container {name}"), Button("⏹ Stop", $"stop_container {name}")]
                        : [Button($"🔄 {name}", $"restart_container {name}")]);
                return $"{(Text(container, "state") == "running" ? "🟢" : "🔴")} {Html.Bold(name)} {Html.Text($"{Text(container, "status")} ({Text(container, "image")})")}";
            },
            cancellationToken);
        return new TelegramReply(new CardContent { Lines = lines, Buttons = buttons });
    }

    public async Task<TelegramReply> DockerAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        List<string> lines = [];
        foreach (var connection in Connections("Docker"))
        {
            var (containers, problem) = await ReadAsync("docker.list_containers", connection, cancellationToken);
            if (problem is not null)
            {
                lines.Add($"🔴 {Html.Bold(connection)}: {Html.Text(problem)}");
                continue;
            }

            var all = Items(containers, "containers");
            lines.Add($"🟢 {Html.Bold(connection)}: {all.Count(one => Text(one, "state") == "running")} of {all.Count} containers run");
            var (usage, _) = await ReadAsync("docker.get_disk_usage", connection, cancellationToken);
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
            foreach (var connection in Connections(tool))
            {
                var (output, problem) = await ReadAsync(activity, connection, cancellationToken);
                var all = Items(output, field);
                lines.Add(problem is null
                    ? $"{Html.Text($"{tool} {connection}")}: {all.Count(one => Text(one, field == "containers" ? "state" : "status") == running)} of {all.Count} {what} {running}"
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
        foreach (var connection in Connections("Restic"))
        {
            var (output, problem) = await ReadAsync("restic.check_age", connection, cancellationToken);
            lines.Add(problem is null ? $"{Ok(output)} restic {Html.Text(connection)}: {Ages(Items(output, "newest"))}" : $"🔴 restic {Html.Text($"{connection}: {problem}")}");
        }

        foreach (var connection in Connections("Borg"))
        {
            var (output, problem) = await ReadAsync("borg.check_age", connection, cancellationToken);
            lines.Add(problem is null ? $"{Ok(output)} borg {Html.Text(connection)}: {Html.Text($"{Text(output, "newest")}, {Hours(output)} old")}" : $"🔴 borg {Html.Text($"{connection}: {problem}")}");
        }

        foreach (var connection in Connections("ProxmoxBackup"))
        {
            var (output, problem) = await ReadAsync("proxmoxbackup.list_datastores", connection, cancellationToken);
            lines.AddRange(problem is null
                ? Items(output, "datastores").Select(store => $"🗄 {Html.Text($"{connection} {Text(store, "name")}: {Percent(store, "usedPercent")} used{(Text(store, "fullAt") is { Length: > 9 } full ? $", full on {full[..10]}" : "")}")}")
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
        return await ActAsync(request, activity, input, $"{Text(found, "vmid")} {Text(found, "name")}", cancellationToken);
    }

    private async Task<TelegramReply> ContainerAsync(TelegramRequest request, string activity, string command, CancellationToken cancellationToken)
    {
        var (connection, found, problem) = await FindAsync(request.Arguments, "Docker", "docker.list_containers", "containers", "name", command, cancellationToken);
        return found is null
            ? problem!
            : await ActAsync(request, activity, new JsonObject { ["connection"] = connection, ["container"] = Text(found, "name") }, Text(found, "name"), cancellationToken);
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
        foreach (var connection in Connections(tool))
        {
            var (output, problem) = await ReadAsync(activity, connection, cancellationToken);
            if (problem is not null)
                problems.Add($"{connection}: {problem}");
            found.AddRange(Items(output, field).Where(item => new[] { Text(item, key), Text(item, "name"), $"{connection}/{Text(item, "name")}" }.Contains(wanted.Trim(), StringComparer.OrdinalIgnoreCase)).Select(item => (connection, item)));
        }

        return found switch
        {
            [var one] => (one.Connection, one.Item, null),
            [] => ("", null, TelegramReply.Of([Connections(tool).Count == 0 ? NotConfigured(tool) : $"There is no {Html.Code(wanted)}.", .. problems.Select(problem => $"🔴 {Html.Text(problem)}")])),
            _ => ("", null, TelegramReply.Of([$"There are several {Html.Code(wanted)}; say which:", .. found.Select(one => Html.Code($"/{command} {one.Connection}/{Text(one.Item, "name")}"))])),
        };
    }

    private async Task<IReadOnlyList<string>> EachAsync(string tool, string activity, string field, Func<JsonObject, string?> line, CancellationToken cancellationToken)
    {
        List<string> lines = [];
        foreach (var connection in Connections(tool))
        {
            var (output, problem) = await ReadAsync(activity, connection, cancellationToken);
            if (problem is not null)
                lines.Add($"🔴 {Html.Bold(connection)}: {Html.Text(problem)}");
            lines.AddRange(Items(output, field).Select(line).OfType<string>());
        }

        return Connections(tool).Count == 0 ? [NotConfigured(tool)] : lines.Count > 0 ? lines : ["There is none."];
    }

    /// <summary>With the door shut: whatever the activity is, nothing is changed by looking.</summary>
    private async Task<(JsonNode? Output, string? Problem)> ReadAsync(string activity, string connection, CancellationToken cancellationToken)
    {
        if (!catalog.TryFind(activity, out var invoker))
            return (null, $"{activity} is not known here");
        var context = new ActivityContext { RunId = "telegram", StepId = activity, IdempotencyKey = $"telegram/{activity}", DryRun = true, Time = time, Logger = logger };
        try
        {
            return (await invoker.ExecuteAsync(JsonSerializer.SerializeToElement(new JsonObject { ["connection"] = connection }), context, cancellationToken), null);
        }
        catch (ActivityException exception)
        {
            return (null, exception.Message);
        }
    }

    private IReadOnlyList<string> Connections(string tool) => [.. connections.List().Where(state => state.Tool == tool).Select(state => state.Name)];

    private static string NotConfigured(string tool) => $"No connection of {tool} is configured.";

    private static CardButton Button(string label, string command) => new(label, TelegramPresses.Command, command);

    private static List<JsonObject> Items(JsonNode? output, string field) => [.. (output?[field] as JsonArray ?? []).OfType<JsonObject>()];

    private static string Text(JsonNode? owner, string name) => owner?[name] is JsonValue value ? value.ToString() : "";

    private static double? Number(JsonNode? owner, string name) => double.TryParse(Text(owner, name), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Percent(JsonNode? owner, string name) => Number(owner, name) is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number:0}%") : "?";

    private static string Part(JsonNode? owner, string name, string whole) => Number(owner, name) is { } some && Number(owner, whole) is { } all and > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100 * some / all:0}%") : "?";

    private static string Bytes(JsonNode? owner, string name) => string.Create(CultureInfo.InvariantCulture, $"{(Number(owner, name) ?? 0) / (1 << 30):0.0} GiB");

    private static string Span(JsonNode? owner, string name) => Number(owner, name) is { } seconds ? Words(TimeSpan.FromSeconds(seconds)) : "?";

    private static string Hours(JsonNode? owner) => Number(owner, "hours") is { } hours ? Words(TimeSpan.FromHours(hours)) : "?";

    private static string Ok(JsonNode? output) => Text(output, "ok") == "true" ? "🟢" : "🔴";

    private static string Ages(List<JsonObject> newest) => newest.Count == 0 ? "no backup" : Html.Text(string.Join(", ", newest.Select(one => $"{Text(one, "host")} {Hours(one)} old")));

    internal static string Words(TimeSpan span) => span.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0} days")
        : span.TotalHours >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0} h") : string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min");
}
