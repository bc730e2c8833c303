using System.Text;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Activities.Telegram;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Telegram;

/// <summary>Makes chats agree with their cards. What Telegram says to wait is waited; what cannot be sent at all is given up, with the reason kept.</summary>
internal sealed partial class TelegramSending(
    TelegramBotApi api, TelegramCards cards, TelegramButtons buttons, IOptions<TelegramSettings> settings, TimeProvider time, ILogger<TelegramSending> logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    // What may be done once keeps its button over every edit of the message.
    private static readonly HashSet<string> Once = [TelegramPresses.Approve, TelegramPresses.Deny, TelegramPresses.ApproveAll, TelegramPresses.Worked];

    // Told "too many": the whole bot is quiet so long, not only the chat that noticed.
    private long _quietUntil;

    /// <summary>One look at everything that is not as it should be.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (time.GetUtcNow().ToUnixTimeMilliseconds() < Interlocked.Read(ref _quietUntil))
            return;
        foreach (var row in await cards.ClaimAsync(20, cancellationToken))
            await ShowAsync(row, cancellationToken);
    }

    /// <summary>Now, for whoever must know whether people can be told; false when it did not get there.</summary>
    public async Task<bool> ShowNowAsync(string subject, long chat, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await cards.ClaimAsync(subject, chat, cancellationToken) is { } row)
                return await ShowAsync(row, cancellationToken);
            if (await cards.FindAsync(subject, chat, cancellationToken) is not { } there)
                return false;
            if (there.Shown >= there.Version)
                return there.Problem is null;
            // The round that a written card wakes has it in hand, perhaps as it was before: what comes of that is waited for, as long as the caller lets it.
            await Task.Delay(Moment, time, cancellationToken);
        }
    }

    private async Task<bool> ShowAsync(CardRow row, CancellationToken cancellationToken)
    {
        var messageId = row.MessageId;
        try
        {
            var content = CardContent.Read(row.Content);
            if (messageId is { } old && (content.Gone || row.Repost == 1))
            {
                var gone = await CallAsync("deleteMessage", new JsonObject { ["chat_id"] = row.Chat, ["message_id"] = old }, cancellationToken);
                if (gone is { Ok: false, Code: not 400 })
                    return await NotShownAsync(row, messageId, gone, cancellationToken);
                if (!gone.Ok)
                    // Too old to be taken away: then at least its buttons go.
                    await CallAsync("editMessageReplyMarkup", new JsonObject { ["chat_id"] = row.Chat, ["message_id"] = old }, cancellationToken);
                messageId = null;
            }

            if (content.Gone)
            {
                await cards.ShownAsync(row, null, null, cancellationToken);
                return true;
            }

            var answer = content.File is { } file
                ? messageId is null ? await SendFileAsync(row, content, file, cancellationToken) : null
                : messageId is { } known ? await EditAsync(row, content, known, cancellationToken) : await SendAsync(row, content, cancellationToken);
            if (answer is { Ok: false } && !answer.Says("message is not modified"))
                return await NotShownAsync(row, messageId, answer, cancellationToken);
            await cards.ShownAsync(row, answer is { Ok: true } && messageId is null ? answer.Result.GetProperty("message_id").GetInt64() : messageId, null, cancellationToken);
            return true;
        }
        catch (ActivityException exception)
        {
            var pause = exception.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(row.Tries, 10))));
            Log.Failed(logger, row.Subject, exception.Message);
            await cards.LaterAsync(row, messageId, time.GetUtcNow() + pause, exception.Message, cancellationToken);
            return false;
        }
    }

    private async Task<bool> NotShownAsync(CardRow row, long? messageId, BotAnswer answer, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Log.Refused(logger, row.Subject, answer.Code, answer.Description);
        switch (answer.Code)
        {
            case 429:
                var wait = answer.RetryAfter ?? TimeSpan.FromSeconds(5);
                Interlocked.Exchange(ref _quietUntil, (now + wait).ToUnixTimeMilliseconds());
                await cards.LaterAsync(row, messageId, now + wait, answer.Description, cancellationToken);
                return false;
            case 400 when messageId is not null && (answer.Says("message to edit not found") || answer.Says("can't be edited") || answer.Says("MESSAGE_ID_INVALID")):
                // Somebody removed it. What still matters is sent anew, what is over stays away.
                if (row.Follow is null)
                    await cards.ShownAsync(row, null, answer.Description, cancellationToken);
                else
                    await cards.LaterAsync(row, null, now, answer.Description, cancellationToken);
                return false;
            case 400 or 403:
                // The chat is not there, the bot was blocked, or the text cannot be read: the same again would get the same answer.
                await cards.ShownAsync(row, messageId, answer.Description, cancellationToken);
                return false;
            default:
                await cards.LaterAsync(row, messageId, now + LongestPause, answer.Description, cancellationToken);
                return false;
        }
    }

    private async Task<BotAnswer> SendAsync(CardRow row, CardContent content, CancellationToken cancellationToken)
    {
        var body = Message(row.Chat, content);
        body["disable_notification"] = content.Silent;
        if (await cards.AnchorAsync(row, cancellationToken) is { } anchor)
            body["reply_parameters"] = new JsonObject { ["message_id"] = anchor, ["allow_sending_without_reply"] = true };
        if (content.AsksFor is { } asks)
            body["reply_markup"] = new JsonObject { ["force_reply"] = true, ["input_field_placeholder"] = asks[..Math.Min(64, asks.Length)] };
        else if (await KeyboardAsync(row, content, cancellationToken) is { } keyboard)
            body["reply_markup"] = keyboard;
        return await CallAsync("sendMessage", body, cancellationToken);
    }

    private async Task<BotAnswer> EditAsync(CardRow row, CardContent content, long messageId, CancellationToken cancellationToken)
    {
        var body = Message(row.Chat, content);
        body["message_id"] = messageId;
        // Without a keyboard the old one goes away.
        if (await KeyboardAsync(row, content, cancellationToken) is { } keyboard)
            body["reply_markup"] = keyboard;
        return await CallAsync("editMessageText", body, cancellationToken);
    }

    private Task<BotAnswer> SendFileAsync(CardRow row, CardContent content, string file, CancellationToken cancellationToken) => api.UploadAsync(
        settings.Value.Connection, "sendDocument",
        new Dictionary<string, string> { ["chat_id"] = row.Chat.ToString(System.Globalization.CultureInfo.InvariantCulture), ["disable_notification"] = "true" },
        "document", file, Encoding.UTF8.GetBytes(string.Join('\n', content.Shown().Select(Html.Plain))), cancellationToken);

    private static JsonObject Message(long chat, CardContent content) => new()
    {
        ["chat_id"] = chat,
        ["text"] = Html.Fit(content.Shown()).Shown is { Length: > 0 } text ? text : "…",
        ["parse_mode"] = "HTML",
        ["link_preview_options"] = new JsonObject { ["is_disabled"] = true },
    };

    private async Task<JsonObject?> KeyboardAsync(CardRow row, CardContent content, CancellationToken cancellationToken)
    {
        if (content.Buttons.Count == 0)
            return null;
        var lines = new JsonArray();
        foreach (var line in content.Buttons)
        {
            var keys = new JsonArray();
            foreach (var button in line)
            {
                var salt = Once.Contains(button.Action) ? "" : row.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
                keys.Add((JsonNode)new JsonObject { ["text"] = button.Label, ["callback_data"] = await buttons.MakeAsync(row.Chat, row.Subject, button, salt, cancellationToken) });
            }

            lines.Add((JsonNode)keys);
        }

        return new JsonObject { ["inline_keyboard"] = lines };
    }

    private Task<BotAnswer> CallAsync(string method, JsonObject body, CancellationToken cancellationToken) => api.CallAsync(settings.Value.Connection, method, body, cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(4801, LogLevel.Warning, "Telegram could not be told of {Subject}; tried again: {Problem}")]
        public static partial void Failed(ILogger logger, string subject, string problem);

        [LoggerMessage(4802, LogLevel.Warning, "Telegram refused the message of {Subject}: {Code} {Description}")]
        public static partial void Refused(ILogger logger, string subject, int code, string description);
    }
}
