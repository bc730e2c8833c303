using System.Text;

namespace Homelab.Activities.UptimeKuma;

internal sealed class UptimeKumaOptions : HttpConnectionOptions
{
    /// <summary>An API key, for the metrics.</summary>
    [Secret]
    public string? ApiKey { get; set; }

    /// <summary>Token of a push monitor, for heartbeats; one connection for each such monitor.</summary>
    [Secret]
    public string? PushToken { get; set; }
}

internal sealed class UptimeKumaClients(Connections<UptimeKumaOptions> connections, ToolHttp http)
{
    public async Task<UptimeKumaClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => { if (options.ApiKey is { Length: > 0 } key) request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($":{key}"))); }));
    }
}

/// <summary>What Uptime Kuma offers without its socket: metrics, and heartbeats of push monitors.</summary>
internal sealed class UptimeKumaClient(UptimeKumaOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public Task<string> MetricsAsync(CancellationToken cancellationToken) => http.GetTextAsync($"/metrics", cancellationToken);

    /// <summary>It is sent by GET and changes something all the same, so the door is asked here.</summary>
    public async Task PushAsync(ActivityContext context, string status, string message, int? ping, CancellationToken cancellationToken)
    {
        var token = options.PushToken is { Length: > 0 } given
            ? given
            : throw new ActivityException($"Uptime Kuma connection '{options.Name}' has no PushToken: set it to the token of the push monitor.", retryable: false);
        DryRunPlan.Door(context, $"heartbeat {status}");
        await http.GetTextAsync($"/api/push/{token}{ToolPath.Query(("status", status), ("msg", message), ("ping", ping))}", cancellationToken);
    }
}
