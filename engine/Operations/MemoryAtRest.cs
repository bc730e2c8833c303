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
    private static readonly int[] GivesBack = [1, 3, 15, 60, 240];

    /// <summary>Bytes by which memory may grow in a quiet time before it is given back again; somebody who looks at the console is no load. What idling itself touches is thirty megabytes.</summary>
    private const long Growth = 40 << 20;

    /// <summary>Bytes that may be allocated in a quiet time before they are collected; a busy engine is quicker by a third with what the runtime chooses.</summary>
    private const long Allowance = 4 << 20;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        var (collected, rested) = (0L, 0L);
        for (var quiet = 0; ;)
        {
            var before = Environment.CpuUsage.TotalTime;
            await Task.Delay(Look, time, stoppingToken);
            quiet = Environment.CpuUsage.TotalTime - before < Look * Quiet ? quiet + 1 : 0;
            if (quiet == 0)
                continue;
            if (GivesBack.Contains(quiet) || Environment.WorkingSet > rested + Growth)
            {
                await GiveBackAsync(stoppingToken);
                rested = Environment.WorkingSet;
            }
            else if (GC.GetTotalAllocatedBytes() > collected + Allowance)
            {
                Collect();
            }
            else
            {
                continue;
            }

            collected = GC.GetTotalAllocatedBytes();
        }
    }

    private async Task GiveBackAsync(CancellationToken cancellation)
    {
        Collect();
        try
        {
            await MappedMemory.GiveBackAsync(time, cancellation);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Log.NotShown(log, problem.Message);
        }
    }

    /// <summary>Aggressive: the room is given back at once. A few milliseconds with a heap of ten megabytes.</summary>
    private static void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    private static partial class Log
    {
        [LoggerMessage(9101, LogLevel.Debug, "Memory that is mapped from files is kept, for the system does not show it: {Problem}")]
        public static partial void NotShown(ILogger log, string problem);
    }
}
