using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Homelab.Activities.Proxmox;

internal sealed class ProxmoxOptions : HttpConnectionOptions
{
    /// <summary>"user@realm!name"; a token that may do only what is needed is better than root's.</summary>
    [Required]
    [RegularExpression("[^@!\\s]+@[^@!\\s]+![^@!=\\s]+")]
    public string? TokenId { get; set; }

    [Secret]
    [Required]
    public string? TokenSecret { get; set; }
}

internal sealed class ProxmoxClients(Connections<ProxmoxOptions> connections, ToolHttp http)
{
    public async Task<ProxmoxClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        // One word: scheme and parameter are not parted by a space as elsewhere.
        var token = $"PVEAPIToken={options.TokenId}={options.TokenSecret}";
        return new(options.Name, http.Open(options, context, request => request.Headers.TryAddWithoutValidation("Authorization", token)), context);
    }
}

/// <summary>The API of Proxmox VE. Forms are percent-encoded (a raw = would cut a value off), reads and deletions have no body (it answers 501), answers are read leniently.</summary>
internal sealed class ProxmoxClient(string name, ToolHttpClient http, ActivityContext context)
{
    public string Name => name;

    public async Task<string> VersionAsync(CancellationToken cancellationToken) => (await GetAsync<VersionInfo>($"/api2/json/version", cancellationToken)).Version;

    public Task<IReadOnlyList<NodeEntry>> NodesAsync(CancellationToken cancellationToken) => GetAsync<IReadOnlyList<NodeEntry>>($"/api2/json/nodes", cancellationToken);

    public async Task<IReadOnlyList<GuestEntry>> GuestsAsync(CancellationToken cancellationToken) =>
        [.. (await GetAsync<IReadOnlyList<GuestEntry>>($"/api2/json/cluster/resources?type=vm", cancellationToken)).Where(guest => guest.Type is "lxc" or "qemu" && guest.Vmid > 0)];

    public async Task<GuestEntry?> FindGuestAsync(int vmid, CancellationToken cancellationToken) =>
        (await GuestsAsync(cancellationToken)).FirstOrDefault(guest => guest.Vmid == vmid);

    public async Task<GuestEntry> GuestAsync(int vmid, CancellationToken cancellationToken) =>
        await FindGuestAsync(vmid, cancellationToken)
        ?? throw new ActivityException($"Proxmox connection '{name}' has no guest {vmid}, or its token may not see it.", retryable: false);

    public Task<GuestState> StateAsync(GuestEntry guest, CancellationToken cancellationToken) => GetAsync<GuestState>($"{guest.Path}/status/current", cancellationToken);

    public Task<Dictionary<string, JsonElement>> ConfigAsync(GuestEntry guest, CancellationToken cancellationToken) =>
        GetAsync<Dictionary<string, JsonElement>>($"{guest.Path}/config", cancellationToken);

    /// <summary>Without the entry that stands for now.</summary>
    public async Task<IReadOnlyList<SnapshotEntry>> SnapshotsAsync(GuestEntry guest, CancellationToken cancellationToken) =>
        [.. (await GetAsync<IReadOnlyList<SnapshotEntry>>($"{guest.Path}/snapshot", cancellationToken)).Where(snapshot => snapshot.Name != "current")];

    public Task<IReadOnlyList<StorageEntry>> StoragesAsync(string node, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<StorageEntry>>($"/api2/json/nodes/{node}/storage", cancellationToken);

    public Task<IReadOnlyList<ContentEntry>> ContentAsync(string node, string storage, string? content, int? vmid, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<ContentEntry>>($"/api2/json/nodes/{node}/storage/{storage}/content{ToolPath.Query(("content", content), ("vmid", vmid))}", cancellationToken);

    public Task<IReadOnlyList<TaskEntry>> TasksAsync(string node, int? vmid, bool errors, int limit, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<TaskEntry>>(
            $"/api2/json/nodes/{node}/tasks{ToolPath.Query(("limit", limit), ("vmid", vmid), ("errors", errors ? 1 : null), ("source", "all"))}", cancellationToken);

    public Task<TaskEntry> TaskAsync(string upid, CancellationToken cancellationToken) =>
        GetAsync<TaskEntry>($"{ProxmoxTask.PathOf(upid)}/status", cancellationToken);

    public Task<IReadOnlyList<LogLine>> TaskLogAsync(string upid, int start, int limit, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<LogLine>>($"{ProxmoxTask.PathOf(upid)}/log?start={start}&limit={limit}", cancellationToken);

    /// <summary>Sends a change and, where it answers a task, follows that to its end.</summary>
    /// <returns>The task's id; null where the change was done at once.</returns>
    public async Task<string?> ChangeAsync(HttpMethod method, FormattableString path, CancellationToken cancellationToken, params IEnumerable<(string Name, object? Value)> fields)
    {
        var given = fields.Where(field => field.Value is not null)
            .Select(field => KeyValuePair.Create(field.Name, Convert.ToString(field.Value, System.Globalization.CultureInfo.InvariantCulture)!)).ToList();
        var answer = await http.ChangeAsync<Envelope<JsonElement>>(method, path, given.Count > 0 ? new FormUrlEncodedContent(given) : null, cancellationToken);
        if (answer.Data.ValueKind != JsonValueKind.String || answer.Data.GetString() is not { } upid || !upid.StartsWith("UPID:", StringComparison.Ordinal))
            return null;
        await new ProxmoxTask(http, context, upid).FollowAsync(cancellationToken);
        return upid;
    }

    public ActivityTarget Target(GuestEntry guest) => new("guest", $"proxmox:{name}/guest/{guest.Vmid}", $"{guest.Name ?? "guest"} ({guest.Vmid})");

    private async Task<T> GetAsync<T>(FormattableString path, CancellationToken cancellationToken) =>
        (await http.GetAsync<Envelope<T>>(path, cancellationToken)).Data
        ?? throw new ActivityException($"Proxmox connection '{name}' answered without data.", retryable: false);

    private sealed record Envelope<T>(T? Data);

    private sealed record VersionInfo(string Version);

    public sealed record NodeEntry(string Node, string? Status, double? Cpu, int? Maxcpu, long? Mem, long? Maxmem, long? Disk, long? Maxdisk, long? Uptime);

    /// <param name="Template">1 for a template: these booleans are numbers.</param>
    public sealed record GuestEntry(
        string? Type, int Vmid, string? Name, string? Node, string? Status, double? Cpu, double? Maxcpu, long? Mem, long? Maxmem, long? Disk, long? Maxdisk, long? Uptime, int? Template, string? Tags)
    {
        public bool IsContainer => Type == "lxc";

        public bool IsRunning => Status == "running";

        public ToolPath.Raw Path => new(ToolPath.Of($"/api2/json/nodes/{Node}/{Type}/{Vmid}"));
    }

    public sealed record GuestState(string? Status, string? Name, double? Cpu, double? Cpus, long? Mem, long? Maxmem, long? Uptime, string? Lock);

    public sealed record SnapshotEntry(string Name, string? Description, long? Snaptime, string? Parent);

    public sealed record StorageEntry(string Storage, string? Type, string? Content, int? Active, int? Enabled, int? Shared, long? Total, long? Used, long? Avail);

    public sealed record ContentEntry(string Volid, string? Content, string? Format, long? Size, long? Ctime, int? Vmid, string? Notes);

    public sealed record TaskEntry(string Upid, string? Type, string? Id, string? User, string? Status, string? Exitstatus, string? Node, long? Starttime, long? Endtime);

    public sealed record LogLine(int N, string? T);
}
