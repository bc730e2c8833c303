using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Homelab.Engine.Triggers;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Starting runs: execute waits until the run waits or ends, dispatch does not.</summary>
internal static class WorkflowExecutionApi
{
    /// <summary>How long execute waits; the run goes on after it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static void Map(RouteGroupBuilder operate)
    {
        operate.MapMethods("/workflow-definitions/{definitionId}/execute", ["GET", "POST"], ExecuteAsync);
        operate.MapPost("/workflow-definitions/{definitionId}/dispatch", DispatchAsync);
        operate.MapPost("/workflow-definitions/{definitionId}/bulk-dispatch", BulkDispatchAsync);
    }

    private static async Task<IResult> ExecuteAsync(string definitionId, HttpContext http, RunStarter starter, RunReader reader, CancellationToken token)
    {
        var request = await StartRequest.ReadAsync(http);
        var answer = await starter.StartAsync(definitionId, request, token);
        if (answer is not IntakeAnswer.Accepted { Run: var run })
            return RunStarter.Refused(http, answer);
        var headers = http.Response.Headers;
        headers["x-elsa-workflow-instance-id"] = run.Value;
        headers["x-elsa-workflow-cannot-start"] = "False";
        await starter.WaitUntilIdleAsync(run, Patience, token);
        if (await reader.FindAsync(run, token) is not { } found)
            return ElsaAnswers.Ok(new { WorkflowState = new { Id = run.Value, DefinitionId = definitionId, Status = RunStatus.Running, SubStatus = RunSubStatus.Pending } });
        // Elsa answers 500 for a faulted run. Studio's page asks for 200: it shows the fault itself, and a browser logs every 500 as an error of the page.
        var faulted = found.State.SubStatus == RunSubStatus.Faulted && http.Request.Headers["X-Fault-Status"] != "200";
        if (!faulted)
            headers["x-elsa-response"] = "true";
        return ElsaAnswers.Ok(new JsonObject { ["workflowState"] = InstanceAnswers.State(found.State, found.Executions) }, faulted ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK);
    }

    private static async Task<IResult> DispatchAsync(string definitionId, HttpContext http, RunStarter starter, CancellationToken token) =>
        await starter.StartAsync(definitionId, await StartRequest.ReadAsync(http), token) switch
        {
            IntakeAnswer.Accepted accepted => ElsaAnswers.Ok(new { WorkflowInstanceId = accepted.Run.Value }),
            var refused => RunStarter.Refused(http, refused),
        };

    private static async Task<IResult> BulkDispatchAsync(string definitionId, HttpContext http, RunStarter starter, CancellationToken token)
    {
        var request = await StartRequest.ReadAsync(http);
        List<string> started = [];
        for (var count = Math.Clamp(request.Count ?? 1, 1, 1000); count > 0; count--)
        {
            var answer = await starter.StartAsync(definitionId, request, token);
            if (answer is IntakeAnswer.Accepted accepted)
                started.Add(accepted.Run.Value);
            else if (started.Count == 0)
                return RunStarter.Refused(http, answer);
            else
                break;
        }

        return ElsaAnswers.Ok(new { WorkflowInstanceIds = started });
    }
}

/// <summary>What execute and dispatch are sent; a GET has it in the query.</summary>
internal sealed record StartRequest
{
    public string? CorrelationId { get; init; }

    public string? Name { get; init; }

    public string? InstanceId { get; init; }

    public string? TriggerActivityId { get; init; }

    /// <summary>A word, a number, or Elsa's object form {"isLatest": true}.</summary>
    public JsonNode? VersionOptions { get; init; }

    public JsonNode? Input { get; init; }

    public JsonObject? Variables { get; init; }

    public int? Count { get; init; }

    public string? Versions => VersionOptions switch
    {
        JsonObject form => form.FirstOrDefault(flag => flag.Value?.GetValueKind() == JsonValueKind.True).Key is { Length: > 2 } flag ? flag[2..] : form["version"]?.ToString(),
        JsonValue word when word.ToString().Length > 0 => word.ToString(),
        _ => null,
    };

    public static async Task<StartRequest> ReadAsync(HttpContext http)
    {
        var query = http.Request.Query;
        if (HttpMethods.IsGet(http.Request.Method) || http.Request.ContentLength is 0 || http.Request.ContentType is null)
            return new StartRequest
            {
                CorrelationId = query["correlationId"],
                Name = query["name"],
                TriggerActivityId = query["triggerActivityId"],
                VersionOptions = (string?)query["versionOptions"] is { } versions ? JsonValue.Create(versions) : null,
                Input = (string?)query["input"] is { Length: > 0 } input ? JsonNode.Parse(input) : null,
            };
        return await JsonSerializer.DeserializeAsync<StartRequest>(http.Request.Body, ElsaJson.Options, http.RequestAborted) ?? new();
    }
}
