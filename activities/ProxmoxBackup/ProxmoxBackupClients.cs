using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Homelab.Activities.Proxmox;

namespace Homelab.Activities.ProxmoxBackup;

internal sealed class ProxmoxBackupOptions : HttpConnectionOptions
{
    /// <summary>"user@realm!name".</summary>
    [Required]
    [RegularExpression("[^@!\\s]+@[^@!\\s]+![^@!:\\s]+")]
    public string? TokenId { get; set; }

    [Secret]
    [Required]
    public string? TokenSecret { get; set; }
}

internal sealed class ProxmoxBackupClients(Connections<ProxmoxBackupOptions> connections, ToolHttp http)
{
    public async Task<ProxmoxBackupClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        // One word, with a colon before the secret where Proxmox VE has an equals sign.
        var token = $"PBSAPIToken={options.TokenId}:{options.TokenSecret}";
        return new(options.Name, http.Open(options, context, request => request.Headers.TryAddWithoutValidation("Authorization", token)), context);
    }
}

/// <summary>The API of Proxmox Backup Server: that of Proxmox VE with names of its own.</summary>
internal sealed class ProxmoxBackupClient(string name, ToolHttpClient http, ActivityContext context)
{
    public const string StorePattern = "[A-Za-z0-9_][A-Za-z0-9._-]*";
    public const string NamespacePattern = "([A-Za-z0-9_][A-Za-z0-9._-]*/){0,7}[A-Za-z0-9_][A-Za-z0-9._-]*";

    public string Name => name;

    public async Task<string> VersionAsync(CancellationToken cancellationToken) => (await GetAsync<VersionInfo>($"/api2/json/version", cancellationToken)).Version;

    public Task<IReadOnlyList<StoreUse>> StoresAsync(CancellationToken cancellationToken) => GetAsync<IReadOnlyList<StoreUse>>($"/api2/json/status/datastore-usage", cancellationToken);

    public async Task<ActivityTarget> TargetAsync(string store, CancellationToken cancellationToken) =>
        (await StoresAsync(cancellationToken)).Any(candidate => candidate.Store == store)
            ? new("datastore", $"proxmoxbackup:{name}/datastore/{store}", store)
            : throw new ActivityException($"Proxmox Backup connection '{name}' has no datastore '{store}', or its token may not see it.", retryable: false);

    public Task<IReadOnlyList<SnapshotEntry>> SnapshotsAsync(string store, string? ns, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<SnapshotEntry>>($"/api2/json/admin/datastore/{store}/snapshots{ToolPath.Query(("ns", ns))}", cancellationToken);

    public Task<IReadOnlyList<TaskEntry>> TasksAsync(string? store, bool errors, int limit, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<TaskEntry>>(
            $"/api2/json/nodes/localhost/tasks{ToolPath.Query(("limit", limit), ("store", store), ("errors", errors ? 1 : null))}", cancellationToken);

    /// <summary>Sends a change that answers a task and follows that to its end.</summary>
    public async Task<string?> ChangeAsync(FormattableString path, CancellationToken cancellationToken, params IEnumerable<(string Name, object? Value)> fields)
    {
        var form = new FormUrlEncodedContent(fields.Where(field => field.Value is not null)
            .Select(field => KeyValuePair.Create(field.Name, Convert.ToString(field.Value, CultureInfo.InvariantCulture)!)));
        var answer = await http.ChangeAsync<Envelope<JsonElement>>(HttpMethod.Post, path, form, cancellationToken);
        if (answer.Data.ValueKind != JsonValueKind.String || answer.Data.GetString() is not { } upid || !upid.StartsWith("UPID:", StringComparison.Ordinal))
            return null;
        await new ProxmoxTask(http, context, upid).FollowAsync(cancellationToken);
        return upid;
    }

    private async Task<T> GetAsync<T>(FormattableString path, CancellationToken cancellationToken) =>
        (await http.GetAsync<Envelope<T>>(path, cancellationToken)).Data
        ?? throw new ActivityException($"Proxmox Backup connection '{name}' answered without data.", retryable: false);

    private sealed record Envelope<T>(T? Data);

    private sealed record VersionInfo(string Version);

    public sealed record StoreUse(string Store, long? Total, long? Used, long? Avail, string? Error)
    {
        [JsonPropertyName("estimated-full-date")]
        public long? EstimatedFullDate { get; init; }
    }

    public sealed record SnapshotEntry
    {
        [JsonPropertyName("backup-type")]
        public string Type { get; init; } = "";

        [JsonPropertyName("backup-id")]
        public string Id { get; init; } = "";

        [JsonPropertyName("backup-time")]
        public long Time { get; init; }

        public long? Size { get; init; }

        public string? Comment { get; init; }

        public bool? Protected { get; init; }

        public Verification? Verification { get; init; }
    }

    public sealed record Verification(string? State);

    public sealed record TaskEntry(string Upid, string? User, string? Status, long? Starttime, long? Endtime)
    {
        [JsonPropertyName("worker_type")]
        public string? Type { get; init; }

        [JsonPropertyName("worker_id")]
        public string? Id { get; init; }
    }
}
