using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Grafana;

internal sealed class GrafanaOptions : HttpConnectionOptions
{
    /// <summary>Token of a service account.</summary>
    [Secret]
    [Required]
    public string? Token { get; set; }
}

internal sealed class GrafanaClients(Connections<GrafanaOptions> connections, ToolHttp http)
{
    public async Task<GrafanaClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => request.Headers.Authorization = new("Bearer", options.Token)));
    }
}

/// <summary>The HTTP API of Grafana.</summary>
internal sealed class GrafanaClient(GrafanaOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public Task<HealthInfo> HealthAsync(CancellationToken cancellationToken) => http.GetAsync<HealthInfo>($"/api/health", cancellationToken);

    public Task<IReadOnlyList<Found>> DashboardsAsync(string? query, int limit, CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<Found>>($"/api/search{ToolPath.Query(("type", "dash-db"), ("query", query), ("limit", limit))}", cancellationToken);

    public Task<IReadOnlyList<Rule>> AlertRulesAsync(CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<Rule>>($"/api/v1/provisioning/alert-rules", cancellationToken);

    public Task<IReadOnlyList<Annotation>> AnnotationsAsync(DateTimeOffset from, DateTimeOffset to, IEnumerable<string> tags, int limit, CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<Annotation>>(
            $"/api/annotations{ToolPath.Query([("from", from.ToUnixTimeMilliseconds()), ("to", to.ToUnixTimeMilliseconds()), ("limit", limit), .. tags.Select(tag => ("tags", (object?)tag))])}", cancellationToken);

    public async Task<long> AnnotateAsync(object annotation, CancellationToken cancellationToken) =>
        (await http.ChangeAsync<Created>(HttpMethod.Post, $"/api/annotations", ToolHttpClient.Json(annotation), cancellationToken)).Id;

    public Task<Annotation> AnnotationAsync(long id, CancellationToken cancellationToken) => http.GetAsync<Annotation>($"/api/annotations/{id}", cancellationToken);

    public async Task<bool> HasAnnotationAsync(long id, CancellationToken cancellationToken)
    {
        var answer = await http.AskAsync(HttpMethod.Get, $"/api/annotations/{id}", null, reads: true, cancellationToken);
        return answer.Status != System.Net.HttpStatusCode.NotFound && ToolHttpClient.Expect(answer).Bytes.Length > 0;
    }

    public Task DeleteAnnotationAsync(long id, CancellationToken cancellationToken) => http.ChangeAsync(HttpMethod.Delete, $"/api/annotations/{id}", null, cancellationToken);

    public sealed record HealthInfo(string? Database, string? Version);

    public sealed record Found(string Uid, string Title, string? FolderTitle, IReadOnlyList<string>? Tags, string? Url);

    public sealed record Rule(string Uid, string Title, string? RuleGroup, string? FolderUID, bool IsPaused, string? For, Dictionary<string, string>? Labels);

    public sealed record Annotation(long Id, string? Text, IReadOnlyList<string>? Tags, long Time, long? TimeEnd, string? DashboardUID);

    private sealed record Created(long Id);
}
