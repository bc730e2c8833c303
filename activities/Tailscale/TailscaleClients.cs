using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Tailscale;

internal sealed class TailscaleOptions : HttpConnectionOptions
{
    public TailscaleOptions() => Url = new("https://api.tailscale.com");

    [Secret]
    [Required]
    public string? Token { get; set; }

    /// <summary>The tailnet; - is the token's own.</summary>
    [RegularExpression("[A-Za-z0-9@._-]{1,253}")]
    public string Tailnet { get; set; } = "-";
}

internal sealed class TailscaleClients(Connections<TailscaleOptions> connections, ToolHttp http)
{
    public async Task<TailscaleClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => request.Headers.Authorization = new("Bearer", options.Token)));
    }
}

/// <summary>The API of Tailscale.</summary>
internal sealed class TailscaleClient(TailscaleOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public async Task<IReadOnlyList<Device>> DevicesAsync(CancellationToken cancellationToken) =>
        (await http.GetAsync<Listing>($"/api/v2/tailnet/{options.Tailnet}/devices?fields=all", cancellationToken)).Devices ?? [];

    public Task<Device> DeviceAsync(string id, CancellationToken cancellationToken) => http.GetAsync<Device>($"/api/v2/device/{id}", cancellationToken);

    public Task SetAuthorizedAsync(string id, bool authorized, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Post, $"/api/v2/device/{id}/authorized", ToolHttpClient.Json(new { authorized }), cancellationToken);

    public Task<RouteList> RoutesAsync(string id, CancellationToken cancellationToken) => http.GetAsync<RouteList>($"/api/v2/device/{id}/routes", cancellationToken);

    public Task SetRoutesAsync(string id, IReadOnlyList<string> routes, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Post, $"/api/v2/device/{id}/routes", ToolHttpClient.Json(new { routes }), cancellationToken);

    public async Task<ActivityTarget> TargetAsync(string id, CancellationToken cancellationToken)
    {
        var device = await DeviceAsync(id, cancellationToken);
        return new("device", $"tailscale:{Name}/device/{id}", device.Hostname ?? device.Name ?? id);
    }

    private sealed record Listing(IReadOnlyList<Device>? Devices);

    public sealed record RouteList(IReadOnlyList<string>? AdvertisedRoutes, IReadOnlyList<string>? EnabledRoutes);

    public sealed record Device(
        string? Id, string? NodeId, string? Name, string? Hostname, string? Os, string? ClientVersion, bool UpdateAvailable, bool Authorized, bool? ConnectedToControl,
        DateTimeOffset? LastSeen, string? Expires, bool KeyExpiryDisabled, IReadOnlyList<string>? Addresses, IReadOnlyList<string>? AdvertisedRoutes, IReadOnlyList<string>? EnabledRoutes);
}
