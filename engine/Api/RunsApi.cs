using System.ComponentModel;
using System.Text.Json.Nodes;
using Homelab.Engine.Definitions;
using Homelab.Engine.Runs;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api;

/// <summary>What ran, runs and waits.</summary>
internal static class RunsApi
{
    private const int MaxJournal = 500;

    public static IEndpointRouteBuilder MapRuns(this IEndpointRouteBuilder api)
    {
        var runs = api.MapGroup("/runs").WithTags("Runs");
        var look = runs.MapGroup("").RequireAuthorization(Policies.Viewer);
        look.MapGet("", ListAsync).WithName("ListRuns").WithSummary("Runs, newest first");
        look.MapGet("/{id}", GetAsync).WithName("GetRun").WithSummary("A run with its input, output and incidents");
        look.MapGet("/{id}/journal", JournalAsync).WithName("GetJournal").WithSummary("What happened in a run, oldest first");
        var act = runs.MapGroup("").RequireAuthorization(Policies.Operator);
        act.MapPost("/{id}/cancel", CancelAsync).WithName("CancelRun").WithSummary("Cancel a run; what is done stays done");
        act.MapPost("/{id}/retry", RetryAsync).WithName("RetryRun").WithSummary("Try the failed steps of a faulted run again");
        return api;
    }

    private static async Task<Results<Ok<Listing<RunInfo>>, ProblemHttpResult>> ListAsync(
        [AsParameters] Paging paging,
        [Description("Executing, Suspended, Finished, Faulted, Cancelled, Interrupted or Pending")] string? status,
        [Description("Part of the name, or a whole id")] string? search,
        [Description("A definition id")] string? workflow,
        Dispatch.Runs runs,
        DefinitionCatalog definitions,
        CancellationToken cancellationToken)
    {
        RunSubStatus? state = null;
        if (!string.IsNullOrEmpty(status))
        {
            if (!Enum.TryParse<RunSubStatus>(status, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed))
            {
                return Problems.Invalid("status", status, $"status is one of {string.Join(", ", Enum.GetNames<RunSubStatus>())}.", "Leave it out for runs in any state.");
            }

            state = parsed;
        }

        var filter = new RunFilter
        {
            SubStatuses = state is { } wanted ? [wanted] : [],
            Search = string.IsNullOrWhiteSpace(search) ? null : search.Trim(),
            DefinitionIds = string.IsNullOrWhiteSpace(workflow) ? [] : [workflow],
        };
        var page = await runs.ListAsync(filter, RunOrder.Created, descending: true, paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<RunInfo>.Of([.. page.Items.Select(run => RunInfo.Of(run, definitions.Current))], paging, page.Total));
    }

    private static async Task<Results<Ok<RunDetail>, ProblemHttpResult>> GetAsync(string id, Dispatch.Runs runs, Dispatch.StepProgressBoard progress, DefinitionCatalog definitions, CancellationToken cancellationToken) =>
        await runs.FindAsync(new RunId(id), cancellationToken) is { } summary && await runs.StateAsync(summary.Id, cancellationToken) is { } state
            ? TypedResults.Ok(RunDetail.Of(summary, state, definitions.Current) with { Progress = progress.Of(summary.Id) })
            : Missing(id);

    private static async Task<Results<Ok<JournalPage>, ProblemHttpResult>> JournalAsync(
        string id,
        Dispatch.Runs runs,
        CancellationToken cancellationToken,
        [Description("Only entries after this sequence number")] long after = 0,
        [Description("At most so many: 1 to 500")] int take = 100)
    {
        if (take is < 1 or > MaxJournal)
        {
            return Problems.Invalid("take", $"{take}", $"take must be between 1 and {MaxJournal}.", "Ask for less, then for what is after the last sequence number.");
        }

        if (await runs.FindAsync(new RunId(id), cancellationToken) is null)
        {
            return Missing(id);
        }

        var page = await runs.JournalAsync(new RunId(id), after, take, cancellationToken);
        return TypedResults.Ok(new JournalPage([.. page.Items.Select(JournalItem.Of)], page.Total));
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> CancelAsync(string id, HttpContext context, Dispatch.Runs runs, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(new RunId(id), cancellationToken) is not { } run)
        {
            return Missing(id);
        }

        if (run.Status == RunStatus.Finished)
        {
            return Problems.Conflict("run", id, $"It is over ({run.SubStatus}).", "Nothing is left to cancel.");
        }

        await runs.SendAsync(run.Id, new RunEvent.Cancel($"Cancelled by {Caller.Of(context.User).Name}"), null, cancellationToken);
        return TypedResults.Accepted($"/api/runs/{id}");
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> RetryAsync(string id, Dispatch.Runs runs, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(new RunId(id), cancellationToken) is not { } run)
        {
            return Missing(id);
        }

        if (run.SubStatus != RunSubStatus.Faulted && run.IncidentCount == 0)
        {
            return Problems.Conflict("run", id, $"It is {run.SubStatus}, and only a run with a failed step can be tried again.", "Start the workflow anew instead.");
        }

        await runs.SendAsync(run.Id, new RunEvent.Retry([]), null, cancellationToken);
        return TypedResults.Accepted($"/api/runs/{id}");
    }

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("run", id, "GET /api/runs lists them; old runs are deleted after a while.");
}

internal sealed record RunInfo
{
    public required string Id { get; init; }

    public required string DefinitionId { get; init; }

    public required int Version { get; init; }

    public string? Name { get; init; }

    public string? CorrelationId { get; init; }

    public string? ParentRunId { get; init; }

    [Description("Pending, Executing, Suspended, Finished, Cancelled, Faulted or Interrupted")]
    public required string Status { get; init; }

    public required int IncidentCount { get; init; }

    public required bool DryRun { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>A run that nobody named has the name of its workflow.</summary>
    public static RunInfo Of(RunSummary run, DefinitionSnapshot definitions) => new()
    {
        Id = run.Id.Value,
        DefinitionId = run.DefinitionId,
        Version = run.Version,
        Name = run.Name ?? definitions.Published.GetValueOrDefault(run.DefinitionId)?.Name,
        CorrelationId = run.CorrelationId,
        ParentRunId = run.ParentRunId?.Value,
        Status = run.SubStatus.ToString(),
        IncidentCount = run.IncidentCount,
        DryRun = run.DryRun,
        CreatedAt = run.CreatedAt,
        UpdatedAt = run.UpdatedAt,
        FinishedAt = run.FinishedAt,
    };
}

internal sealed record RunIncident(string Activity, string ActivityType, string Message, DateTimeOffset At);

internal sealed record RunDetail
{
    public required RunInfo Summary { get; init; }

    public required JsonObject Input { get; init; }

    public required JsonObject Output { get; init; }

    public required IReadOnlyList<RunIncident> Incidents { get; init; }

    [Description("How far the long steps are that run on this node now.")]
    public IReadOnlyList<Dispatch.StepProgress> Progress { get; init; } = [];

    [Description("What a suspended run waits for.")]
    public required IReadOnlyList<RunWait> WaitingFor { get; init; }

    public static RunDetail Of(RunSummary run, RunState state, DefinitionSnapshot definitions) => new()
    {
        Summary = RunInfo.Of(run, definitions),
        Input = state.Input,
        Output = state.Output,
        Incidents = [.. state.Incidents.Select(incident => new RunIncident(incident.ActivityId, incident.ActivityType, incident.Message, incident.Timestamp))],
        WaitingFor = [.. state.Bookmarks.Select(bookmark => new RunWait(bookmark.Name, bookmark.ActivityId, (string?)bookmark.Payload?["EventName"]))],
    };
}

/// <param name="Kind">The bookmark's name: "Elsa.Event", "Elsa.Delay", "Homelab.Approval".</param>
/// <param name="Event">Which one, where it waits for an event.</param>
internal sealed record RunWait(string Kind, string ActivityId, string? Event);

internal sealed record JournalItem
{
    public required long Sequence { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required string ActivityId { get; init; }

    public required string ActivityInstanceId { get; init; }

    public required string ActivityType { get; init; }

    public string? ActivityName { get; init; }

    public required string EventName { get; init; }

    public string? Message { get; init; }

    public JsonObject? Payload { get; init; }

    public static JournalItem Of(JournalEntry entry) => new()
    {
        Sequence = entry.Sequence,
        Timestamp = entry.Timestamp,
        ActivityId = entry.ActivityId,
        ActivityInstanceId = entry.ActivityInstanceId,
        ActivityType = entry.ActivityType,
        ActivityName = entry.ActivityName,
        EventName = entry.EventName,
        Message = entry.Message,
        Payload = entry.Payload,
    };
}

internal sealed record JournalPage(IReadOnlyList<JournalItem> Items, long Total);
