using Homelab.Engine.Definitions;
using Homelab.Engine.Operations;
using Homelab.Engine.Storage;
using Homelab.Engine.Triggers;
using Microsoft.Extensions.Options;
using Quartz;

namespace Homelab.Engine.Maintenance;

/// <summary>Removes what retention no longer keeps. A job of the scheduler, so it runs on one node at a time, shows on the jobs page, and can be run by hand.</summary>
[DisallowConcurrentExecution]
internal sealed partial class PruneRuns(
    Dispatch.Runs runs, PrunePlans plans, DefinitionCatalog definitions, WebhookAnswers answers, IOptions<RetentionSettings> retention, IOptions<WebhookSettings> webhooks,
    EngineMetrics metrics, TimeProvider time, ILogger<PruneRuns> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        context.Result = $"{await RunOnceAsync(cancellationToken)} run(s) removed";

    /// <returns>How many runs went.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var removed = await plans.RunOnceAsync(now.AddDays(-retention.Value.Days), cancellationToken);
        var rules = RetentionRule.All(definitions.Current, retention.Value);
        removed += await runs.PruneAsync(now.AddDays(-retention.Value.Days), retention.Value.KeepPerWorkflow, new PruneScope.AllBut([.. rules.Keys]), cancellationToken);
        foreach (var (definition, rule) in rules)
            removed += await runs.PruneAsync(now.AddDays(-rule.Days), rule.Count, new PruneScope.Of(definition), cancellationToken);
        await answers.PruneAsync(now.AddDays(-webhooks.Value.KeepAnswersDays), cancellationToken);
        if (removed > 0)
        {
            metrics.Pruned(removed);
            Log.Pruned(logger, removed);
        }

        return removed;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3201, Level = LogLevel.Information, Message = "Removed {Count} finished run(s) that retention no longer keeps.")]
        public static partial void Pruned(ILogger logger, int count);
    }
}
