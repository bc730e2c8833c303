using System.ComponentModel;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Homelab.Engine.Api;

/// <summary>What workflows can do: the catalogue of the tools' activities.</summary>
internal static class ActivitiesApi
{
    public static IEndpointRouteBuilder MapActivities(this IEndpointRouteBuilder api)
    {
        var activities = api.MapGroup("/activities").WithTags("Activities");
        activities.MapGet("", List).RequireAuthorization(Policies.Viewer).WithName("ListActivities").WithSummary("The activities of all tools, by tool");
        activities.MapGet("/{id}", Get).RequireAuthorization(Policies.Viewer).WithName("GetActivity").WithSummary("An activity with the schemas of its input and output");
        activities.MapGet("/runs/{runId}", FollowAsync).RequireAuthorization(Policies.Viewer).WithName("FollowActivity").WithSummary("What became of an activity that was run by hand");
        activities.MapPost("/{id}/run", RunAsync).RequireAuthorization(Policies.Operator).WithName("RunActivity").WithSummary("Run one activity as a run of one step, through the gate");
        activities.MapPost("/{id}/dry-run", DryRunAsync).RequireAuthorization(Policies.Operator).WithName("DryRunActivity").WithSummary("Say what an activity would do and do nothing");
        return api;
    }

    private static Results<Ok<ActivityDetail>, ProblemHttpResult> Get(string id, ActivityCatalog catalog) =>
        catalog.TryFind(id, out var invoker) ? TypedResults.Ok(ActivityDetail.Of(invoker.Descriptor)) : Missing(id);

    private static Task<Results<Ok<ActivityRun>, ProblemHttpResult>> RunAsync(
        string id, RunActivityRequest request, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext context, ActivityRuns activities, CancellationToken cancellationToken) =>
        StartAsync(id, request, dryRun: false, key, context, activities, cancellationToken);

    private static Task<Results<Ok<ActivityRun>, ProblemHttpResult>> DryRunAsync(
        string id, RunActivityRequest request, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext context, ActivityRuns activities, CancellationToken cancellationToken) =>
        StartAsync(id, request, dryRun: true, key, context, activities, cancellationToken);

    private static async Task<Results<Ok<ActivityRun>, ProblemHttpResult>> StartAsync(
        string id, RunActivityRequest request, bool dryRun, string? key, HttpContext context, ActivityRuns activities, CancellationToken cancellationToken)
    {
        if (!activities.TryFind(id, out var invoker))
            return Missing(id);
        var input = request.Input is null ? [] : request.Input.DeepClone().AsObject();
        if (request.Connection is not null)
            input["connection"] = request.Connection;
        Fault[] faults = [.. ActivityRuns.Check(invoker, input).Select(problem => new Fault($"input{problem.Path.TrimStart('$')}", null, problem.Message, $"GET /api/activities/{invoker.Descriptor.Id} has the schema of the input."))];
        if (request.WaitSeconds is < 0 or > 25)
            faults = [.. faults, new Fault("waitSeconds", $"{request.WaitSeconds}", "waitSeconds is between 0 and 25.", "Ask GET /api/activities/runs/{runId} later for more.")];
        if (faults.Length > 0)
            return Problems.Invalid(faults);
        try
        {
            var run = await activities.StartAsync(invoker.Descriptor, input, dryRun, Caller.Of(context.User).Name, key, cancellationToken);
            return TypedResults.Ok(await activities.WaitAsync(run, invoker.Descriptor, dryRun, TimeSpan.FromSeconds(request.WaitSeconds), cancellationToken));
        }
        catch (InboxFullException full)
        {
            return Problems.TryLater(context, full.RetryAfter, "inbox", full.Message);
        }
    }

    private static async Task<Results<Ok<ActivityRun>, ProblemHttpResult>> FollowAsync(
        string runId, ActivityRuns activities, CancellationToken cancellationToken, [Description("How long to wait for an end, 0 to 25")] int waitSeconds = 0) =>
        await activities.WaitAsync(new RunId(runId), TimeSpan.FromSeconds(Math.Clamp(waitSeconds, 0, 25)), cancellationToken) is { } run
            ? TypedResults.Ok(run)
            : Problems.NotFound("run of an activity", runId, "POST /api/activities/{id}/run answers its id; runs of workflows are under /api/runs.");

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("activity", id, "GET /api/activities lists them.");

    private static Ok<Listing<ActivityInfo>> List([AsParameters] Paging paging, string? search, DefinitionTypes types)
    {
        ActivityInfo[] all = [.. types.Catalog
            .Where(activity => string.IsNullOrWhiteSpace(search) || $"{activity.Id} {activity.Tool} {activity.DisplayName} {activity.Description}".Contains(search.Trim(), StringComparison.OrdinalIgnoreCase))
            .OrderBy(activity => activity.Tool, StringComparer.Ordinal).ThenBy(activity => activity.Id, StringComparer.Ordinal)
            .Select(ActivityInfo.Of)];
        return TypedResults.Ok(Listing<ActivityInfo>.Of([.. all.Skip(paging.Skip).Take(paging.Size)], paging, all.Length));
    }
}

internal sealed record ActivityInfo
{
    public required string Id { get; init; }

    public required string TypeName { get; init; }

    public required string Tool { get; init; }

    public required string DisplayName { get; init; }

    public required string Description { get; init; }

    public required string Effect { get; init; }

    public string? NoUndoReason { get; init; }

    public static ActivityInfo Of(ActivityDescriptor activity) => new()
    {
        Id = activity.Id,
        TypeName = activity.TypeName,
        Tool = activity.Tool,
        DisplayName = activity.DisplayName,
        Description = activity.Description,
        Effect = activity.Effect.ToString().ToLowerInvariant(),
        NoUndoReason = activity.NoUndoReason,
    };
}

internal sealed record ActivityDetail
{
    public required ActivityInfo Info { get; init; }

    public required bool Idempotent { get; init; }

    public required double TimeoutSeconds { get; init; }

    [Description("Inputs that are secret: they are given by connections and workflows, not by hand.")]
    public required IReadOnlyList<string> SecretInputs { get; init; }

    [Description("JSON schema")]
    public required JsonObject Input { get; init; }

    [Description("JSON schema")]
    public required JsonObject Output { get; init; }

    public static ActivityDetail Of(ActivityDescriptor activity) => new()
    {
        Info = ActivityInfo.Of(activity),
        Idempotent = activity.Idempotent,
        TimeoutSeconds = activity.Timeout.TotalSeconds,
        SecretInputs = [.. activity.SecretInputs.Order(StringComparer.Ordinal)],
        Input = activity.InputSchema.DeepClone().AsObject(),
        Output = activity.OutputSchema.DeepClone().AsObject(),
    };
}

internal sealed record RunActivityRequest
{
    [Description("Its input, by the schema of the activity")]
    public JsonObject? Input { get; init; }

    [Description("Name of the connection; the same as input.connection")]
    public string? Connection { get; init; }

    [Description("How long to wait for an end, 0 to 25; it goes on whether anybody waits or not")]
    public int WaitSeconds { get; init; }
}
