using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Ntfy;

internal sealed class NtfyOptions : HttpConnectionOptions
{
    public NtfyOptions() => Url = new("https://ntfy.sh");

    [Required]
    [RegularExpression("[A-Za-z0-9_-]{1,64}")]
    public string? Topic { get; set; }

    [Secret]
    public string? Token { get; set; }

    /// <summary>More wait, and go out as one.</summary>
    [Range(1, 600)]
    public int MessagesPerMinute { get; set; } = 30;
}

internal sealed class NtfyClients(Connections<NtfyOptions> connections, ToolHttp http)
{
    public async Task<NtfyClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => { if (options.Token is { Length: > 0 } token) request.Headers.Authorization = new("Bearer", token); }));
    }
}

/// <summary>A server of ntfy.</summary>
internal sealed class NtfyClient(NtfyOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public int MessagesPerMinute => options.MessagesPerMinute;

    public async Task<string?> PublishAsync(string? topic, string text, string? title, int priority, IReadOnlyList<string> tags, string? link, CancellationToken cancellationToken)
    {
        Dictionary<string, object> body = new() { ["topic"] = topic ?? options.Topic!, ["message"] = text, ["priority"] = priority, ["tags"] = tags };
        if (title is not null)
            body["title"] = title;
        if (link is not null)
            body["click"] = link;
        return (await http.ChangeAsync<Sent>(HttpMethod.Post, $"/", ToolHttpClient.Json(body), cancellationToken)).Id;
    }

    public async Task<string?> HealthAsync(CancellationToken cancellationToken)
    {
        await http.GetTextAsync($"/v1/health", cancellationToken);
        return null;
    }

    private sealed record Sent(string? Id);
}
