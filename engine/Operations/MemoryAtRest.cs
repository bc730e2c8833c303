namespace Homelab.Engine.Operations;

/// <summary>
/// Gives back to the system what only the start, or a busy hour, needed: objects, native memory that was freed, and code that is mapped from
/// files and not run while nothing happens. By themselves the collector and the C library keep it for as long as the engine has little to do.
/// </summary>
internal sealed partial class MemoryAtRest(TimeProvider time, IHostApplicationLifetime lifetime, ILogger<MemoryAtRest> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    /// <summary>The share of one processor, over a look, under which the engine is taken to be quiet; with nothing to do it uses a fiftieth.</summary>
    private const double Quiet = 0.2;

    /// <summary>After how many quiet looks in a row. More than once, for the runtime goes on compiling for minutes what is done while nothing happens.</summary>
    private static readonly int[] GivesBack = [1, 6, 30, 150];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        for (var quiet = 0; ;)
        {
            var before = Environment.CpuUsage.TotalTime;
            await Task.Delay(Look, time, stoppingToken);
            quiet = Environment.CpuUsage.TotalTime - before < Look * Quiet ? quiet + 1 : 0;
            if (GivesBack.Contains(quiet))
                await GiveBackAsync(stoppingToken);
        }
    }

    private async Task GiveBackAsync(CancellationToken cancellation)
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
    }

    private static partial class Log
    {
        [LoggerMessage(9101, LogLevel.Debug, "Memory that is mapped from files is kept, for the system does not show it: {Problem}")]
        public static partial void NotShown(ILogger log, string problem);
    }
}
