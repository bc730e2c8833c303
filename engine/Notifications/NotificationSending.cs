using Homelab.Activities;
using Homelab.Engine.Telegram;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Notifications;

/// <summary>Sends what is due: everything for the same address together, and not more often than people can read.</summary>
internal sealed partial class NotificationSending(
    NotificationOutbox outbox, Messengers messengers, TelegramCards cards, IOptions<NotificationSettings> settings, TimeProvider time, ILogger<NotificationSending> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);
    private const int MostTries = 40;

    /// <summary>One look.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var group in await outbox.DueAsync(cancellationToken))
        {
            var now = time.GetUtcNow();
            var urgent = group.Rows.Any(row => row.Severity == "critical");
            if (!urgent && group.Last is { } last && now - last < settings.Value.Spacing)
                continue;
            if (await outbox.TakeAsync(group.Rows, now + TimeSpan.FromMinutes(2), cancellationToken))
                await SendAsync(group, now, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var pruned = DateTimeOffset.MinValue;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                if (time.GetUtcNow() is var now && now - pruned > TimeSpan.FromHours(6))
                {
                    await outbox.PruneAsync(now - Kept, stoppingToken);
                    pruned = now;
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    private async Task SendAsync(OutboxGroup group, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (subject, text) = Together(group.Rows);
        var silent = group.Rows.All(row => row.Silent == 1);
        var severity = group.Rows.Any(row => row.Severity == "critical") ? "critical" : group.Rows[0].Severity;
        try
        {
            if (group.Channel == "telegram")
                await cards.PutAsync(
                    $"notice:{group.Rows[0].Id}", long.Parse(group.Address, System.Globalization.CultureInfo.InvariantCulture),
                    new CardContent { Lines = [Html.Bold(subject), .. text.Split('\n').Select(Html.Text)], Silent = silent }, cancellationToken);
            else
                await messengers.SendAsync(group.Channel, group.Address, group.Rows[0].Id, subject, text, silent, severity, cancellationToken);
            await outbox.SentAsync(group.Rows, cancellationToken);
        }
        catch (ActivityException exception)
        {
            var tries = group.Rows.Max(row => row.Tries);
            Log.NotSent(logger, group.Channel, exception.Message);
            if (!exception.Retryable && tries >= 3 || tries >= MostTries)
                await outbox.GiveUpAsync(group.Rows, exception.Message, cancellationToken);
            else
                await outbox.LaterAsync(group.Rows, now + (exception.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, 5 * Math.Pow(2, Math.Min(tries, 10))))), exception.Message, cancellationToken);
        }
    }

    private static (string Subject, string Text) Together(IReadOnlyList<OutboxRow> rows) => rows.Count == 1
        ? (rows[0].Subject, rows[0].Text)
        : ($"Homelab: {rows.Count} notices", string.Join('\n', rows.Select(row => $"- {row.Text.ReplaceLineEndings(" ")}")));

    private static partial class Log
    {
        [LoggerMessage(4851, LogLevel.Error, "What people are to be told could not be looked at; tried again in a second")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(4852, LogLevel.Warning, "A notification by {Channel} was not taken: {Problem}")]
        public static partial void NotSent(ILogger logger, string channel, string problem);
    }
}
