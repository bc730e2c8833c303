using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Definitions;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Runs: list, read, cancel, delete, variables, export.</summary>
internal static class WorkflowInstancesApi
{
    private const int MostAtOnce = 1000;

    public static void Map(RouteGroupBuilder read, RouteGroupBuilder operate)
    {
        read.MapGet("/workflow-instances", (Dispatch.Runs runs, int? page, int? pageSize, string? searchTerm, string? definitionId, CancellationToken token) =>
            ListAsync(new InstanceFilter { Page = page, PageSize = pageSize, SearchTerm = searchTerm, DefinitionId = definitionId }, runs, token));
        read.MapPost("/workflow-instances", (InstanceFilterBody body, Dispatch.Runs runs, CancellationToken token) => ListAsync(body.Filter, runs, token));
        read.MapGet("/workflow-instances/{id}", GetAsync);
        read.MapGet("/workflow-instances/{id}/execution-state", ExecutionStateAsync);
        read.MapGet("/workflow-instances/{id}/variables", VariablesAsync);
        read.MapMethods("/workflow-instances/{id}/export", ["GET", "POST"], ExportAsync);
        operate.MapPost("/workflow-instances/{id}/variables", SetVariablesAsync);
        operate.MapDelete("/workflow-instances/{id}", DeleteAsync);
        operate.MapPost("/cancel/workflow-instances/{id}", CancelAsync);
        operate.MapPost("/bulk-actions/cancel/workflow-instances", CancelManyAsync);
        operate.MapPost("/bulk-actions/delete/workflow-instances", DeleteManyAsync);
        operate.MapPost("/bulk-actions/delete/workflow-instances/by-id", DeleteManyAsync);
    }

    private static async Task<IResult> ListAsync(InstanceFilter filter, Dispatch.Runs runs, CancellationToken token)
    {
        var take = Math.Clamp(filter.PageSize ?? 25, 1, MostAtOnce);
        var page = await runs.ListAsync(filter.ToFilter(), filter.Order, filter.Descending, Math.Max(0, filter.Page ?? 0) * take, take, token);
        return ElsaAnswers.Ok(new ElsaPage<JsonObject>([.. page.Items.Select(InstanceAnswers.Summary)], page.Total));
    }

    private static async Task<IResult> GetAsync(string id, RunReader reader, CancellationToken token) =>
        await reader.FindAsync(new RunId(id), token) is { } found ? ElsaAnswers.Ok(InstanceAnswers.Instance(found.State, found.Executions)) : TypedResults.NotFound();

    private static async Task<IResult> ExecutionStateAsync(string id, Dispatch.Runs runs, CancellationToken token) => await runs.FindAsync(new RunId(id), token) is { } run
        ? ElsaAnswers.Ok(new { Status = run.Status.ToString(), SubStatus = run.SubStatus.ToString(), run.UpdatedAt })
        : TypedResults.NotFound();

    private static async Task<IResult> VariablesAsync(string id, Dispatch.Runs runs, DefinitionCatalog definitions, CancellationToken token)
    {
        if (await runs.StateAsync(new RunId(id), token) is not { } state)
            return TypedResults.NotFound();
        return ElsaAnswers.List(await RunVariables.OfAsync(state, definitions, token));
    }

    private static async Task<IResult> SetVariablesAsync(string id, JsonElement body, Dispatch.Runs runs, DefinitionCatalog definitions, CancellationToken token)
    {
        var run = new RunId(id);
        if (await runs.StateAsync(run, token) is not { } state)
            return TypedResults.NotFound();
        if (state.Status == RunStatus.Finished)
            return ElsaAnswers.Problem("The run is finished, so its variables cannot be changed any more.");
        var variables = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("variables", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToArray() : [];
        foreach (var variable in variables)
            if (variable.TryGetProperty("id", out var variableId) && variableId.GetString() is { } name)
                await runs.SendAsync(run, new RunEvent.ModifyVariable(name, variable.TryGetProperty("value", out var value) ? JsonNode.Parse(value.GetRawText()) : null), null, token);
        return ElsaAnswers.List(await RunVariables.OfAsync(await runs.StateAsync(run, token) ?? state, definitions, token));
    }

    private static async Task<IResult> ExportAsync(string id, RunReader reader, CancellationToken token)
    {
        var run = new RunId(id);
        if (await reader.FindAsync(run, token) is not { } found)
            return TypedResults.NotFound();
        var export = new JsonObject
        {
            ["workflowState"] = InstanceAnswers.State(found.State, found.Executions),
            ["bookmarks"] = new JsonArray(),
            ["activityExecutionRecords"] = new JsonArray([.. found.Executions.Select(execution => execution.Record(id))]),
            ["workflowExecutionLogRecords"] = new JsonArray([.. (await reader.JournalAsync(run, token)).Select(entry => InstanceAnswers.Journal(run, entry))]),
        };
        return TypedResults.File(JsonSerializer.SerializeToUtf8Bytes(export, ElsaJson.Options), "application/json", $"workflow-instance-{id}.json");
    }

    private static async Task<IResult> DeleteAsync(string id, Dispatch.Runs runs, CancellationToken token) =>
        await runs.DeleteAsync([new RunId(id)], token) > 0 ? TypedResults.NoContent() : TypedResults.NotFound();

    private static async Task<IResult> CancelAsync(string id, Dispatch.Runs runs, CancellationToken token)
    {
        if (await runs.FindAsync(new RunId(id), token) is null)
            return TypedResults.NotFound();
        await runs.SendAsync(new RunId(id), new RunEvent.Cancel("Cancelled by a person."), null, token);
        return TypedResults.Ok();
    }

    private static async Task<IResult> CancelManyAsync(CancelMany request, Dispatch.Runs runs, CancellationToken token)
    {
        var filter = new Storage.RunFilter
        {
            Ids = request.Ids ?? [],
            DefinitionIds = request.DefinitionId is { } definition ? [definition] : [],
            DefinitionVersionIds = request.DefinitionVersionId is { } version ? [version] : [],
            Statuses = [RunStatus.Running],
        };
        if (filter.Ids.Count + filter.DefinitionIds.Count + filter.DefinitionVersionIds.Count == 0)
            return ElsaAnswers.Problem("Nothing says which runs to cancel. Send ids, a definitionId or a definitionVersionId.");
        var cancelled = 0;
        for (; ; )
        {
            var page = await runs.ListAsync(filter, Storage.RunOrder.Created, false, cancelled, MostAtOnce, token);
            foreach (var run in page.Items)
                await runs.SendAsync(run.Id, new RunEvent.Cancel("Cancelled by a person."), null, token);
            cancelled += page.Items.Count;
            if (page.Items.Count < MostAtOnce)
                return ElsaAnswers.Ok(new { Cancelled = cancelled });
        }
    }

    private static async Task<IResult> DeleteManyAsync(IdsOf request, Dispatch.Runs runs, CancellationToken token) =>
        ElsaAnswers.Ok(new { Deleted = await runs.DeleteAsync([.. (request.Ids ?? []).Distinct().Select(id => new RunId(id))], token) });

    internal sealed record CancelMany(IReadOnlyList<string>? Ids, string? DefinitionId, string? DefinitionVersionId);

    internal sealed record IdsOf(IReadOnlyList<string>? Ids);
}

/// <summary>A filter as a body, read by Elsa's rules (enumerations as words) whatever the host's own are.</summary>
internal sealed record InstanceFilterBody(InstanceFilter Filter)
{
    public static async ValueTask<InstanceFilterBody> BindAsync(HttpContext http) =>
        new(http.Request.ContentLength == 0 ? new() : await JsonSerializer.DeserializeAsync<InstanceFilter>(http.Request.Body, ElsaJson.Options, http.RequestAborted) ?? new());
}
