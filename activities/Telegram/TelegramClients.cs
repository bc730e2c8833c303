using Homelab.Activities.Notify;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Homelab.Activities.Telegram;

internal sealed class TelegramOptions : HttpConnectionOptions
{
    public TelegramOptions() => Url = new("https://api.telegram.org");

    [Secret]
    [Required]
    public string? Token { get; set; }

    /// <summary>What Telegram sends along when it calls our webhook, so that it is known: letters, digits, _ and -.</summary>
    [Secret]
    public string? WebhookSecret { get; set; }

    /// <summary>Chat for messages that name none.</summary>
    public string? Chat { get; set; }

    /// <summary>More wait, and go out as one.</summary>
    [Range(1, 600)]
    public int MessagesPerMinute { get; set; } = 20;
}

internal sealed class TelegramClients(Connections<TelegramOptions> connections, ToolHttp http)
{
    public async Task<TelegramClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => _ = request));
    }
}

/// <summary>The Bot API of Telegram.</summary>
internal sealed class TelegramClient(TelegramOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public int MessagesPerMinute => options.MessagesPerMinute;

    public string Chat(string? given) => given ?? options.Chat ?? throw new ActivityException($"Telegram connection '{Name}' has no chat and the message names none.", retryable: false);

    public async Task<long> SendAsync(string chat, string text, string? format, bool silent, CancellationToken cancellationToken)
    {
        Dictionary<string, object> body = new() { ["chat_id"] = chat, ["text"] = text, ["disable_notification"] = silent };
        if (format is not null)
            body["parse_mode"] = format;
        var answer = await AskAsync("sendMessage", ToolHttpClient.Json(body), reads: false, cancellationToken);
        var sent = ToolHttpClient.Read<Envelope<Sent>>(TooManyRequests.Expect(answer));
        return sent.Result?.MessageId ?? throw new ActivityException($"Telegram did not take the message: {sent.Description}", retryable: false);
    }

    public async Task<string> WhoAsync(CancellationToken cancellationToken) =>
        (await http.GetAsync<Envelope<Bot>>($"/bot{options.Token}/getMe", cancellationToken)).Result?.Username ?? "";

    /// <summary>Any method of the Bot API; the answer whatever its status.</summary>
    public Task<ToolAnswer> AskAsync(string method, HttpContent body, bool reads, CancellationToken cancellationToken) =>
        http.AskAsync(HttpMethod.Post, $"/bot{options.Token}/{method}", body, reads, cancellationToken);

    private sealed record Envelope<T>(T? Result, string? Description);

    private sealed record Sent([property: JsonPropertyName("message_id")] long MessageId);

    private sealed record Bot(string? Username);
}
