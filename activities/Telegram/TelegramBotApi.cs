using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities.Notify;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Activities.Telegram;

/// <summary>The Bot API for whoever speaks with people rather than sends one message: every method by its name, "no" as an answer, the token in no message.</summary>
public sealed class TelegramBotApi
{
    private readonly TelegramClients _clients;
    private readonly Connections<TelegramOptions> _connections;
    private readonly Secrets _secrets;
    private readonly TimeProvider _time;

    internal TelegramBotApi(TelegramClients clients, Connections<TelegramOptions> connections, Secrets secrets, TimeProvider time) =>
        (_clients, _connections, _secrets, _time) = (clients, connections, secrets, time);

    public bool IsConfigured(string connection) => _connections.Names.Contains(connection, StringComparer.OrdinalIgnoreCase);

    /// <summary>How long one request may take: a long poll must be shorter.</summary>
    public async Task<TimeSpan> TimeoutAsync(string connection, CancellationToken cancellationToken) =>
        TimeSpan.FromSeconds((await _connections.GetAsync(connection, cancellationToken)).TimeoutSeconds);

    /// <exception cref="ActivityException">There is none: without it anybody could send answers.</exception>
    public async Task<string> WebhookSecretAsync(string connection, CancellationToken cancellationToken) =>
        (await _connections.GetAsync(connection, cancellationToken)).WebhookSecret is { Length: > 0 } secret
            ? secret
            : throw new ActivityException($"Telegram connection '{connection}' has no WebhookSecret, and a webhook needs one; set Activities:Telegram:{connection}:WebhookSecret.", retryable: false);

    /// <exception cref="ActivityException">No answer of the Bot API: the network, a proxy, a connection that is not configured right.</exception>
    public Task<BotAnswer> CallAsync(string connection, string method, JsonObject body, CancellationToken cancellationToken) =>
        CallAsync(connection, method, ToolHttpClient.Json(body), cancellationToken);

    /// <summary>A file with the fields beside it.</summary>
    public async Task<BotAnswer> UploadAsync(
        string connection, string method, IReadOnlyDictionary<string, string> fields, string field, string fileName, byte[] content, CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain") { CharSet = "utf-8" };
        form.Add(file, field, fileName);
        return await CallAsync(connection, method, form, cancellationToken);
    }

    private async Task<BotAnswer> CallAsync(string connection, string method, HttpContent body, CancellationToken cancellationToken)
    {
        var context = new ActivityContext { RunId = "telegram", StepId = method, IdempotencyKey = $"telegram/{method}", Time = _time, Logger = NullLogger.Instance };
        try
        {
            var client = await _clients.OpenAsync(connection, context, cancellationToken);
            // Speaking with people is no effect on the homelab, so nothing is held back here.
            var answer = await client.AskAsync(method, body, reads: true, cancellationToken);
            return Read(answer) ?? throw new ActivityException($"{TooManyRequests.Expect(answer).What} answered what is no answer of the Bot API.", retryable: true);
        }
        catch (ActivityException exception)
        {
            throw new ActivityException(_secrets.Scrub(exception.Message), exception.Retryable, null, exception.RetryAfter) { Kind = exception.Kind };
        }
    }

    private static BotAnswer? Read(ToolAnswer answer)
    {
        try
        {
            var json = JsonDocument.Parse(answer.Bytes).RootElement;
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("ok", out var ok))
                return null;
            if (ok.ValueKind == JsonValueKind.True)
                return new BotAnswer(true, json.GetProperty("result"), 200, "", null);
            var wait = json.TryGetProperty("parameters", out var parameters) && parameters.TryGetProperty("retry_after", out var seconds)
                ? TimeSpan.FromSeconds(seconds.GetInt32())
                : answer.RetryAfter;
            return new BotAnswer(
                false, default, json.TryGetProperty("error_code", out var code) ? code.GetInt32() : (int)answer.Status,
                json.TryGetProperty("description", out var text) ? text.GetString() ?? "" : "", wait);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}

/// <param name="Code">200, or the error's: 400, 401, 403, 409, 429.</param>
/// <param name="RetryAfter">Not before this long.</param>
public sealed record BotAnswer(bool Ok, JsonElement Result, int Code, string Description, TimeSpan? RetryAfter)
{
    /// <summary>The error's text, upper and lower case alike.</summary>
    public bool Says(string text) => !Ok && Description.Contains(text, StringComparison.OrdinalIgnoreCase);
}
