namespace Homelab.Engine.Operations;

/// <summary>
/// Gives back to the system what only the start, or a busy hour, needed: objects, native memory that was freed, and code that is mapped from
/// files and not run while nothing happens. By themselves the collector and the C library keep it for as long as the engine has little to do.
/// After the start, and again whenever the engine has become quiet with more memory than it rested with.
/// </summary>
internal sealed partial class MemoryAtRest(TimeProvider time, IHostApplicationLifetime lifetime, ILogger<MemoryAtRest> log) : BackgroundService
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    /// <summary>The share of one processor, over a look, under which the engine is taken to be quiet; with nothing to do it uses a fiftieth.</summary>
    private const double Quiet = 0.05;

    private const long Worthwhile = 8 << 20;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        await Task.Delay(Settled, time, stoppingToken);
        var rested = await GiveBackAsync(stoppingToken);
        while (true)
        {
            var before = Environment.CpuUsage.TotalTime;
            await Task.Delay(Look, time, stoppingToken);
            if (Environment.CpuUsage.TotalTime - before < Look * Quiet && Environment.WorkingSet > rested + Worthwhile)
                rested = await GiveBackAsync(stoppingToken);
        }
    }

    /// <summary>The bytes that are resident after it.</summary>
    private async Task<long> GiveBackAsync(CancellationToken cancellation)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            await MappedMemory.GiveBackAsync(time, cancellation);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Log.NotShown(log, problem.Message);
        }

        return Environment.WorkingSet;
    }

    private static partial class Log
    {
        [LoggerMessage(9101, LogLevel.Debug, "Memory that is mapped from files is kept, for the system does not show it: {Problem}")]
        public static partial void NotShown(ILogger log, string problem);
    }
}
