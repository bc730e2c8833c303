using Homelab.Engine.Definitions;

namespace Homelab.Engine.Schedules;

/// <summary>Follows what is published: every change of the definitions becomes a change of the jobs. Tries again until it worked, for a schedule that is silently missing is worse than a late one.</summary>
internal sealed partial class ScheduleSync(ScheduleReconciler reconciler, TimeProvider time, ILogger<ScheduleSync> logger) : BackgroundService, IDefinitionObserver
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _changed = new(0);
    private volatile DefinitionSnapshot? _latest;

    public Task DefinitionsChangedAsync(DefinitionSnapshot snapshot, CancellationToken cancellationToken)
    {
        _latest = snapshot;
        _changed.Release();
        return Task.CompletedTask;
    }

    /// <summary>The triggers of the clock, and what keeps others from being scheduled.</summary>
    public static (IReadOnlyList<ScheduledTrigger> Triggers, IReadOnlyList<string> Problems) Read(DefinitionSnapshot snapshot)
    {
        var triggers = new List<ScheduledTrigger>();
        var problems = new List<string>();
        foreach (var trigger in snapshot.Triggers)
        {
            var value = trigger.Name switch
            {
                "Elsa.Cron" => (string?)trigger.Payload["cronExpression"],
                "Elsa.Timer" => (string?)trigger.Payload["interval"],
                "Elsa.StartAt" => (string?)trigger.Payload["dateTime"],
                _ => null,
            };
            if (value is null)
                continue;
            var name = snapshot.Published.GetValueOrDefault(trigger.DefinitionId)?.Name ?? trigger.DefinitionId;
            try
            {
                triggers.Add(new(trigger.DefinitionId, trigger.DefinitionVersionId, trigger.ActivityId, trigger.Name, name, Schedule.Parse(trigger.Name, value, (string?)trigger.Payload["timeZone"])));
            }
            catch (FormatException exception)
            {
                problems.Add($"The trigger {trigger.ActivityId} of {name} is not scheduled: {exception.Message}");
            }
        }

        return (triggers, problems);
    }

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (_latest is not { } snapshot)
            return;
        var (triggers, problems) = Read(snapshot);
        foreach (var problem in problems)
            Log.NotScheduled(logger, problem);
        await reconciler.ReconcileAsync(triggers, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the start's path: the first call makes the scheduler and its tables.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _changed.WaitAsync(stoppingToken);
                await RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever the scheduler's store throws, the schedules must be brought up to date once it is back.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.Failed(logger, exception);
                await Task.Delay(Again, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _changed.Release();
            }
        }
    }

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3011, Level = LogLevel.Error, Message = "{Problem}")]
        public static partial void NotScheduled(ILogger logger, string problem);

        [LoggerMessage(EventId = 3012, Level = LogLevel.Error, Message = "The schedules could not be brought up to date; trying again.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
