using Dapper;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Notifications;

/// <summary>Tells people after something was done that belongs to no plan: plans report for themselves. Reads the change log from where it stopped, on whichever node looks first.</summary>
internal sealed partial class ChangeNews(Database database, People people, LiveSettings settings, TimeProvider time, ILogger<ChangeNews> logger) : BackgroundService
{
    private const string Cursor = "changes";
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Before anything can be asked of this server: what is done before the first look is told too.</summary>
    private readonly DateTimeOffset _began = time.GetUtcNow();

    private DateTimeOffset? _since;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var since = _since ??= await ReachedAsync(cancellationToken);
        if ((await EndedAsync(since, cancellationToken)).Count == 0)
        {
            // Kept now and then only: an idle server writes nothing.
            if (now - since > Kept)
                await KeepAsync(now - Overlap, cancellationToken);
            return;
        }

        var notices = await database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync("UPDATE notification_cursors SET name = name WHERE name = @Cursor", new { Cursor }, cancellationToken);
                List<Notice> made = [.. (await EndedAsync(session, since, cancellationToken)).Select(row => NoticeOf(row, now))];
                foreach (var notice in made)
                    await People.StoreAsync(session, notice, cancellationToken);
                return made;
            },
            cancellationToken);
        await KeepAsync(now - Overlap, cancellationToken);
        foreach (var notice in notices)
            await people.TellAsync(notice, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    /// <summary>The first start tells nothing of what was done before.</summary>
    private Task<DateTimeOffset> ReachedAsync(CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("INSERT INTO notification_cursors (name, at) VALUES (@Cursor, @at) ON CONFLICT (name) DO NOTHING", new { Cursor, at = _began.ToUnixTimeMilliseconds() }, cancellationToken);
            return DateTimeOffset.FromUnixTimeMilliseconds(await session.ScalarAsync<long>("SELECT at FROM notification_cursors WHERE name = @Cursor", new { Cursor }, cancellationToken));
        },
        cancellationToken);

    private async Task KeepAsync(DateTimeOffset reached, CancellationToken cancellationToken)
    {
        await database.WriteAsync(
            session => session.ExecuteAsync("UPDATE notification_cursors SET at = @at WHERE name = @Cursor AND at < @at", new { at = reached.ToUnixTimeMilliseconds(), Cursor }, cancellationToken), cancellationToken);
        if (_since < reached)
            _since = reached;
    }

    private Task<IReadOnlyList<AuthorizationRow>> EndedAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        database.ReadAsync(session => EndedAsync(session, since, cancellationToken), cancellationToken);

    /// <summary>A little is read again each time: what ended a moment ago may be committed only now.</summary>
    private static async Task<IReadOnlyList<AuthorizationRow>> EndedAsync(DatabaseSession session, DateTimeOffset since, CancellationToken cancellationToken) =>
        (await session.QueryAsync<AuthorizationRow>(
            $"""
            SELECT {Sql.Columns<AuthorizationRow>()} FROM changes
            WHERE finished_at >= @since AND result IN ('succeeded', 'failed', 'inDoubt') AND undo_of IS NULL
              AND NOT EXISTS (SELECT 1 FROM plans WHERE plans.hash = changes.plan_hash) AND NOT EXISTS (SELECT 1 FROM notices WHERE notices.id = 'change-' || changes.id)
            ORDER BY finished_at, id LIMIT 100
            """,
            new { since = since.ToUnixTimeMilliseconds() }, cancellationToken)).AsList();

    private Notice NoticeOf(AuthorizationRow row, DateTimeOffset now)
    {
        var preferences = settings.Preferences ?? new Preferences();
        var quiet = preferences.QuietHours.Any(window => window.IsOpen(now, preferences.Zone));
        var what = $"{row.ActivityId} on {row.TargetName}";
        return row.Result switch
        {
            "succeeded" => new Notice($"change-{row.Id}", now, "after", "info", quiet, $"{what} was done, decided by {row.IssuedBy}.", row.DecisionId, row.ApprovalId),
            "failed" => new Notice($"change-{row.Id}", now, "alert", "warning", quiet, $"{what} failed: {row.Message}", row.DecisionId, row.ApprovalId),
            _ => new Notice($"change-{row.Id}", now, "alert", "critical", false, $"Whether {what} happened is not known: look at it.", row.DecisionId, row.ApprovalId),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(4861, LogLevel.Error, "The change log could not be looked at for what people are to be told; tried again in a second")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
