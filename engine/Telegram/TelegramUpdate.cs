using System.Text.Json;

namespace Homelab.Engine.Telegram;

/// <summary>What the Bot API sends, as far as it is read.</summary>
internal sealed record TelegramUpdate
{
    public long UpdateId { get; init; }

    public TelegramMessage? Message { get; init; }

    public TelegramPress? CallbackQuery { get; init; }

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Null where it is no update.</summary>
    public static TelegramUpdate? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TelegramUpdate>(text, Json) is { UpdateId: > 0 } update ? update : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record TelegramMessage
{
    public long MessageId { get; init; }

    public TelegramSender? From { get; init; }

    public TelegramChat Chat { get; init; } = new();

    public string? Text { get; init; }

    public TelegramMessage? ReplyToMessage { get; init; }
}

internal sealed record TelegramSender
{
    public long Id { get; init; }

    public bool IsBot { get; init; }
}

internal sealed record TelegramChat
{
    public long Id { get; init; }

    public string Type { get; init; } = "";
}

/// <summary>A button was pressed.</summary>
internal sealed record TelegramPress
{
    public string Id { get; init; } = "";

    public TelegramSender From { get; init; } = new();

    public TelegramMessage? Message { get; init; }

    public string? Data { get; init; }
}
