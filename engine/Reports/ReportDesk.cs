using System.Text.Json;
using Homelab.Engine.Gate;
using Homelab.Engine.Notifications;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Homelab.Engine.Telegram;

namespace Homelab.Engine.Reports;

/// <summary>A stored report.</summary>
internal sealed record ReportRow
{
    public string Id { get; init; } = "";

    public string Kind { get; init; } = "";

    public long PeriodStart { get; init; }

    public long PeriodEnd { get; init; }

    public long MadeAt { get; init; }

    /// <summary>"the clock", or who asked.</summary>
    public string MadeFor { get; init; } = "";

    public long HealthScore { get; init; }

    public string Content { get; init; } = "{}";

    public string Markdown { get; init; } = "";
}

/// <summary>Makes reports, keeps them, and sends them to whom they are for.</summary>
internal sealed class ReportDesk(
    Database database, ReportMaker maker, ReportClock clock, NotificationChoices choices, NotificationOutbox outbox, TelegramPeople telegram, TelegramCards cards, UserStore users, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Makes what came due and is not made; answers which.</summary>
    public async Task<IReadOnlyList<string>> RunOnceAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        List<string> made = [];
        foreach (var kind in ReportClock.Kinds)
        {
            if (clock.Last(kind, now) is not { } period || period.End <= since || await FindAsync(period.Id, cancellationToken) is not null)
                continue;
            var row = Row(period.Id, await maker.MakeAsync(kind, period.Start, period.End, cancellationToken), "the clock", now);

            // Sent first, for that happens once however often it is tried; a report that is stored is sent.
            await SendAsync(row, cancellationToken);
            if (await AddAsync(row, cancellationToken))
                made.Add(row.Id);
        }

        return made;
    }

    /// <summary>Now, over the period of such a report; sent to nobody by itself.</summary>
    public async Task<ReportRow> MakeAsync(string kind, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var start = kind switch { "weekly" => now.AddDays(-7), "monthly" => now.AddMonths(-1), _ => now.AddDays(-1) };
        var row = Row($"now-{Guid.CreateVersion7(now):N}", await maker.MakeAsync(kind, start, now, cancellationToken), by, now) with { Kind = "now" };
        await AddAsync(row, cancellationToken);
        return row;
    }

    public Task<ReportRow?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<ReportRow>($"SELECT {Sql.Columns<ReportRow>()} FROM reports WHERE id = @id", new { id }, cancellationToken), cancellationToken);

    public Task<ListPage<ReportRow>> PageAsync(string? kind, int skip, int take, CancellationToken cancellationToken) =>
        new ListQuery().Is("kind", kind).PageAsync<ReportRow>(database, "reports", "id", "made_at DESC, id DESC", skip, take, cancellationToken);

    public static Report Read(ReportRow row) => JsonSerializer.Deserialize<Report>(row.Content, Json) ?? throw new JsonException($"The report {row.Id} is empty.");

    /// <summary>As a message: the beginning in the chat, the whole as a file where it is long.</summary>
    public static CardContent Card(ReportRow row) => new() { Lines = [.. row.Markdown.Split('\n').Select(Line)], Silent = row.Kind != "now" };

    private static string Line(string line) => line switch
    {
        ['#', '#', ' ', .. var section] => $"\n{Html.Bold(section)}",
        ['#', ' ', .. var title] => Html.Bold(title),
        ['-', ' ', .. var item] => $"• {Html.Text(Unmarked(item))}",
        _ => Html.Text(Unmarked(line)),
    };

    private static string Unmarked(string line) => line.Replace("**", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal);

    private async Task SendAsync(ReportRow row, CancellationToken cancellationToken)
    {
        var subject = $"{ReportMarkdown.Title(Read(row))}, health {row.HealthScore} of 100";
        foreach (var channel in Messengers.Channels)
        {
            foreach (var choice in (await choices.ByChannelAsync(channel, cancellationToken)).Where(choice => choice.WantsReport(row.Kind)))
                await outbox.AddAsync(PersonalChannel.Row($"report-{row.Id}", choice, "info", true, subject, row.Markdown, time.GetUtcNow()), cancellationToken);
        }

        foreach (var receiver in (await telegram.ReceiversAsync(cancellationToken)).Where(receiver => receiver.Choice.WantsReport(row.Kind)))
            await cards.PutAsync($"report:{row.Id}", receiver.Chat, Card(row), cancellationToken);
    }

    /// <summary>What somebody is told by Telegram from now on.</summary>
    public async Task ChooseAsync(User user, IReadOnlyList<string> kinds, bool wanted, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(user.Id, cancellationToken) is null)
            return;
        var mine = (await choices.OfAsync(user.Id, cancellationToken)).ToList();
        var before = mine.Find(choice => choice.Channel == "telegram") ?? telegram.Default with { UserId = user.Id };
        mine.RemoveAll(choice => choice.Channel == "telegram");
        mine.Add(before with
        {
            Daily = kinds.Contains("daily") ? wanted : before.Daily,
            Weekly = kinds.Contains("weekly") ? wanted : before.Weekly,
            Monthly = kinds.Contains("monthly") ? wanted : before.Monthly,
        });
        await choices.SetAsync(user.Id, mine, cancellationToken);
    }

    private static ReportRow Row(string id, Report report, string by, DateTimeOffset now) => new()
    {
        Id = id,
        Kind = report.Kind,
        PeriodStart = report.Start.ToUnixTimeMilliseconds(),
        PeriodEnd = report.End.ToUnixTimeMilliseconds(),
        MadeAt = now.ToUnixTimeMilliseconds(),
        MadeFor = by,
        HealthScore = report.Health.Score,
        Content = JsonSerializer.Serialize(report, Json),
        Markdown = ReportMarkdown.Write(report),
    };

    /// <summary>False: another node made it.</summary>
    private async Task<bool> AddAsync(ReportRow row, CancellationToken cancellationToken) => await database.WriteAsync(
        session => session.ExecuteAsync(Sql.Insert<ReportRow>("reports") + " ON CONFLICT (id) DO NOTHING", row, cancellationToken), cancellationToken) == 1;
}

/// <summary>Looks at the clock.</summary>
internal sealed partial class ReportWatch(ReportDesk desk, Database database, TimeProvider time, ILogger<ReportWatch> logger) : BackgroundService
{
    private const string Cursor = "reports";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    // What came due long ago, while nothing ran, is no news any more.
    private static readonly TimeSpan Latest = TimeSpan.FromHours(12);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        DateTimeOffset? first = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                first ??= await FirstAsync(stoppingToken);
                var earliest = time.GetUtcNow() - Latest;
                await desk.RunOnceAsync(first > earliest ? first.Value : earliest, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    /// <summary>When this installation began: there is nothing to report of before.</summary>
    private Task<DateTimeOffset> FirstAsync(CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync(
                "INSERT INTO notification_cursors (name, at) VALUES (@Cursor, @now) ON CONFLICT (name) DO NOTHING", new { Cursor, now = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken);
            return DateTimeOffset.FromUnixTimeMilliseconds(await session.ScalarAsync<long>("SELECT at FROM notification_cursors WHERE name = @Cursor", new { Cursor }, cancellationToken));
        },
        cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(4871, LogLevel.Error, "A report could not be made; tried again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
