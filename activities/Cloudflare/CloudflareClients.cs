using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Cloudflare;

internal sealed class CloudflareOptions : HttpConnectionOptions
{
    public CloudflareOptions() => Url = new("https://api.cloudflare.com");

    /// <summary>Token that may edit the DNS of the zone and no more.</summary>
    [Secret]
    [Required]
    public string? Token { get; set; }

    [Required]
    [RegularExpression("[0-9a-f]{32}")]
    public string? ZoneId { get; set; }
}

internal sealed class CloudflareClients(Connections<CloudflareOptions> connections, ToolHttp http)
{
    public async Task<CloudflareClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => request.Headers.Authorization = new("Bearer", options.Token)));
    }
}

/// <summary>The DNS of Cloudflare.</summary>
internal sealed class CloudflareClient(CloudflareOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public async Task<IReadOnlyList<Record>> RecordsAsync(string? name, string? type, CancellationToken cancellationToken) =>
        await ResultAsync<IReadOnlyList<Record>>(http.GetAsync<Envelope<IReadOnlyList<Record>>>(
            $"/client/v4/zones/{options.ZoneId}/dns_records{ToolPath.Query(("name", name), ("type", type), ("per_page", 1000))}", cancellationToken));

    /// <summary>The one record of a name and type; several are an error, for which of them is meant nobody said.</summary>
    public async Task<Record?> FindAsync(string name, string type, CancellationToken cancellationToken)
    {
        var records = await RecordsAsync(name, type, cancellationToken);
        return records switch
        {
            [] => null,
            [var only] => only,
            _ => throw new ActivityException($"'{name}' has {records.Count} {type} records; only a single one is changed here.", retryable: false),
        };
    }

    public async Task<Record> CreateAsync(object record, CancellationToken cancellationToken) =>
        await ResultAsync(http.ChangeAsync<Envelope<Record>>(HttpMethod.Post, $"/client/v4/zones/{options.ZoneId}/dns_records", ToolHttpClient.Json(record), cancellationToken));

    public async Task<Record> UpdateAsync(string id, object record, CancellationToken cancellationToken) =>
        await ResultAsync(http.ChangeAsync<Envelope<Record>>(HttpMethod.Put, $"/client/v4/zones/{options.ZoneId}/dns_records/{id}", ToolHttpClient.Json(record), cancellationToken));

    /// <summary>It wants a body with a deletion, an empty object.</summary>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Delete, $"/client/v4/zones/{options.ZoneId}/dns_records/{id}", ToolHttpClient.Json(new { }), cancellationToken);

    public Task PurgeAsync(object what, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Post, $"/client/v4/zones/{options.ZoneId}/purge_cache", ToolHttpClient.Json(what), cancellationToken);

    public async Task<ActivityTarget> TargetAsync(string kind, string name, CancellationToken cancellationToken)
    {
        var zone = await ResultAsync(http.GetAsync<Envelope<Zone>>($"/client/v4/zones/{options.ZoneId}", cancellationToken));
        return new(kind, $"cloudflare:{Name}/{kind}/{zone.Name}/{name}", $"{name} in {zone.Name}");
    }

    public async Task<string?> HealthAsync(CancellationToken cancellationToken)
    {
        await http.GetTextAsync($"/client/v4/user/tokens/verify", cancellationToken);
        return null;
    }

    private static async Task<T> ResultAsync<T>(Task<Envelope<T>> answer) =>
        await answer is { Success: true, Result: { } result } ? result : throw new ActivityException("Cloudflare did not do it and gave no reason.", retryable: false);

    private sealed record Envelope<T>(bool Success, T? Result);

    private sealed record Zone(string Name);

    public sealed record Record(string Id, string Name, string Type, string Content, int Ttl, bool? Proxied);
}
