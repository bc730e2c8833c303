using Homelab.Engine.Storage;

namespace Homelab.Engine.Controls;

/// <summary>Halts what is running on this node within a second of the stop being stored, on whichever node it was pressed.</summary>
internal sealed partial class EmergencyStop(Database database, TimeProvider time, ILogger<EmergencyStop> logger) : BackgroundService
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private CancellationTokenSource _halt = new();

    /// <summary>A token that ends with the caller's or with the stop.</summary>
    public CancellationTokenSource Link(CancellationToken cancellationToken)
    {
        lock (_lock)
            return CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _halt.Token);
    }

    /// <summary>One look at the store.</summary>
    public async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var stopped = await database.ReadAsync(
            session => session.ScalarAsync<long>("SELECT COUNT(*) FROM controls WHERE name = 'stop' AND value <> 'off'", null, cancellationToken), cancellationToken) > 0;
        CancellationTokenSource? halting = null;
        lock (_lock)
        {
            if (stopped && !_halt.IsCancellationRequested)
                halting = _halt;
            else if (!stopped && _halt.IsCancellationRequested)
                _halt = new CancellationTokenSource();
        }

        if (halting is not null)
        {
            Log.Halting(logger);
            await halting.CancelAsync();
        }

        return stopped;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Whoever cannot read the stop may be past it: running on blindly is not safe.
                Log.CannotLook(logger, exception);
                CancellationTokenSource halting;
                lock (_lock)
                    halting = _halt;
                await halting.CancelAsync();
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4301, LogLevel.Warning, "The emergency stop halted what runs with an effect")]
        public static partial void Halting(ILogger logger);

        [LoggerMessage(4302, LogLevel.Error, "The emergency stop could not be read; what runs with an effect is halted")]
        public static partial void CannotLook(ILogger logger, Exception exception);
    }
}
