namespace Homelab.Engine.SignIn;

/// <summary>Once an hour, deletes sessions that are over and forgets old wrong passwords. Nothing depends on it: what is over counts for nothing.</summary>
internal sealed partial class SessionCleaner(SessionStore sessions, SlowDown slowDown, TimeProvider time, ILogger<SessionCleaner> logger) : BackgroundService
{
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await sessions.PruneAsync(now, cancellationToken);
        await slowDown.PruneAsync(now, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (System.Data.Common.DbException error)
            {
                Log.Failed(logger, error);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Warning, "Could not delete ended sessions; trying again in an hour")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
