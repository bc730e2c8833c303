using Quartz;
using Quartz.Extensibility;

namespace Homelab.Engine.Schedules;

/// <summary>A job as the jobs page and the API show it.</summary>
internal sealed record JobView
{
    /// <summary>"group.name"; names it in the API.</summary>
    public required string Id { get; init; }

    /// <summary>workflows or maintenance.</summary>
    public required string Group { get; init; }

    public string? Description { get; init; }

    public string? DefinitionId { get; init; }

    public string? ActivityId { get; init; }

    public string? Workflow { get; init; }

    public string? Schedule { get; init; }

    public DateTimeOffset? Next { get; init; }

    public DateTimeOffset? Last { get; init; }

    /// <summary>succeeded, failed, cancelled or skipped; null before the first firing.</summary>
    public string? LastResult { get; init; }

    public string? LastError { get; init; }

    public DateTimeOffset? LastSucceeded { get; init; }

    public bool Running { get; init; }

    public bool Paused { get; init; }

    public int ConsecutiveFailures { get; init; }

    public long Runs { get; init; }

    public long Failures { get; init; }
}

/// <param name="Attempt">0 for the firing itself, 1 for its first retry.</param>
/// <param name="RetryFollows">It failed and is tried again.</param>
internal sealed record JobFiring(string Job, DateTimeOffset FiredAt, double Milliseconds, string Result, string? Error, int Attempt, bool RetryFollows, bool ByHand, string Node);

internal sealed record JobPage<T>(IReadOnlyList<T> Items, long TotalCount);

/// <summary>What the jobs page asks and does. Reads Quartz' own tables, so every node gives the same answer.</summary>
internal sealed class Jobs(ISchedulerFactory schedulers, IExecutionHistoryStore history)
{
    public async Task<JobPage<JobView>> ListAsync(int skip, int take, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        var page = await scheduler.QueryJobs(new JobQuery { Skip = skip, Take = take, IncludeTotalCount = true }, cancellationToken);
        var views = await ViewAsync(scheduler, [.. page.Items.Select(job => job.Key)], cancellationToken);
        return new(views, page.TotalCount ?? views.Count);
    }

    public async Task<JobView?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        return Key(id) is { } key && await scheduler.Exists(key, cancellationToken) ? (await ViewAsync(scheduler, [key], cancellationToken))[0] : null;
    }

    /// <summary>Newest first; of one job or of all.</summary>
    public async Task<JobPage<JobFiring>> HistoryAsync(string? id, bool failedOnly, int skip, int take, CancellationToken cancellationToken)
    {
        var query = new ExecutionHistoryQuery { SchedulerName = JobNames.Scheduler, Skip = skip, Take = take, IncludeTotalCount = true };
        if (id is not null)
            query = query with { Job = Key(id) ?? new JobKey(id) };
        if (failedOnly)
            query = query with { Results = [JobRunResult.Failed] };
        var page = await history.QueryExecutions(query, cancellationToken);
        return new(
            [.. page.Items.Select(entry => new JobFiring(
                $"{entry.JobGroup}.{entry.JobName}", entry.FiredAtUtc, entry.Duration.TotalMilliseconds, Word(entry.EffectiveResult), entry.ExceptionMessage,
                entry.RetryAttempt, entry.RetryScheduled, entry.Manual, entry.SchedulerInstanceId))],
            page.TotalCount ?? page.Items.Count);
    }

    /// <returns>False when there is no such job.</returns>
    public Task<bool> RunNowAsync(string id, CancellationToken cancellationToken) =>
        WithAsync(id, async (scheduler, key) => await scheduler.TriggerJob(key, cancellationToken: cancellationToken), cancellationToken);

    /// <inheritdoc cref="RunNowAsync" />
    public Task<bool> PauseAsync(string id, CancellationToken cancellationToken) =>
        WithAsync(id, async (scheduler, key) => await scheduler.PauseJob(key, cancellationToken), cancellationToken);

    /// <inheritdoc cref="RunNowAsync" />
    public Task<bool> ResumeAsync(string id, CancellationToken cancellationToken) =>
        WithAsync(id, async (scheduler, key) => await scheduler.ResumeJob(key, cancellationToken), cancellationToken);

    private async Task<bool> WithAsync(string id, Func<IScheduler, JobKey, Task> act, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        if (Key(id) is not { } key || !await scheduler.Exists(key, cancellationToken))
            return false;
        await act(scheduler, key);
        return true;
    }

    private async Task<IReadOnlyList<JobView>> ViewAsync(IScheduler scheduler, IReadOnlyCollection<JobKey> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return [];
        var details = (await scheduler.GetJobDetails(keys, cancellationToken)).ToDictionary(detail => detail.Key);
        var statuses = (await history.QueryJobRunStatuses(new JobRunStatusQuery { SchedulerName = JobNames.Scheduler, Jobs = keys, Take = keys.Count }, cancellationToken))
            .Items.ToDictionary(status => status.Job);
        var running = (await scheduler.QueryFireInstances(new FireInstanceQuery { Take = 1000 }, cancellationToken))
            .Items.Where(firing => firing.State == FireInstanceState.Executing).Select(firing => firing.JobKey).ToHashSet();

        var views = new List<JobView>();
        foreach (var key in keys.Where(details.ContainsKey))
        {
            var triggers = (await scheduler.QueryTriggers(new TriggerQuery { Job = key, Take = 100 }, cancellationToken)).Items;
            var data = details[key].JobDataMap;
            var status = statuses.GetValueOrDefault(key);
            views.Add(new JobView
            {
                Id = $"{key.Group}.{key.Name}",
                Group = key.Group,
                Description = details[key].Description,
                DefinitionId = data.ContainsKey(FireWorkflow.DefinitionKey) ? data.GetString(FireWorkflow.DefinitionKey) : null,
                ActivityId = data.ContainsKey(FireWorkflow.ActivityKey) ? data.GetString(FireWorkflow.ActivityKey) : null,
                Workflow = data.ContainsKey(FireWorkflow.NameKey) ? data.GetString(FireWorkflow.NameKey) : null,
                Schedule = data.ContainsKey(FireWorkflow.ScheduleKey) ? data.GetString(FireWorkflow.ScheduleKey) : (triggers.Count > 0 ? triggers[0].Description : null),
                Next = triggers.Where(trigger => trigger.State != TriggerState.Paused).Min(trigger => trigger.NextFireTimeUtc),
                Last = status?.LastFiredAtUtc,
                LastResult = status is null ? null : Word(status.LastResult),
                LastError = status?.ConsecutiveFailures > 0 ? status.LastFailureMessage : null,
                LastSucceeded = status?.LastSucceededAtUtc,
                Running = running.Contains(key),
                Paused = triggers.Count > 0 && triggers.All(trigger => trigger.State == TriggerState.Paused),
                ConsecutiveFailures = status?.ConsecutiveFailures ?? 0,
                Runs = status?.RunCount ?? 0,
                Failures = status?.FailureCount ?? 0,
            });
        }

        return views;
    }

    private static JobKey? Key(string id) => id.Split('.', 2) is [var group, var name] ? new JobKey(name, group) : null;

    private static string Word(JobRunResult result) => result switch
    {
        JobRunResult.Succeeded => "succeeded",
        JobRunResult.Failed => "failed",
        JobRunResult.Cancelled => "cancelled",
        JobRunResult.Skipped => "skipped",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
