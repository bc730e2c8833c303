using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Activities.Telegram;
using Homelab.Engine.Incidents;
using Homelab.Engine.Runs;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Telegram;

/// <summary>
/// Keeps the conversation going on one node: takes updates in (asking, or by the webhook), handles what is stored, and lets every message follow what it shows. Each of the four goes on
/// when another one fails.
/// </summary>
internal sealed partial class TelegramBot(
    TelegramBotApi api, TelegramInbox inbox, TelegramUpdates updates, TelegramCards cards, TelegramSending sending, ApprovalCard questions, RunCard runs, RequestCommands requests, IncidentStore incidents, TelegramCommands commands,
    IOptions<TelegramSettings> settings, TimeProvider time, ILogger<TelegramBot> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    private readonly string _node = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
    private volatile bool _holds;
    private volatile string? _problem;
    private DateTimeOffset _pruned;

    /// <summary>Why updates do not come in; null when they do.</summary>
    public string? Problem => _problem;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.Value.IsOn)
            return;
        if (!api.IsConfigured(settings.Value.Connection))
        {
            Log.NotConfigured(logger, settings.Value.Connection);
            return;
        }

        await Task.Yield();
        await Task.WhenAll(
            RepeatAsync(HoldAsync, stoppingToken),
            RepeatAsync(TakeAsync, stoppingToken),
            RepeatAsync(HandleAsync, stoppingToken),
            RepeatAsync(FollowAsync, stoppingToken),
            RepeatAsync(SendAsync, stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_holds)
            await inbox.LetGoAsync(settings.Value.Connection, _node, cancellationToken);
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await work(cancellationToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever fails, people must be able to answer again once it works.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.Failed(logger, exception.Message);
                failures++;
                await PauseAsync(TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(failures, 10)))), cancellationToken);
            }
        }
    }

    private async Task HoldAsync(CancellationToken cancellationToken)
    {
        var held = await inbox.HoldAsync(settings.Value.Connection, _node, cancellationToken);
        if (held && !_holds)
            await BeginAsync(cancellationToken);
        _holds = held;
        await PauseAsync(TelegramInbox.Lease / 3, cancellationToken);
    }

    /// <summary>Says which commands there are and how updates come.</summary>
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        await ExpectAsync("setMyCommands", new JsonObject
        {
            ["commands"] = new JsonArray([.. commands.All.Select(command => (JsonNode)new JsonObject { ["command"] = command.Name, ["description"] = command.Help })]),
        }, cancellationToken);
        if (settings.Value.IsWebhook)
            await ExpectAsync("setWebhook", new JsonObject
            {
                ["url"] = settings.Value.WebhookUrl,
                ["secret_token"] = await api.WebhookSecretAsync(settings.Value.Connection, cancellationToken),
                ["allowed_updates"] = Allowed(),
                ["max_connections"] = 1,
            }, cancellationToken);
        else
            await ExpectAsync("deleteWebhook", new JsonObject { ["drop_pending_updates"] = false }, cancellationToken);
    }

    private async Task ExpectAsync(string method, JsonObject body, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(settings.Value.Connection, method, body, cancellationToken);
        if (!answer.Ok)
        {
            _problem = $"{method}: {answer.Description}";
            Log.Refused(logger, method, answer.Code, answer.Description);
            await PauseAsync(answer.RetryAfter ?? TimeSpan.FromSeconds(5), cancellationToken);
            throw new ActivityException($"Telegram refused {method}: {answer.Description}", retryable: true);
        }
    }

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        if (!_holds || settings.Value.IsWebhook)
        {
            await PauseAsync(Look, cancellationToken);
            return;
        }

        var limit = await api.TimeoutAsync(settings.Value.Connection, cancellationToken) - TimeSpan.FromSeconds(5);
        var answer = await api.CallAsync(
            settings.Value.Connection, "getUpdates",
            new JsonObject
            {
                ["offset"] = await inbox.OffsetAsync(settings.Value.Connection, cancellationToken),
                ["timeout"] = (int)Math.Max(1, Math.Min(limit.TotalSeconds, LongestPoll.TotalSeconds)),
                ["allowed_updates"] = Allowed(),
            },
            cancellationToken);
        if (!answer.Ok)
        {
            // 409: somebody else asks with this token, or a webhook is set; 401: the token is wrong. Neither goes away at once.
            _problem = $"{answer.Code} {answer.Description}";
            Log.Refused(logger, "getUpdates", answer.Code, answer.Description);
            if (answer.Says("webhook"))
                await ExpectAsync("deleteWebhook", new JsonObject { ["drop_pending_updates"] = false }, cancellationToken);
            await PauseAsync(answer.RetryAfter ?? TimeSpan.FromSeconds(answer.Code == 409 ? 3 : 30), cancellationToken);
            return;
        }

        _problem = null;
        (long Id, string Body)[] came = [.. answer.Result.EnumerateArray().Select(update => (update.GetProperty("update_id").GetInt64(), update.GetRawText()))];
        if (came.Length > 0)
        {
            await inbox.StoreAsync(settings.Value.Connection, came, cancellationToken);
            updates.Wake();
        }
    }

    private async Task HandleAsync(CancellationToken cancellationToken)
    {
        await updates.WaitAsync(Look, cancellationToken);
        if (_holds)
            await updates.RunOnceAsync(cancellationToken);
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (_holds)
            await FollowOnceAsync(cancellationToken);
        await PauseAsync(Look, cancellationToken);
    }

    /// <summary>Makes every message that may still change say what is so now.</summary>
    internal async Task FollowOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var card in await cards.FollowedAsync(cancellationToken))
        {
            var made = card.Follow!.Split(':') switch
            {
                ["approval", var id, .. var more] => await questions.MakeAsync(id, more.Length > 0, cancellationToken) ?? (CardContent.Of("It is not known any more."), true),
                ["run", var run] => await runs.MakeAsync(CardContent.Read(card.Content), new RunId(run), plan: false, cancellationToken),
                ["plan", var run] => await runs.MakeAsync(CardContent.Read(card.Content), new RunId(run), plan: true, cancellationToken),
                ["request", var request] => await requests.MakeAsync(request, cancellationToken),
                ["incident", var incident] when await incidents.FindAsync(incident, cancellationToken) is { } found => (CardContent.Read(card.Content) with { Head = TelegramChannel.Head(found) }, !found.IsOpen),
                _ => (CardContent.Read(card.Content), true),
            };
            // Only when something is new: nobody else may have written it meanwhile, and an idle bot writes nothing.
            if (made.Item2 || made.Item1.ToJson() != card.Content)
                await cards.PutAsync(card.Subject, card.Chat, made.Item1, cancellationToken, follow: made.Item2 ? null : card.Follow);
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        await cards.WaitAsync(Look, cancellationToken);
        if (!_holds)
            return;
        await sending.RunOnceAsync(cancellationToken);
        if (time.GetUtcNow() is var now && now - _pruned > TimeSpan.FromHours(6))
        {
            await cards.PruneAsync(now - Kept, cancellationToken);
            _pruned = now;
        }
    }

    private Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => Task.Delay(pause, time, cancellationToken);

    private static JsonArray Allowed() => ["message", "callback_query"];

    private static partial class Log
    {
        [LoggerMessage(4821, LogLevel.Error, "Telegram: {Problem}")]
        public static partial void Failed(ILogger logger, string problem);

        [LoggerMessage(4822, LogLevel.Warning, "Telegram refused {Method}: {Code} {Description}")]
        public static partial void Refused(ILogger logger, string method, int code, string description);

        [LoggerMessage(4823, LogLevel.Error, "Telegram:Users names people, but there is no connection Activities:Telegram:{Connection}; nobody is told by Telegram")]
        public static partial void NotConfigured(ILogger logger, string connection);
    }
}
