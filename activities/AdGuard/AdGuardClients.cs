using System.Text;
using System.Text.Json.Serialization;

namespace Homelab.Activities.AdGuard;

internal sealed class AdGuardOptions : HttpConnectionOptions
{
    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }
}

internal sealed class AdGuardClients(Connections<AdGuardOptions> connections, ToolHttp http)
{
    public async Task<AdGuardClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => { if (options.User is { Length: > 0 } user) request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}"))); }));
    }
}

/// <summary>The control API of AdGuard Home.</summary>
internal sealed class AdGuardClient(AdGuardOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public Task<Status> StatusAsync(CancellationToken cancellationToken) => http.GetAsync<Status>($"/control/status", cancellationToken);

    public Task<Statistics> StatisticsAsync(CancellationToken cancellationToken) => http.GetAsync<Statistics>($"/control/stats", cancellationToken);

    public Task SetProtectionAsync(bool enabled, TimeSpan? pause, CancellationToken cancellationToken) => http.ChangeAsync(
        HttpMethod.Post, $"/control/protection",
        pause is { } duration ? ToolHttpClient.Json(new { enabled, duration = (long)duration.TotalMilliseconds }) : ToolHttpClient.Json(new { enabled }), cancellationToken);

    public Task<IReadOnlyList<Rewrite>> RewritesAsync(CancellationToken cancellationToken) => http.GetAsync<IReadOnlyList<Rewrite>>($"/control/rewrite/list", cancellationToken);

    public Task ChangeRewriteAsync(string verb, string domain, string answer, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Post, $"/control/rewrite/{verb}", ToolHttpClient.Json(new { domain, answer }), cancellationToken);

    public sealed record Status(
        string? Version, bool Running, [property: JsonPropertyName("protection_enabled")] bool ProtectionEnabled, [property: JsonPropertyName("protection_disabled_duration")] long? DisabledMilliseconds);

    public sealed record Statistics(
        [property: JsonPropertyName("num_dns_queries")] long Queries, [property: JsonPropertyName("num_blocked_filtering")] long Blocked,
        [property: JsonPropertyName("avg_processing_time")] double AverageSeconds, [property: JsonPropertyName("time_units")] string? Unit);

    public sealed record Rewrite(string Domain, string Answer);
}
