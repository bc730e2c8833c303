using Homelab.Activities.Notify;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Discord;

internal sealed class DiscordOptions : HttpConnectionOptions
{
    public DiscordOptions() => Url = new("https://discord.com");

    [Required]
    [RegularExpression("[0-9]{1,30}")]
    public string? WebhookId { get; set; }

    [Secret]
    [Required]
    public string? WebhookToken { get; set; }

    /// <summary>More wait, and go out as one.</summary>
    [Range(1, 600)]
    public int MessagesPerMinute { get; set; } = 30;
}

internal sealed class DiscordClients(Connections<DiscordOptions> connections, ToolHttp http)
{
    public async Task<DiscordClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => _ = request));
    }
}

/// <summary>A webhook of a Discord channel.</summary>
internal sealed class DiscordClient(DiscordOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public int MessagesPerMinute => options.MessagesPerMinute;

    public async Task<string?> SendAsync(string text, string? name, CancellationToken cancellationToken)
    {
        Dictionary<string, object> body = new()
        {
            ["content"] = text,
            // A message about somebody's text must not call everybody.
            ["allowed_mentions"] = new { parse = Array.Empty<string>() },
        };
        if (name is not null)
            body["username"] = name;
        var answer = await http.AskAsync(HttpMethod.Post, $"/api/v10/webhooks/{options.WebhookId}/{options.WebhookToken}?wait=true", ToolHttpClient.Json(body), reads: false, cancellationToken);
        return ToolHttpClient.Read<Sent>(TooManyRequests.Expect(answer)).Id;
    }

    public async Task<string?> WhoAsync(CancellationToken cancellationToken) =>
        (await http.GetAsync<Sent>($"/api/v10/webhooks/{options.WebhookId}/{options.WebhookToken}", cancellationToken)).Name;

    private sealed record Sent(string? Id, string? Name);
}
