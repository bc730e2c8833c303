using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.UniFi;

internal sealed class UniFiOptions : HttpConnectionOptions
{
    [Secret]
    [Required]
    public string? ApiKey { get; set; }

    /// <summary>The site; needed where there are several.</summary>
    public string? Site { get; set; }
}

internal sealed class UniFiClients(Connections<UniFiOptions> connections, ToolHttp http)
{
    public async Task<UniFiClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => request.Headers.TryAddWithoutValidation("X-API-KEY", options.ApiKey)));
    }
}

/// <summary>The integration API of UniFi Network.</summary>
internal sealed class UniFiClient(UniFiOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public const string IdPattern = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

    public async Task<string?> VersionAsync(CancellationToken cancellationToken) => (await http.GetAsync<Info>($"/proxy/network/integration/v1/info", cancellationToken)).ApplicationVersion;

    public async Task<ToolPath.Raw> SiteAsync(CancellationToken cancellationToken)
    {
        var sites = (await http.GetAsync<Page<SiteEntry>>($"/proxy/network/integration/v1/sites?limit=200", cancellationToken)).Data ?? [];
        var site = options.Site is null && sites.Count == 1 ? sites[0] : sites.FirstOrDefault(candidate => candidate.Name == options.Site || candidate.Id == options.Site);
        return site is null
            ? throw new ActivityException($"UniFi connection '{Name}' must name one of the sites {string.Join(", ", sites.Select(candidate => candidate.Name))}.", retryable: false)
            : new(ToolPath.Of($"/proxy/network/integration/v1/sites/{site.Id}"));
    }

    public async Task<IReadOnlyList<Device>> DevicesAsync(CancellationToken cancellationToken) => await AllAsync<Device>("devices", cancellationToken);

    public async Task<IReadOnlyList<Client>> ClientsAsync(CancellationToken cancellationToken) => await AllAsync<Client>("clients", cancellationToken);

    public async Task RestartAsync(string device, CancellationToken cancellationToken) =>
        await http.ChangeAsync(HttpMethod.Post, $"{await SiteAsync(cancellationToken)}/devices/{device}/actions", ToolHttpClient.Json(new { action = "RESTART" }), cancellationToken);

    public async Task PowerCycleAsync(string device, int port, CancellationToken cancellationToken) => await http.ChangeAsync(
        HttpMethod.Post, $"{await SiteAsync(cancellationToken)}/devices/{device}/interfaces/ports/{port}/actions", ToolHttpClient.Json(new { action = "POWER_CYCLE" }), cancellationToken);

    public async Task<ActivityTarget> TargetAsync(string device, int? port, CancellationToken cancellationToken)
    {
        var found = (await DevicesAsync(cancellationToken)).FirstOrDefault(candidate => candidate.Id == device)
            ?? throw new ActivityException($"UniFi connection '{Name}' has no device '{device}'.", retryable: false);
        return port is null ? new("device", $"unifi:{Name}/device/{found.Id}", found.Name ?? device) : new("port", $"unifi:{Name}/device/{found.Id}/port/{port}", $"port {port} of {found.Name}");
    }

    private async Task<IReadOnlyList<T>> AllAsync<T>(string what, CancellationToken cancellationToken)
    {
        var site = await SiteAsync(cancellationToken);
        List<T> all = [];
        while (true)
        {
            var page = await http.GetAsync<Page<T>>($"{site}/{what}?offset={all.Count}&limit=200", cancellationToken);
            all.AddRange(page.Data ?? []);
            if (page.Data is not { Count: > 0 } || all.Count >= page.TotalCount)
                return all;
        }
    }

    private sealed record Info(string? ApplicationVersion);

    private sealed record Page<T>(int TotalCount, IReadOnlyList<T>? Data);

    private sealed record SiteEntry(string Id, string? Name);

    public sealed record Device(string Id, string? Name, string? Model, string? MacAddress, string? IpAddress, string? State, string? FirmwareVersion, bool FirmwareUpdatable);

    public sealed record Client(string Id, string? Name, string? Type, string? IpAddress, string? MacAddress, DateTimeOffset? ConnectedAt);
}
