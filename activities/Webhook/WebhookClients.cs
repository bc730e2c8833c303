using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Webhook;

internal sealed class WebhookOptions : HttpConnectionOptions
{
    [Secret]
    public string? BearerToken { get; set; }

    /// <summary>Header for the token instead of Authorization.</summary>
    [RegularExpression("[A-Za-z0-9-]{1,100}")]
    public string? TokenHeader { get; set; }

    /// <summary>More wait, and go out as one.</summary>
    [Range(1, 600)]
    public int MessagesPerMinute { get; set; } = 60;
}

internal sealed class WebhookClients(Connections<WebhookOptions> connections, ToolHttp http)
{
    public async Task<WebhookClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => Authorize(request, options)));
    }

    private static void Authorize(HttpRequestMessage request, WebhookOptions options)
    {
        if (options.BearerToken is not { Length: > 0 } token)
            return;
        if (options.TokenHeader is { } header)
            request.Headers.TryAddWithoutValidation(header, token);
        else
            request.Headers.Authorization = new("Bearer", token);
    }
}

/// <summary>An address that takes messages by POST.</summary>
internal sealed class WebhookClient(WebhookOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public int MessagesPerMinute => options.MessagesPerMinute;

    public async Task PostAsync(string body, string type, CancellationToken cancellationToken) =>
        await http.ChangeAsync(HttpMethod.Post, $"", new StringContent(body, System.Text.Encoding.UTF8, type), cancellationToken);

    /// <summary>Nothing is posted to learn whether somebody listens: any answer will do.</summary>
    public async Task<string?> HealthAsync(CancellationToken cancellationToken)
    {
        await http.AskAsync(HttpMethod.Head, $"", null, reads: true, cancellationToken);
        return null;
    }
}
