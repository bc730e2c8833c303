using System.Globalization;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>Telegram's Bot API: keeps what the bot sent, and lets the one person of the lab write and press buttons.</summary>
internal sealed class TelegramSimulator(World.Homelab homelab, TimeProvider time) : Simulator(homelab)
{
    public const long Person = 42;

    private readonly List<JsonObject> _messages = [];
    private readonly List<JsonObject> _updates = [];
    private TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _ids = 100;

    /// <summary>What the bot said, oldest first: the text now shown and how often it was sent anew.</summary>
    public IReadOnlyList<JsonObject> Messages
    {
        get
        {
            lock (Homelab.Sync)
                return [.. _messages.Select(message => message.DeepClone().AsObject())];
        }
    }

    public void Write(string text) => Post(new JsonObject { ["message"] = new JsonObject { ["message_id"] = ++_ids, ["date"] = Seconds, ["chat"] = Chat(), ["from"] = Sender(), ["text"] = text } });

    public void Press(long messageId, string data) => Post(new JsonObject
    {
        ["callback_query"] = new JsonObject
        {
            ["id"] = (++_ids).ToString(CultureInfo.InvariantCulture), ["from"] = Sender(), ["chat_instance"] = "1", ["data"] = data,
            ["message"] = new JsonObject { ["message_id"] = messageId, ["date"] = Seconds, ["chat"] = Chat() },
        },
    });

    protected override async Task<Answer?> AnswerAsync(Request request)
    {
        if (request.Path is not [var bot, var method] || !bot.StartsWith("bot", StringComparison.Ordinal))
            return Answer.Of(404, Error(404, "Not Found"));
        var fields = request.ContentType.StartsWith("application/json", StringComparison.Ordinal)
            ? request.Json()
            : new JsonObject(request.Fields().Select(field => KeyValuePair.Create<string, JsonNode?>(field.Key, field.Value)));
        if (method == "getUpdates")
            await WaitAsync(fields, request.Aborted);
        lock (Homelab.Sync)
        {
            return method switch
            {
                "getMe" => Result(new JsonObject { ["id"] = 7, ["is_bot"] = true, ["first_name"] = "Lab", ["username"] = "homelab_lab_bot" }),
                "getUpdates" => Result(new JsonArray([.. Waiting(fields).Select(update => update.DeepClone())])),
                "sendMessage" => Send(fields),
                "editMessageText" or "editMessageReplyMarkup" => Edit(fields),
                "answerCallbackQuery" or "setMyCommands" or "deleteWebhook" or "setWebhook" or "deleteMessage" or "sendChatAction" => Result(JsonValue.Create(true)!),
                "sendDocument" => Send(new JsonObject { ["chat_id"] = Person, ["text"] = "(a file)" }),
                _ => Answer.Of(404, Error(404, $"Not Found: method {method} not found")),
            };
        }
    }

    private long Seconds => Homelab.Now.ToUnixTimeSeconds();

    private async Task WaitAsync(JsonObject fields, CancellationToken cancellationToken)
    {
        Task came;
        lock (Homelab.Sync)
        {
            if (Waiting(fields).Count > 0)
                return;
            came = _came.Task;
        }

        var seconds = Number(fields, "timeout") ?? 0;
        if (seconds > 0)
            await Task.WhenAny(came, Task.Delay(TimeSpan.FromSeconds(seconds), time, cancellationToken));
    }

    private List<JsonObject> Waiting(JsonObject fields)
    {
        // An offset takes what is before it off the list, for ever.
        var offset = Number(fields, "offset") ?? 0;
        _updates.RemoveAll(update => (long)update["update_id"]! < offset);
        return [.. _updates.Take(100)];
    }

    private void Post(JsonObject update)
    {
        lock (Homelab.Sync)
        {
            update["update_id"] = ++_ids;
            _updates.Add(update);
            var came = _came;
            _came = new(TaskCreationOptions.RunContinuationsAsynchronously);
            came.SetResult();
        }
    }

    private Answer Send(JsonObject fields)
    {
        var text = fields["text"]?.ToString() ?? "";
        if (text.Length == 0)
            return Answer.Of(400, Error(400, "Bad Request: message text is empty"));
        if (text.Length > 4096)
            return Answer.Of(400, Error(400, "Bad Request: message is too long"));
        var message = new JsonObject { ["message_id"] = ++_ids, ["date"] = Seconds, ["chat"] = Chat(), ["text"] = text, ["reply_markup"] = fields["reply_markup"]?.DeepClone() };
        _messages.Add(message);
        Homelab.Tell("message", text.ReplaceLineEndings(" "));
        return Result(message.DeepClone());
    }

    private Answer Edit(JsonObject fields)
    {
        if (_messages.Find(message => (long)message["message_id"]! == Number(fields, "message_id")) is not { } message)
            return Answer.Of(400, Error(400, "Bad Request: message to edit not found"));
        if (fields["text"] is { } text)
            message["text"] = text.DeepClone();
        message["reply_markup"] = fields["reply_markup"]?.DeepClone();
        return Result(message.DeepClone());
    }

    private static long? Number(JsonObject fields, string name) => long.TryParse(fields[name]?.ToString(), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static JsonObject Chat() => new() { ["id"] = Person, ["type"] = "private", ["first_name"] = "You" };

    private static JsonObject Sender() => new() { ["id"] = Person, ["is_bot"] = false, ["first_name"] = "You" };

    private static Answer Result(JsonNode result) => Answer.Ok(new JsonObject { ["ok"] = true, ["result"] = result });

    private static JsonObject Error(int code, string description) => new() { ["ok"] = false, ["error_code"] = code, ["description"] = description };
}
