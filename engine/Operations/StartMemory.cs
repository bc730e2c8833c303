namespace Homelab.Engine.Operations;

/// <summary>
/// Gives back to the system what only the start needed (descriptions read, schemas built, code compiled): the collector by itself would
/// keep that memory for as long as the engine has little to do. Once, after the start.
/// </summary>
internal sealed class StartMemory(TimeProvider time, IHostApplicationLifetime lifetime) : BackgroundService
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        await Task.Delay(Settled, time, stoppingToken);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
