using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>
/// Elsa's alterations, which are events to runs here: Cancel, CancelActivity, ModifyVariable, ScheduleActivity; and retry of what faulted.
/// Migrate is refused: a run stays on its version.
/// </summary>
internal static class AlterationsApi
{
    private const int MostAtOnce = 1000;

    public static void Map(RouteGroupBuilder read, RouteGroupBuilder operate)
    {
        read.MapPost("/alterations/dry-run", async Task<IResult> (InstanceFilterBody body, Dispatch.Runs runs, CancellationToken token) =>
            ElsaAnswers.Ok(new { WorkflowInstanceIds = (await MatchesAsync(body.Filter, runs, token)).Select(run => run.Value) }));
        operate.MapPost("/alterations/run", RunAsync);
        operate.MapPost("/alterations/submit", SubmitAsync);
        operate.MapPost("/alterations/workflows/retry", RetryAsync);
    }

    private static async Task<IResult> RunAsync(JsonElement body, Dispatch.Runs runs, TimeProvider time, CancellationToken token)
    {
        var request = body.Deserialize<RunRequest>(ElsaJson.Options)!;
        List<JsonObject> results = [];
        foreach (var id in (request.WorkflowInstanceIds ?? []).Distinct().Take(MostAtOnce))
            results.Add(await AlterAsync(new RunId(id), request.Alterations ?? [], runs, time, token));
        return ElsaAnswers.Ok(new { Results = results });
    }

    /// <summary>Applies the alterations to every run that matches; they are accepted, so stored, when this answers.</summary>
    private static async Task<IResult> SubmitAsync(JsonElement body, Dispatch.Runs runs, TimeProvider time, CancellationToken token)
    {
        var request = body.Deserialize<PlanRequest>(ElsaJson.Options)!;
        foreach (var run in await MatchesAsync(request.Filter ?? new(), runs, token))
            await AlterAsync(run, request.Alterations ?? [], runs, time, token);
        return ElsaAnswers.Ok(new { PlanId = request.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString("N") });
    }

    private static async Task<IResult> RetryAsync(RetryRequest request, Dispatch.Runs runs, TimeProvider time, CancellationToken token)
    {
        List<JsonObject> results = [];
        foreach (var id in (request.WorkflowInstanceIds ?? []).Distinct().Take(MostAtOnce))
        {
            var run = await runs.FindAsync(new RunId(id), token);
            var problem = run switch
            {
                null => $"There is no run '{id}'.",
                { IncidentCount: 0, SubStatus: not RunSubStatus.Faulted } => "Nothing in this run is faulted.",
                _ => null,
            };
            if (problem is null)
                await runs.SendAsync(new RunId(id), new RunEvent.Retry(request.ActivityInstanceIds ?? []), null, token);
            results.Add(Result(id, [Entry(problem ?? "ScheduleActivity succeeded", problem is null, "ScheduleActivity", time)], problem is null));
        }

        return ElsaAnswers.Ok(new { Results = results });
    }

    private static async Task<JsonObject> AlterAsync(RunId run, IReadOnlyList<JsonObject> alterations, Dispatch.Runs runs, TimeProvider time, CancellationToken token)
    {
        var state = await runs.StateAsync(run, token);
        JsonArray log = [];
        var succeeded = true;
        foreach (var alteration in alterations)
        {
            var type = alteration["type"]?.ToString() ?? "";
            var (happened, problem) = state is null ? (null, $"There is no run '{run}'.") : Event(type, alteration, state);
            if (happened is not null)
                await runs.SendAsync(run, happened, null, token);
            log.Add(Entry(problem ?? $"{type} succeeded", problem is null, type, time));
            // What comes after one that failed is not done, as in Elsa.
            if (problem is not null)
            {
                succeeded = false;
                break;
            }
        }

        return Result(run.Value, log, succeeded);
    }

    private static (RunEvent? Event, string? Problem) Event(string type, JsonObject alteration, RunState state)
    {
        var activityId = alteration["activityId"]?.ToString();
        var instanceId = alteration["activityInstanceId"]?.ToString() ?? state.Bookmarks.Find(bookmark => bookmark.ActivityId == activityId)?.ActivityInstanceId;
        return type switch
        {
            _ when state.Status == RunStatus.Finished && type is not "ScheduleActivity" => (null, "The run is finished."),
            "Cancel" => (new RunEvent.Cancel("Cancelled by a person."), null),
            "CancelActivity" when instanceId is not null => (new RunEvent.CancelActivity(instanceId), null),
            "CancelActivity" => (null, $"No running activity '{activityId}' was found."),
            "ModifyVariable" when alteration["variableId"]?.ToString() is { } variable => RunVariables.Has(state, variable)
                ? (new RunEvent.ModifyVariable(variable, alteration["value"]?.DeepClone()), null)
                : (null, $"Variable with ID {variable} not found"),
            "ScheduleActivity" when (alteration["activityInstanceId"]?.ToString() ?? activityId) is { } schedule => (new RunEvent.ScheduleActivity(schedule), null),
            "Migrate" => (null, "A run stays on the version it started with. Cancel it and start a new one."),
            _ => (null, $"'{type}' is no alteration that can be done with what was sent. Use Cancel, CancelActivity, ModifyVariable or ScheduleActivity with the ids they need."),
        };
    }

    private static async Task<IReadOnlyList<RunId>> MatchesAsync(InstanceFilter filter, Dispatch.Runs runs, CancellationToken token)
    {
        var wanted = filter.ToFilter();
        var empty = wanted is { Ids.Count: 0, DefinitionIds.Count: 0, DefinitionVersionIds.Count: 0, CorrelationIds.Count: 0, Names.Count: 0, Statuses.Count: 0, SubStatuses.Count: 0, Times.Count: 0, HasIncidents: null, Search: null };
        if (empty && !filter.EmptyFilterSelectsAll)
            return [];
        List<RunId> found = [];
        for (; ; )
        {
            var page = await runs.ListAsync(wanted, Storage.RunOrder.Created, false, found.Count, MostAtOnce, token);
            found.AddRange(page.Items.Select(run => run.Id));
            if (page.Items.Count < MostAtOnce)
                return found;
        }
    }

    private static JsonObject Result(string run, JsonArray log, bool succeeded) => new()
    {
        ["workflowInstanceId"] = run, ["log"] = new JsonObject { ["logEntries"] = log }, ["workflowHasScheduledWork"] = succeeded, ["isSuccessful"] = succeeded,
    };

    private static JsonObject Entry(string message, bool succeeded, string type, TimeProvider time) => new()
    {
        ["message"] = message, ["logLevel"] = succeeded ? "Information" : "Error", ["timestamp"] = time.GetUtcNow(), ["eventName"] = $"Alteration {type} {(succeeded ? "succeeded" : "failed")}",
    };

    private sealed record RunRequest(IReadOnlyList<JsonObject>? Alterations, IReadOnlyList<string>? WorkflowInstanceIds);

    private sealed record PlanRequest(string? Id, IReadOnlyList<JsonObject>? Alterations, InstanceFilter? Filter);

    internal sealed record RetryRequest(IReadOnlyList<string>? WorkflowInstanceIds, IReadOnlyList<string>? ActivityInstanceIds);
}
