using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Homelab.Activities.Loki;

internal sealed class LokiOptions : HttpConnectionOptions
{
    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }

    /// <summary>X-Scope-OrgID, where Loki serves several.</summary>
    [RegularExpression("[A-Za-z0-9_.-]{1,150}")]
    public string? Tenant { get; set; }
}

internal sealed class LokiClients(Connections<LokiOptions> connections, ToolHttp http)
{
    public async Task<LokiClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => Authorize(request, options)));
    }

    private static void Authorize(HttpRequestMessage request, LokiOptions options)
    {
        if (options.User is { Length: > 0 } user)
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}")));
        if (options.Tenant is { } tenant)
            request.Headers.TryAddWithoutValidation("X-Scope-OrgID", tenant);
    }
}

/// <summary>The HTTP API of Loki.</summary>
internal sealed class LokiClient(LokiOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    /// <param name="from">Nanoseconds since 1970, of which Loki's times are made.</param>
    public async Task<Result> QueryRangeAsync(string query, long from, long to, int limit, bool oldestFirst, CancellationToken cancellationToken) =>
        await DataAsync<Result>(
            $"/loki/api/v1/query_range{ToolPath.Query(("query", query), ("start", from), ("end", to), ("limit", limit), ("direction", oldestFirst ? "forward" : "backward"))}", cancellationToken);

    public async Task<Result> QueryOnceAsync(string query, DateTimeOffset? at, int limit, CancellationToken cancellationToken) =>
        await DataAsync<Result>($"/loki/api/v1/query{ToolPath.Query(("query", query), ("limit", limit), ("time", Nanoseconds(at)))}", cancellationToken);

    public async Task<IReadOnlyList<string>> LabelsAsync(string? label, CancellationToken cancellationToken) => label is null
        ? await DataAsync<IReadOnlyList<string>>($"/loki/api/v1/labels", cancellationToken, none: [])
        : await DataAsync<IReadOnlyList<string>>($"/loki/api/v1/label/{label}/values", cancellationToken, none: []);

    public async Task<string> VersionAsync(CancellationToken cancellationToken) => (await http.GetAsync<Build>($"/loki/api/v1/status/buildinfo", cancellationToken)).Version;

    public static long Nanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100;

    private static long? Nanoseconds(DateTimeOffset? time) => time is { } given ? Nanoseconds(given) : null;

    private async Task<T> DataAsync<T>(FormattableString path, CancellationToken cancellationToken, T? none = default)
    {
        var answer = await http.GetAsync<Envelope<T>>(path, cancellationToken);
        // Without labels it leaves the list out.
        return answer is { Status: "success" } ? answer.Data ?? none ?? throw new ActivityException("Loki answered without data.", retryable: false)
            : throw new ActivityException($"Loki answered '{answer.Status}'.", retryable: false);
    }

    private sealed record Envelope<T>(string? Status, T? Data);

    private sealed record Build(string Version);

    public sealed record Result(string ResultType, [property: JsonPropertyName("result")] JsonElement Content);
}
