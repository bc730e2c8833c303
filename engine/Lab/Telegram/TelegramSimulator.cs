using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Lab.Telegram;

/// <summary>
/// The Bot API on loopback, as it behaves: offsets and long polls, one asker at a time, a webhook with its secret, limits with retry_after, edits that change nothing refused,
/// presses that must be thanked in time. People in it write and press as one does in the app.
/// </summary>
internal sealed class TelegramSimulator : IAsyncDisposable
{
    private const long BotId = 7;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, JsonObject> _updates = [];
    private readonly List<(string Method, TelegramFault Fault)> _faults = [];
    private readonly List<(string Method, JsonObject Fields)> _requests = [];
    private readonly HttpClient _webhooks = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly CancellationTokenSource _stop = new();
    private CancellationTokenSource? _poll;
    private TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JsonObject? _last;
    private string? _webhook;
    private string? _secret;
    private long _nextUpdate = 100_001;
    private Task _delivering = Task.CompletedTask;

    private WebApplication? _app;

    /// <summary>Without an address: whoever has a server gives it requests by <see cref="HandleAsync"/>.</summary>
    public TelegramSimulator(string token, TimeProvider time)
    {
        (Token, _time) = (token, time);
        Chats = new TelegramChats(time);
    }

    public string Token { get; }

    public Uri Address => new(_app?.Urls.First() ?? throw new InvalidOperationException("It was not started with a server of its own."));

    public TelegramChats Chats { get; }

    /// <summary>Nothing gets through in either direction.</summary>
    public bool Offline { get; set; }

    /// <summary>Every request that was understood: method and fields as JSON.</summary>
    public IReadOnlyList<(string Method, JsonObject Fields)> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>With a server of its own.</summary>
    public static async Task<TelegramSimulator> StartAsync(string token, TimeProvider time, string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(url);
        var simulator = new TelegramSimulator(token, time) { _app = app };
        app.Map("/{bot}/{method}", simulator.AnswerAsync);
        await app.StartAsync();
        return simulator;
    }

    /// <summary>Goes wrong for the next requests of a method, one each.</summary>
    public void Fail(string method, TelegramFault fault, int times = 1)
    {
        lock (_lock)
            _faults.AddRange(Enumerable.Repeat((method, fault), times));
    }

    /// <summary>Somebody writes; in the own chat with the bot where no other is named.</summary>
    public void Say(long person, string text, long? chat = null, long? replyTo = null)
    {
        var message = Chats.Say(person, chat ?? person, text);
        var json = message.ToJson();
        if (replyTo is { } asked && Chats.Find(chat ?? person, asked) is { } original)
            json["reply_to_message"] = original.ToJson();
        Add("message", json);
    }

    /// <summary>Somebody presses a button that the message has now.</summary>
    public SimulatedPress Press(long person, SimulatedMessage message, string label) =>
        (Chats.Find(message.Chat, message.Id)?.Button(label) ?? message.Button(label)) is { } button
            ? PressData(person, message, button.Data)
            : throw new InvalidOperationException($"The message has no button '{label}': {message.Text}");

    /// <summary>As a changed app could: any data.</summary>
    public SimulatedPress PressData(long person, SimulatedMessage message, string data)
    {
        var press = Chats.Press(person);
        Add("callback_query", new JsonObject
        {
            ["id"] = press.Id,
            ["from"] = PersonJson(person),
            ["chat_instance"] = "1",
            ["data"] = data,
            ["message"] = (Chats.Find(message.Chat, message.Id) ?? message).ToJson(),
        });
        return press;
    }

    /// <summary>The last update once more, as after a connection that broke before the answer.</summary>
    public void Repeat()
    {
        lock (_lock)
        {
            if (_last is { } last)
                _updates[(long)last["update_id"]!] = last.DeepClone().AsObject();
        }

        Wake();
    }

    public static JsonObject ChatJson(long chat) => new() { ["id"] = chat, ["type"] = chat > 0 ? "private" : "group" };

    public static JsonObject PersonJson(long person) => new() { ["id"] = person == 0 ? BotId : person, ["is_bot"] = person == 0, ["first_name"] = person == 0 ? "Homelab" : $"Person {person}" };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Wake();
        if (_app is { } app)
        {
            await app.StopAsync(new CancellationToken(true));
            await app.DisposeAsync();
        }

        await _delivering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _webhooks.Dispose();
        _stop.Dispose();
    }

    private void Add(string kind, JsonObject content)
    {
        lock (_lock)
        {
            _last = new JsonObject { ["update_id"] = _nextUpdate, [kind] = content };
            _updates[_nextUpdate++] = _last.DeepClone().AsObject();
            if (_webhook is not null && _delivering.IsCompleted)
                _delivering = DeliverAsync();
        }

        Wake();
    }

    private void Wake()
    {
        TaskCompletionSource came;
        lock (_lock)
        {
            came = _came;
            _came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        came.TrySetResult();
    }

    /// <summary>Status and body; null where the connection is cut.</summary>
    /// <param name="bot">The first part of the path: "bot" and the token.</param>
    public async Task<(int Status, string Body)?> HandleAsync(string bot, string method, JsonObject fields, CancellationToken cancellationToken)
    {
        var fault = Take(method);
        if (Offline || fault == TelegramFault.LostBefore)
            return null;
        if (fault == TelegramFault.BadGateway)
            return (502, "<html>Bad Gateway</html>");
        var answer = bot != $"bot{Token}" ? Error(401, "Unauthorized") : fault == TelegramFault.TooMany ? TooMany(2) : await DoAsync(method, fields, cancellationToken);
        return Offline || fault == TelegramFault.LostAfter ? null : ((bool)answer["ok"]! ? 200 : (int)answer["error_code"]!, answer.ToJsonString());
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (bot, method) = ((string)context.Request.RouteValues["bot"]!, (string)context.Request.RouteValues["method"]!);
        if (await HandleAsync(bot, method, await TelegramFields.ReadAsync(context.Request), context.RequestAborted) is not { } answer)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.Status == 502 ? "text/html" : "application/json";
        await context.Response.WriteAsync(answer.Body);
    }

    private async Task<JsonObject> DoAsync(string method, JsonObject fields, CancellationToken cancellationToken)
    {
        lock (_lock)
            _requests.Add((method, fields));
        return method switch
        {
            "getMe" => Ok(new JsonObject { ["id"] = BotId, ["is_bot"] = true, ["first_name"] = "Homelab", ["username"] = "homelab_lab_bot" }),
            "getUpdates" => await PollAsync(fields, cancellationToken),
            "setWebhook" => SetWebhook(fields),
            "deleteWebhook" => SetWebhook([]),
            "getWebhookInfo" => Ok(new JsonObject { ["url"] = _webhook ?? "", ["has_custom_certificate"] = false, ["pending_update_count"] = _updates.Count }),
            "setMyCommands" => fields["commands"] is JsonArray { Count: <= 100 } commands && commands.All(command => ((string?)command?["command"])?.Length is > 0 and <= 32 && ((string?)command["description"])?.Length is > 0 and <= 256)
                ? Ok(true)
                : Error(400, "Bad Request: BOT_COMMAND_INVALID"),
            "sendChatAction" => Ok(true),
            _ => Chats.Do(method, fields) ?? Error(404, "Not Found"),
        };
    }

    private async Task<JsonObject> PollAsync(JsonObject fields, CancellationToken cancellationToken)
    {
        if (_webhook is not null)
            return Error(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
        var (offset, limit, timeout) = (Number(fields, "offset") ?? 0, Number(fields, "limit") ?? 100, Number(fields, "timeout") ?? 0);
        CancellationTokenSource mine;
        lock (_lock)
        {
            // The one who asked before is sent away.
            _poll?.Cancel();
            _poll = mine = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
            foreach (var known in _updates.Keys.Where(id => id < offset).ToList())
                _updates.Remove(known);
        }

        var until = _time.GetUtcNow() + TimeSpan.FromSeconds(timeout);
        while (true)
        {
            Task came;
            lock (_lock)
            {
                var waiting = _updates.Where(update => update.Key >= offset).Take((int)limit).Select(update => (JsonNode)update.Value.DeepClone()).ToArray();
                if (waiting.Length > 0 || _time.GetUtcNow() >= until)
                    return Ok(new JsonArray(waiting));
                came = _came.Task;
            }

            try
            {
                await came.WaitAsync(until - _time.GetUtcNow(), _time, mine.Token);
            }
            catch (TimeoutException)
            {
                // Nothing came: an empty answer.
            }
            catch (OperationCanceledException)
            {
                return Error(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");
            }
            catch (ArgumentOutOfRangeException)
            {
                // The time was over between two looks at the clock.
            }
        }
    }

    private JsonObject SetWebhook(JsonObject fields)
    {
        lock (_lock)
        {
            (_webhook, _secret) = ((string?)fields["url"] is { Length: > 0 } url ? url : null, (string?)fields["secret_token"]);
            if (_webhook is not null && _delivering.IsCompleted)
                _delivering = DeliverAsync();
        }

        return Ok(true);
    }

    /// <summary>One after the other, each until it is taken.</summary>
    private async Task DeliverAsync()
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            JsonObject update;
            string url;
            lock (_lock)
            {
                if (_webhook is null || _updates.Count == 0)
                    return;
                (url, update) = (_webhook, _updates.First().Value);
            }

            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(update.ToJsonString(), Encoding.UTF8, "application/json") };
            if (_secret is not null)
                request.Headers.Add("X-Telegram-Bot-Api-Secret-Token", _secret);
            try
            {
                if (!Offline)
                {
                    using var answer = await _webhooks.SendAsync(request, _stop.Token);
                    if (answer.IsSuccessStatusCode)
                    {
                        lock (_lock)
                            _updates.Remove((long)update["update_id"]!);
                        continue;
                    }
                }
            }
            catch (HttpRequestException)
            {
                // Sent again.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TelegramFault? Take(string method)
    {
        lock (_lock)
        {
            var at = _faults.FindIndex(fault => fault.Method == method);
            if (at < 0)
                return null;
            var found = _faults[at].Fault;
            _faults.RemoveAt(at);
            return found;
        }
    }

    internal static JsonObject Ok(JsonNode result) => new() { ["ok"] = true, ["result"] = result };

    internal static JsonObject Error(int code, string description) => new() { ["ok"] = false, ["error_code"] = code, ["description"] = description };

    internal static JsonObject TooMany(int seconds) => new()
    {
        ["ok"] = false,
        ["error_code"] = 429,
        ["description"] = $"Too Many Requests: retry after {seconds}",
        ["parameters"] = new JsonObject { ["retry_after"] = seconds },
    };

    internal static long? Number(JsonObject fields, string name) => fields[name] is JsonValue value && long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>The fields of a request, however they are sent.</summary>
internal static class TelegramFields
{
    public static async Task<JsonObject> ReadAsync(HttpRequest request)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in request.Query)
            fields[name] = value.ToString();
        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync();
            foreach (var (name, value) in form)
                fields[name] = value.ToString();
            foreach (var file in form.Files)
            {
                using var reader = new StreamReader(file.OpenReadStream());
                fields[file.Name] = file.FileName;
                fields["__content"] = await reader.ReadToEndAsync();
            }
        }
        else if (request.HasJsonContentType() && await JsonSerializer.DeserializeAsync<JsonObject>(request.Body) is { } json)
        {
            foreach (var (name, value) in json)
                fields[name] = value?.DeepClone();
        }

        return fields;
    }
}
