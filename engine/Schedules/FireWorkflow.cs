using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Engine.Operations;
using Homelab.Engine.Triggers;
using Quartz;

namespace Homelab.Engine.Schedules;

/// <summary>
/// A schedule came due: puts the start of its workflow into the inbox. The scheduled time is the idempotency key, so a firing that is retried,
/// or recovered after a crash between the commit and Quartz' own note of it, starts one run.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class FireWorkflow(IIntake intake, EngineMetrics metrics) : IJob
{
    public const string DefinitionKey = "definitionId";
    public const string VersionKey = "definitionVersionId";
    public const string ActivityKey = "activityId";
    public const string TypeKey = "activityType";
    public const string NameKey = "workflow";
    public const string ScheduleKey = "schedule";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var data = context.JobDetail.JobDataMap;
        var due = context.ScheduledFireTimeUtc ?? context.FireTimeUtc;
        var key = context.Trigger.Key.Group == JobNames.Workflows || context.RetryAttempt > 0
            ? $"schedule/{context.JobDetail.Key.Name}/{due.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}"
            : $"schedule/{context.JobDetail.Key.Name}/by-hand/{context.FireInstanceId}";
        var answer = await intake.StartAsync(
            new StartRequest
            {
                DefinitionId = data.GetString(DefinitionKey)!,
                TriggerActivityId = data.GetString(ActivityKey),
                Payload = new JsonObject { ["scheduledAt"] = due.ToString("O", CultureInfo.InvariantCulture), ["firedAt"] = context.FireTimeUtc.ToString("O", CultureInfo.InvariantCulture) },
                IdempotencyKey = key,
            },
            cancellationToken);

        switch (answer)
        {
            case IntakeAnswer.Accepted accepted:
                metrics.ScheduleFired("started");
                context.Result = accepted.Run.Value;
                break;
            case IntakeAnswer.AlreadyRunning running:
                metrics.ScheduleFired("skipped");
                context.Result = JobRunReport.Skipped(running.Reason);
                break;
            case IntakeAnswer.Full:
                metrics.ScheduleFired("failed");
                throw new JobExecutionException("The inbox is full; the firing is tried again.");
            case IntakeAnswer.NotFound missing:
                metrics.ScheduleFired("failed");
                throw new JobExecutionException(missing.Reason);
        }
    }
}
