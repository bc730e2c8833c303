using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Homelab.Activities.Prometheus;

internal sealed class PrometheusOptions : HttpConnectionOptions
{
    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }

    [Secret]
    public string? BearerToken { get; set; }

    /// <summary>SSH connection of the machine that Prometheus' rule files lie on; needed only to edit them.</summary>
    public string? RulesHost { get; set; }
}

internal sealed class PrometheusClients(Connections<PrometheusOptions> connections, ToolHttp http)
{
    public Task<PrometheusOptions> OptionsAsync(string connection, CancellationToken cancellationToken) => connections.GetAsync(connection, cancellationToken);

    public async Task<PrometheusClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(http.Open(options, context, request => Authorize(request, options)));
    }

    private static void Authorize(HttpRequestMessage request, PrometheusOptions options)
    {
        if (options.BearerToken is { Length: > 0 } token)
            request.Headers.Authorization = new("Bearer", token);
        else if (options.User is { Length: > 0 } user)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}")));
    }
}

/// <summary>Prometheus' HTTP API v1; also what speaks it (VictoriaMetrics, Thanos).</summary>
internal sealed class PrometheusClient(ToolHttpClient http)
{
    public async Task<QueryData> QueryAsync(string expression, DateTimeOffset? at, CancellationToken cancellationToken) =>
        await DataAsync<QueryData>("query", Form(("query", expression), ("time", Seconds(at))), cancellationToken);

    public async Task<QueryData> QueryRangeAsync(string expression, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellationToken) =>
        await DataAsync<QueryData>(
            "query_range",
            Form(("query", expression), ("start", Seconds(from)), ("end", Seconds(to)), ("step", step.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture))),
            cancellationToken);

    public async Task<AlertsData> AlertsAsync(CancellationToken cancellationToken) => await DataAsync<AlertsData>("alerts", null, cancellationToken);

    public async Task<RulesData> RulesAsync(CancellationToken cancellationToken) => await DataAsync<RulesData>("rules", null, cancellationToken);

    public async Task<TargetsData> TargetsAsync(CancellationToken cancellationToken) => await DataAsync<TargetsData>("targets", null, cancellationToken);

    public async Task<string> VersionAsync(CancellationToken cancellationToken) =>
        (await DataAsync<BuildInfo>("status/buildinfo", null, cancellationToken)).Version;

    public Task ReloadAsync(CancellationToken cancellationToken) => http.ChangeAsync(HttpMethod.Post, $"/-/reload", null, cancellationToken);

    private async Task<T> DataAsync<T>(string path, FormUrlEncodedContent? form, CancellationToken cancellationToken)
    {
        FormattableString route = $"/api/v1/{new ToolPath.Raw(path)}";
        var answer = form is null
            ? await http.GetAsync<Envelope<T>>(route, cancellationToken)
            : await http.QueryAsync<Envelope<T>>(route, form, cancellationToken);
        return answer is { Status: "success", Data: { } data }
            ? data
            : throw new ActivityException($"Prometheus answered '{answer.Status}' to {path}: {answer.Error}", retryable: false);
    }

    private static FormUrlEncodedContent Form(params IEnumerable<(string Name, string? Value)> fields) =>
        new(fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Name, field.Value!)));

    private static string? Seconds(DateTimeOffset? time) =>
        time is { } given ? (given.ToUnixTimeMilliseconds() / 1000.0).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;

    private sealed record Envelope<T>(string? Status, T? Data, string? Error);

    private sealed record BuildInfo(string Version);

    public sealed record QueryData(string ResultType, JsonElement Result);

    public sealed record AlertsData(IReadOnlyList<Alert> Alerts);

    public sealed record Alert(Dictionary<string, string> Labels, Dictionary<string, string>? Annotations, string State, DateTimeOffset? ActiveAt, string Value);

    public sealed record RulesData(IReadOnlyList<RuleGroup> Groups);

    public sealed record RuleGroup(string Name, string File, IReadOnlyList<Rule> Rules);

    public sealed record Rule(string Name, string Type, string Query, string? State, string? Health, string? LastError, double Duration, Dictionary<string, string>? Labels);

    public sealed record TargetsData(IReadOnlyList<Target> ActiveTargets);

    public sealed record Target(Dictionary<string, string> Labels, string ScrapeUrl, string Health, string? LastError, DateTimeOffset LastScrape);
}
