using System.Text.Json.Nodes;
using Homelab.Engine.Api.Elsa.Definitions;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Activity instances of a run: what paints the graph and fills the panel below it.</summary>
internal static class ActivityExecutionsApi
{
    public static void Map(RouteGroupBuilder read)
    {
        read.MapGet("/activity-executions/list", (string? workflowInstanceId, string? activityNodeId, bool? completed, RunReader reader, CancellationToken token) =>
            ListAsync(workflowInstanceId, activityNodeId, completed, (execution, run) => execution.Record(run), reader, token));
        read.MapGet("/activity-execution-summaries/list", (string? workflowInstanceId, string? activityNodeId, bool? completed, RunReader reader, CancellationToken token) =>
            ListAsync(workflowInstanceId, activityNodeId, completed, (execution, run) => execution.Summary(run), reader, token));
        read.MapGet("/activity-executions/count", CountAsync);
        read.MapGet("/activity-executions/by-id", (string id, RunReader reader, CancellationToken token) => GetAsync(id, reader, token));
        read.MapGet("/activity-executions/{id}", GetAsync);
        read.MapGet("/activity-executions/{id}/call-stack", CallStackAsync);
        read.MapPost("/activity-executions/report", ReportAsync);
        read.MapGet("/resilience/retries/{activityInstanceId}", RetriesAsync);
        read.MapGet("/resilience/strategies", () => ElsaAnswers.List(ResilienceStrategies.All));
    }

    private static async Task<IResult> ListAsync(string? run, string? nodeId, bool? completed, Func<ActivityExecution, string, JsonObject> shape, RunReader reader, CancellationToken token)
    {
        if (string.IsNullOrEmpty(run))
            return ElsaAnswers.Problem("Nothing says which run. Send workflowInstanceId.");
        var found = (await ExecutionsAsync(run, reader, token))
            .Where(execution => (nodeId is null || execution.NodeId == nodeId) && (completed is null || execution.CompletedAt is not null == completed));
        return ElsaAnswers.List([.. found.Select(execution => shape(execution, run).WithoutNulls())]);
    }

    private static async Task<IResult> CountAsync(string workflowInstanceId, string? activityNodeId, bool? completed, RunReader reader, CancellationToken token) => ElsaAnswers.Ok(new
    {
        Count = (await ExecutionsAsync(workflowInstanceId, reader, token))
            .Count(execution => (activityNodeId is null || execution.NodeId == activityNodeId) && (completed is null || execution.CompletedAt is not null == completed)),
    });

    private static async Task<IResult> GetAsync(string id, RunReader reader, CancellationToken token) =>
        await FindAsync(id, reader, token) is { } found ? ElsaAnswers.Ok(found.Execution.Record(found.Run).WithoutNulls()) : TypedResults.NotFound();

    /// <summary>From the workflow down to the activity.</summary>
    private static async Task<IResult> CallStackAsync(string id, int? skip, int? take, RunReader reader, CancellationToken token)
    {
        if (await FindAsync(id, reader, token) is not { } found)
            return TypedResults.NotFound();
        List<ActivityExecution> stack = [];
        for (var at = found.Execution; at is not null; at = at.Scheduler)
            stack.Add(at);
        stack.Reverse();
        var (skipped, taken) = (Math.Max(0, skip ?? 0), Math.Clamp(take ?? 1000, 1, 1000));
        return ElsaAnswers.Ok(new
        {
            ActivityExecutionId = id,
            Items = stack.Skip(skipped).Take(taken).Select(execution => execution.Record(found.Run).WithoutNulls()),
            TotalCount = stack.Count,
            Skip = skipped,
            Take = taken,
        });
    }

    private static async Task<IResult> ReportAsync(ReportRequest request, RunReader reader, CancellationToken token)
    {
        var wanted = (request.ActivityNodeIds ?? []).ToHashSet();
        var executions = (await ExecutionsAsync(request.WorkflowInstanceId, reader, token)).Where(execution => wanted.Contains(execution.NodeId));
        return ElsaAnswers.Ok(new { Stats = ActivityExecutions.Stats(executions) });
    }

    private static async Task<IResult> RetriesAsync(string activityInstanceId, int? skip, int? take, RunReader reader, CancellationToken token)
    {
        var found = await FindAsync(activityInstanceId, reader, token);
        var retries = found is null ? [] : found.Value.Execution.Retries.Select(retry => new JsonObject
        {
            ["id"] = $"{activityInstanceId}-{retry.Attempt}",
            ["activityInstanceId"] = activityInstanceId,
            ["activityId"] = found.Value.Execution.ActivityId,
            ["workflowInstanceId"] = found.Value.Run,
            ["attemptNumber"] = retry.Attempt,
            ["retryDelay"] = retry.Delay.ToString(),
            ["details"] = new JsonObject { ["At"] = retry.At.ToString("O"), ["Reason"] = retry.Reason },
        }).ToArray();
        return ElsaAnswers.Ok(new ElsaPage<JsonObject>([.. retries.Skip(skip ?? 0).Take(take ?? 100)], retries.Length));
    }

    private static async Task<IReadOnlyList<ActivityExecution>> ExecutionsAsync(string run, RunReader reader, CancellationToken token) =>
        await reader.FindAsync(new RunId(run), token) is { } found ? found.Executions : [];

    /// <summary>An activity instance's id starts with its run's: "run-number".</summary>
    private static async Task<(string Run, ActivityExecution Execution)?> FindAsync(string id, RunReader reader, CancellationToken token)
    {
        if (id.LastIndexOf('-') is not (> 0 and var end))
            return null;
        var run = id[..end];
        return (await ExecutionsAsync(run, reader, token)).FirstOrDefault(execution => execution.Id == id) is { } execution ? (run, execution) : null;
    }

    internal sealed record ReportRequest(string WorkflowInstanceId, IReadOnlyList<string>? ActivityNodeIds);
}
