using System.ComponentModel;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.Gate;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Approvals;

/// <summary>Questions and their answers.</summary>
internal static class ApprovalsApi
{
    public static IEndpointRouteBuilder MapApprovals(this IEndpointRouteBuilder api)
    {
        var approvals = api.MapGroup("/approvals").WithTags("Approvals").RequireAuthorization(Policies.Viewer);
        approvals.MapGet("", ListAsync).WithName("ListApprovals").WithSummary("Questions, newest first; state=pending for the open ones");
        approvals.MapGet("/{id}", FindAsync).WithName("GetApproval").WithSummary("One question");
        approvals.MapPost("/{id}/answer", AnswerAsync).RequireAuthorization(Policies.Operator).WithName("AnswerApproval")
            .WithSummary("Approve, deny, or approve with changes or for later; the first answer counts");
        approvals.MapPost("/groups/{group}/answer", AnswerGroupAsync).RequireAuthorization(Policies.Operator).WithName("AnswerApprovalGroup").WithSummary("One answer for all open questions of a cause");
        return api;
    }

    private static async Task<Ok<Listing<ApprovalInfo>>> ListAsync(
        [AsParameters] Paging paging,
        [Description("pending, approved, changed, denied, timedOut or withdrawn")] string? state,
        [Description("An action's whole id")] string? action,
        [Description("A target's whole id or name")] string? target,
        [Description("Part of the action or of the target's name")] string? search,
        [Description("Asked from then on")] DateTimeOffset? since,
        [Description("Asked before then")] DateTimeOffset? until,
        Database database,
        CancellationToken cancellationToken)
    {
        var page = await new ListQuery().Is("state", state).Is("action", action).IsEither("target_id", "target_name", target).Holds(search, "action", "target_name").Within("asked_at", since, until)
            .PageAsync<ApprovalRow>(database, "approvals", "id", "id DESC", paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<ApprovalInfo>.Of([.. page.Rows.Select(ApprovalInfo.Of)], paging, page.Total));
    }

    private static async Task<Results<Ok<ApprovalInfo>, ProblemHttpResult>> FindAsync(string id, ApprovalDesk desk, ActivityCatalog catalog, Database database, CancellationToken cancellationToken)
    {
        if (await desk.FindAsync(id, cancellationToken) is not { } found)
            return Unknown(id);
        var roles = await database.ReadAsync(session => PlanStore.RolesAsync(session, found.PlanHash, cancellationToken), cancellationToken);
        return TypedResults.Ok(ApprovalInfo.Of(found) with { Rollback = Rollback(found, catalog), Roles = [.. roles.Select(role => role.ToString().ToLowerInvariant())] });
    }

    /// <summary>For each step of the plan, how it is taken back, or why it is not.</summary>
    private static IReadOnlyList<StepRollback> Rollback(ApprovalRow row, ActivityCatalog catalog)
    {
        var steps = JsonNode.Parse(row.Plan)?["steps"] as JsonArray ?? [];
        return [.. steps.Select(step => (string?)step?["activityId"]).OfType<string>().Select(activity =>
            !catalog.TryFind(activity, out var invoker) ? new StepRollback(activity, false, "It is not known here any more.")
            : invoker.Descriptor.NoUndoReason is { } reason ? new StepRollback(activity, false, reason)
            : new StepRollback(activity, true, null))];
    }

    private static async Task<Results<Ok<ApprovalInfo>, ProblemHttpResult>> AnswerAsync(
        string id, AnswerRequest request, HttpContext context, ApprovalDesk desk, CancellationToken cancellationToken)
    {
        if (await desk.FindAsync(id, cancellationToken) is null)
            return Unknown(id);
        if (Approver.WhyNot(context.User) is { } reason)
            return NotAPerson(id, reason);
        return await desk.AnswerAsync(id, request.By(Caller.Of(context.User).Name), cancellationToken) switch
        {
            AnswerResult.Accepted accepted => TypedResults.Ok(ApprovalInfo.Of(accepted.Approval)),
            AnswerResult.TooLate late => Problems.Conflict("approval", id, $"It is {late.Approval.State}{(late.Approval.AnsweredBy is { } by ? $" by {by}" : "")}.", "Only the first answer counts."),
            AnswerResult.NotAllowed no => Problems.Of(StatusCodes.Status403Forbidden, "You may not answer this.", "approval", id, no.Reason, "Ask somebody whom the preferences name for this risk."),
            AnswerResult.Invalid invalid => Problems.Invalid("changes", null, invalid.Problem, "Correct it and answer again."),
            _ => Unknown(id),
        };
    }

    private static async Task<Results<Ok<GroupAnswerInfo>, ProblemHttpResult>> AnswerGroupAsync(
        string group, AnswerRequest request, HttpContext context, ApprovalDesk desk, CancellationToken cancellationToken)
    {
        group = RouteText.Of(group);
        if (!(await desk.ListAsync("pending", 1000, cancellationToken)).Any(approval => approval.GroupKey == group))
            return Problems.NotFound("open group", group, "GET /api/approvals?state=pending lists the open questions with their groups.");
        if (Approver.WhyNot(context.User) is { } reason)
            return NotAPerson(group, reason);
        var results = await desk.AnswerGroupAsync(group, request.By(Caller.Of(context.User).Name), cancellationToken);
        return TypedResults.Ok(new GroupAnswerInfo(results.Count(result => result is AnswerResult.Accepted), results.Count(result => result is not AnswerResult.Accepted)));
    }

    private static ProblemHttpResult NotAPerson(string id, string reason) => Problems.Of(
        StatusCodes.Status403Forbidden, "You may not answer this.", "approval", id, reason, "Sign in and answer, or use a key that has the scope 'approvals'.");

    private static ProblemHttpResult Unknown(string id) => Problems.NotFound("approval", id, "GET /api/approvals lists them.");
}

internal sealed record AnswerRequest(bool Approve, string? Note = null, JsonObject? Changes = null, DateTimeOffset? NotBefore = null)
{
    public ApprovalAnswer By(string name) => new(Approve, name, Note, Changes, NotBefore);
}

internal sealed record GroupAnswerInfo(int Answered, int NotAnswered);

internal sealed record ApprovalInfo
{
    public required string Id { get; init; }

    public required string DecisionId { get; init; }

    public required string RunId { get; init; }

    public required string Group { get; init; }

    public required string Action { get; init; }

    public required string Target { get; init; }

    public required string Risk { get; init; }

    public required string Question { get; init; }

    public JsonNode? Plan { get; init; }

    public required string State { get; init; }

    public required DateTimeOffset AskedAt { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public DateTimeOffset? AnsweredAt { get; init; }

    public string? AnsweredBy { get; init; }

    public string? Note { get; init; }

    [Description("Fields of the input as the person wanted them instead.")]
    public JsonNode? Changes { get; init; }

    [Description("Approved, but not before then.")]
    public DateTimeOffset? NotBefore { get; init; }

    [Description("For each step of the plan; only where one question is asked for.")]
    public IReadOnlyList<StepRollback>? Rollback { get; init; }

    [Description("What each step of the plan is for: snapshot, action or rollback; only where one question is asked for, and empty for a step by itself.")]
    public IReadOnlyList<string>? Roles { get; init; }

    public static ApprovalInfo Of(ApprovalRow row) => new()
    {
        Id = row.Id,
        DecisionId = row.DecisionId,
        RunId = row.RunId,
        Group = row.GroupKey,
        Action = row.Action,
        Target = row.TargetName,
        Risk = row.Risk,
        Question = row.Question,
        Plan = JsonNode.Parse(row.Plan),
        State = row.State,
        AskedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.AskedAt),
        DueAt = DateTimeOffset.FromUnixTimeMilliseconds(row.DueAt),
        AnsweredAt = row.AnsweredAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        AnsweredBy = row.AnsweredBy,
        Note = row.Note,
        Changes = row.Changes is { } changes ? JsonNode.Parse(changes) : null,
        NotBefore = row.ResumeAt is { } from ? DateTimeOffset.FromUnixTimeMilliseconds(from) : null,
    };
}

/// <param name="Reason">Why it cannot be taken back; null when it can.</param>
internal sealed record StepRollback(string Action, bool CanUndo, string? Reason);
