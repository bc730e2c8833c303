using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Lab.Telegram;

/// <summary>The chats: what is in them, and what a bot may do there.</summary>
internal sealed class TelegramChats(TimeProvider time)
{
    private const int Longest = 4096;

    /// <summary>A press is to be thanked so soon; afterwards its id is void.</summary>
    public TimeSpan PressLives { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>So many messages a chat takes at once before it says to wait; one a second comes back.</summary>
    public int Burst { get; set; } = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, SortedDictionary<long, SimulatedMessage>> _chats = [];
    private readonly ConcurrentDictionary<string, SimulatedPress> _presses = new();
    private readonly Dictionary<long, (double Tokens, DateTimeOffset At)> _limits = [];
    private readonly HashSet<long> _blocked = [];
    private long _nextMessage = 1;
    private long _nextPress = 7_000_000_000;

    /// <summary>Opens a chat, as pressing Start does, or adding the bot to a group.</summary>
    public void Open(long chat)
    {
        lock (_lock)
        {
            _chats.TryAdd(chat, []);
            _blocked.Remove(chat);
        }
    }

    public void Block(long chat)
    {
        lock (_lock)
            _blocked.Add(chat);
    }

    /// <summary>What the bot's messages look like now, oldest first.</summary>
    public IReadOnlyList<SimulatedMessage> Of(long chat)
    {
        lock (_lock)
            return _chats.TryGetValue(chat, out var messages) ? [.. messages.Values.Where(message => message.From == 0)] : [];
    }

    public SimulatedMessage? Find(long chat, long id)
    {
        lock (_lock)
            return _chats.TryGetValue(chat, out var messages) ? messages.GetValueOrDefault(id) : null;
    }

    /// <summary>Somebody removes a message.</summary>
    public void Remove(long chat, long id)
    {
        lock (_lock)
            _chats[chat].Remove(id);
    }

    public SimulatedMessage Say(long person, long chat, string text)
    {
        Open(chat);
        lock (_lock)
        {
            var message = new SimulatedMessage { Id = _nextMessage++, Chat = chat, From = person, Text = text, SentAt = time.GetUtcNow() };
            return _chats[chat][message.Id] = message;
        }
    }

    public SimulatedPress Press(long person)
    {
        _ = person;
        var press = new SimulatedPress(Interlocked.Increment(ref _nextPress).ToString(CultureInfo.InvariantCulture), time.GetUtcNow());
        return _presses[press.Id] = press;
    }

    /// <summary>Null: there is no such method.</summary>
    public JsonObject? Do(string method, JsonObject fields)
    {
        lock (_lock)
        {
            return method switch
            {
                "sendMessage" => Send(fields, file: null),
                "sendDocument" => Send(fields, (string?)fields["document"]),
                "editMessageText" => Edit(fields, text: true),
                "editMessageReplyMarkup" => Edit(fields, text: false),
                "deleteMessage" => Delete(fields),
                "answerCallbackQuery" => Thank(fields),
                _ => null,
            };
        }
    }

    private JsonObject Send(JsonObject fields, string? file)
    {
        if (TelegramSimulator.Number(fields, "chat_id") is not { } chat || !_chats.TryGetValue(chat, out var messages))
            return TelegramSimulator.Error(400, "Bad Request: chat not found");
        if (_blocked.Contains(chat))
            return TelegramSimulator.Error(403, "Forbidden: bot was blocked by the user");
        if (IsTooMany(chat))
            return TelegramSimulator.TooMany(1);
        var (text, buttons, problem) = Read(fields, file);
        if (problem is not null)
            return TelegramSimulator.Error(400, problem);
        long? replyTo = null;
        if (fields["reply_parameters"] is JsonObject reply)
        {
            replyTo = TelegramSimulator.Number(reply, "message_id");
            if (replyTo is { } asked && !messages.ContainsKey(asked))
            {
                if ((bool?)reply["allow_sending_without_reply"] != true)
                    return TelegramSimulator.Error(400, "Bad Request: message to be replied not found");
                replyTo = null;
            }
        }

        var message = new SimulatedMessage
        {
            Id = _nextMessage++,
            Chat = chat,
            Text = text,
            Buttons = buttons,
            ForceReply = (bool?)fields["reply_markup"]?["force_reply"] == true,
            ReplyTo = replyTo,
            Silent = fields["disable_notification"]?.ToString() is "true" or "True",
            File = file,
            SentAt = time.GetUtcNow(),
        };
        messages[message.Id] = message;
        return TelegramSimulator.Ok(message.ToJson());
    }

    private JsonObject Edit(JsonObject fields, bool text)
    {
        if (Known(fields) is not { From: 0 } message)
            return TelegramSimulator.Error(400, "Bad Request: message to edit not found");
        var (shown, buttons, problem) = Read(fields, text ? null : "", isEdit: true);
        if (problem is not null)
            return TelegramSimulator.Error(400, problem);
        var edited = message with { Text = text ? shown : message.Text, Buttons = buttons };
        if (edited.Text == message.Text && edited.Buttons.SelectMany(line => line).SequenceEqual(message.Buttons.SelectMany(line => line)))
            return TelegramSimulator.Error(
                400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message");
        edited = edited with { Edits = message.Edits + 1 };
        _chats[message.Chat][message.Id] = edited;
        return TelegramSimulator.Ok(edited.ToJson());
    }

    private JsonObject Delete(JsonObject fields)
    {
        if (Known(fields) is not { } message)
            return TelegramSimulator.Error(400, "Bad Request: message to delete not found");
        if (time.GetUtcNow() - message.SentAt > TimeSpan.FromHours(48))
            return TelegramSimulator.Error(400, "Bad Request: message can't be deleted for everyone");
        _chats[message.Chat].Remove(message.Id);
        return TelegramSimulator.Ok(true);
    }

    private JsonObject Thank(JsonObject fields)
    {
        if (!_presses.TryGetValue((string?)fields["callback_query_id"] ?? "", out var press) || press.Answered || time.GetUtcNow() - press.At > PressLives)
            return TelegramSimulator.Error(400, "Bad Request: query is too old and response timeout expired or query ID is invalid");
        if (((string?)fields["text"])?.Length > 200)
            return TelegramSimulator.Error(400, "Bad Request: MESSAGE_TOO_LONG");
        (press.Text, press.Alert) = ((string?)fields["text"], (bool?)fields["show_alert"] == true);
        press.Answered = true;
        return TelegramSimulator.Ok(true);
    }

    private SimulatedMessage? Known(JsonObject fields) =>
        TelegramSimulator.Number(fields, "chat_id") is { } chat && TelegramSimulator.Number(fields, "message_id") is { } id && _chats.TryGetValue(chat, out var messages)
            ? messages.GetValueOrDefault(id)
            : null;

    private static (string Text, IReadOnlyList<IReadOnlyList<SimulatedButton>> Buttons, string? Problem) Read(JsonObject fields, string? file, bool isEdit = false)
    {
        var text = "";
        if (file is null)
        {
            var (plain, wrong) = TelegramText.Read((string?)fields["text"] ?? "", (string?)fields["parse_mode"]);
            if (wrong is not null)
                return ("", [], wrong);
            if (string.IsNullOrWhiteSpace(plain))
                return ("", [], "Bad Request: message text is empty");
            if (plain.Length > Longest)
                return ("", [], "Bad Request: message is too long");
            text = plain;
        }
        else if (!isEdit)
        {
            text = (string?)fields["__content"] ?? "";
        }

        List<IReadOnlyList<SimulatedButton>> buttons = [];
        foreach (var line in fields["reply_markup"]?["inline_keyboard"] as JsonArray ?? [])
        {
            List<SimulatedButton> keys = [];
            foreach (var key in line as JsonArray ?? [])
            {
                if ((string?)key?["callback_data"] is not { } data || Encoding.UTF8.GetByteCount(data) is < 1 or > 64)
                    return ("", [], "Bad Request: BUTTON_DATA_INVALID");
                if ((string?)key["text"] is not { Length: > 0 } label)
                    return ("", [], "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard");
                keys.Add(new SimulatedButton(label, data));
            }

            buttons.Add(keys);
        }

        return (text, buttons, null);
    }

    private bool IsTooMany(long chat)
    {
        var now = time.GetUtcNow();
        var (tokens, at) = _limits.GetValueOrDefault(chat, (Burst, now));
        tokens = Math.Min(Burst, tokens + (now - at).TotalSeconds);
        _limits[chat] = (tokens >= 1 ? tokens - 1 : tokens, now);
        return tokens < 1;
    }
}
