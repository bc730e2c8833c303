using System.Text;

namespace Homelab.Activities.Traefik;

internal sealed class TraefikOptions : HttpConnectionOptions
{
    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }
}

internal sealed class TraefikClients(Connections<TraefikOptions> connections, ToolHttp http)
{
    public async Task<TraefikClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => { if (options.User is { Length: > 0 } user) request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}"))); }));
    }
}

/// <summary>The read-only API of Traefik.</summary>
internal sealed class TraefikClient(TraefikOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public Task<Overview> OverviewAsync(CancellationToken cancellationToken) => http.GetAsync<Overview>($"/api/overview", cancellationToken);

    /// <summary>Traefik answers pages of 100; the first 1000 are enough to know what is wrong.</summary>
    public Task<IReadOnlyList<Router>> RoutersAsync(string? search, CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<Router>>($"/api/http/routers{ToolPath.Query(("search", search), ("per_page", 1000))}", cancellationToken);

    public Task<IReadOnlyList<Service>> ServicesAsync(string? search, CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<Service>>($"/api/http/services{ToolPath.Query(("search", search), ("per_page", 1000))}", cancellationToken);

    public async Task<string?> VersionAsync(CancellationToken cancellationToken) => (await http.GetAsync<VersionInfo>($"/api/version", cancellationToken)).Version;

    private sealed record VersionInfo(string? Version);

    public sealed record Overview(Section? Http, Section? Tcp, Section? Udp, IReadOnlyList<string>? Providers);

    public sealed record Section(Count? Routers, Count? Services, Count? Middlewares);

    public sealed record Count(int Total, int Warnings, int Errors);

    public sealed record Router(string? Name, string? Rule, string? Service, string? Status, IReadOnlyList<string>? EntryPoints, IReadOnlyList<string>? Error, string? Provider);

    public sealed record Service(string? Name, string? Type, string? Status, string? Provider, Dictionary<string, string>? ServerStatus, IReadOnlyList<string>? Error);
}
