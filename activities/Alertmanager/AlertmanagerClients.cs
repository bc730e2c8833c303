using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Serialization;

namespace Homelab.Activities.Alertmanager;

internal sealed class AlertmanagerOptions : HttpConnectionOptions
{
    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }

    [Secret]
    public string? BearerToken { get; set; }
}

internal sealed class AlertmanagerClients(Connections<AlertmanagerOptions> connections, ToolHttp http)
{
    public async Task<AlertmanagerClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options.Name, http.Open(options, context, request => Authorize(request, options)));
    }

    private static void Authorize(HttpRequestMessage request, AlertmanagerOptions options)
    {
        if (options.BearerToken is { Length: > 0 } token)
            request.Headers.Authorization = new("Bearer", token);
        else if (options.User is { Length: > 0 } user)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}")));
    }
}

/// <summary>Alertmanager's API v2.</summary>
internal sealed class AlertmanagerClient(string name, ToolHttpClient http)
{
    public string Name => name;

    public Task<IReadOnlyList<Alert>> AlertsAsync(IEnumerable<string> filters, CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<Alert>>($"/api/v2/alerts{ToolPath.Query(filters.Select(filter => ("filter", (object?)filter)))}", cancellationToken);

    public Task<IReadOnlyList<Silence>> SilencesAsync(CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<Silence>>($"/api/v2/silences", cancellationToken);

    public Task<Silence> SilenceAsync(string id, CancellationToken cancellationToken) => http.GetAsync<Silence>($"/api/v2/silence/{id}", cancellationToken);

    public async Task<string> CreateSilenceAsync(Silence silence, CancellationToken cancellationToken) =>
        (await http.ChangeAsync<Created>(HttpMethod.Post, $"/api/v2/silences", ToolHttpClient.Json(silence), cancellationToken)).SilenceId;

    public Task ExpireSilenceAsync(string id, CancellationToken cancellationToken) => http.ChangeAsync(HttpMethod.Delete, $"/api/v2/silence/{id}", null, cancellationToken);

    public Task<Status> StatusAsync(CancellationToken cancellationToken) => http.GetAsync<Status>($"/api/v2/status", cancellationToken);

    public sealed record Alert(
        string Fingerprint, Dictionary<string, string> Labels, Dictionary<string, string> Annotations, DateTimeOffset StartsAt, DateTimeOffset EndsAt, AlertStatus Status,
        IReadOnlyList<Receiver> Receivers);

    public sealed record AlertStatus(string State, IReadOnlyList<string> SilencedBy, IReadOnlyList<string> InhibitedBy);

    public sealed record Receiver(string Name);

    public sealed record Silence
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Id { get; init; }

        public required IReadOnlyList<Matcher> Matchers { get; init; }

        public required DateTimeOffset StartsAt { get; init; }

        public required DateTimeOffset EndsAt { get; init; }

        public required string CreatedBy { get; init; }

        public required string Comment { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public SilenceStatus? Status { get; init; }
    }

    public sealed record SilenceStatus(string State);

    public sealed record Matcher(string Name, string Value, bool IsRegex, bool? IsEqual);

    public sealed record Status(VersionInfo VersionInfo, Cluster Cluster, DateTimeOffset Uptime);

    public sealed record VersionInfo(string Version);

    public sealed record Cluster(string Status);

    private sealed record Created(string SilenceId);
}
