using System.ComponentModel;
using System.Text.Json.Nodes;
using Homelab.Engine.Api;
using Homelab.Engine.Audit;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Gate;

/// <summary>Decisions, changes and the audit trail, to be asked for.</summary>
internal static class DecisionsApi
{
    public static IEndpointRouteBuilder MapDecisions(this IEndpointRouteBuilder api)
    {
        var decisions = api.MapGroup("/decisions").WithTags("Decisions").RequireAuthorization(Policies.Viewer);
        decisions.MapGet("", ListAsync).WithName("ListDecisions").WithSummary("By action, target, verdict, outcome and time, newest first");
        decisions.MapGet("/{id}", FindAsync).WithName("GetDecision").WithSummary("One decision with the facts, every factor, hit and threshold, and what would have changed it");
        return api;
    }

    public static IEndpointRouteBuilder MapChanges(this IEndpointRouteBuilder api)
    {
        api.MapGet("/changes", ChangesAsync).RequireAuthorization(Policies.Viewer).WithTags("Changes").WithName("ListChanges").WithSummary("What was done, newest first: by whom decided and approved, how it ended, how it is taken back");
        return api;
    }

    public static IEndpointRouteBuilder MapAudit(this IEndpointRouteBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("Audit").RequireAuthorization(Policies.Viewer);
        audit.MapGet("", AuditAsync).WithName("ListAudit").WithSummary("Who did what, newest first");
        audit.MapGet("/export", ExportAsync).WithName("ExportAudit").WithSummary("Entries after a sequence number, oldest first, as they were chained");
        audit.MapGet("/verify", VerifyAsync).WithName("VerifyAudit").WithSummary("Recompute the chain; lastHash, kept elsewhere, shows a cut end");
        return api;
    }

    private static async Task<Ok<Listing<DecisionInfo>>> ListAsync(
        [AsParameters] Paging paging,
        [Description("An action's whole id")] string? action,
        [Description("A target's whole id or name")] string? target,
        [Description("execute, tellFirst, ask, alertOnly or refuse")] string? verdict,
        [Description("How it ended: started, succeeded, failed, inDoubt, notVerified or rolledBack")] string? outcome,
        [Description("Part of the action or of the target's name")] string? search,
        [Description("Only from then on")] DateTimeOffset? since,
        [Description("Only before then")] DateTimeOffset? until,
        [Description("Only older than the decision with this id")] string? before,
        [Description("With facts, record and plan of each")] bool? full,
        DecisionLog log,
        CancellationToken cancellationToken)
    {
        var page = await log.PageAsync(new DecisionFilter(action, target, verdict, outcome, search, since, until, before), paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<DecisionInfo>.Of([.. page.Rows.Select(row => full == true ? Whole(row) : DecisionInfo.Of(row))], paging, page.Total));
    }

    private static async Task<Results<Ok<DecisionInfo>, ProblemHttpResult>> FindAsync(string id, DecisionLog log, CancellationToken cancellationToken) =>
        await log.FindAsync(id, cancellationToken) is { } row
            ? TypedResults.Ok(Whole(row))
            : Problems.NotFound("decision", id, "GET /api/decisions lists them.");

    private static DecisionInfo Whole(DecisionRow row)
    {
        var record = GateJson.Read<DecisionRecord>(row.Record);
        return DecisionInfo.Of(row) with
        {
            Facts = JsonNode.Parse(row.Facts),
            Record = JsonNode.Parse(row.Record),
            Plan = JsonNode.Parse(row.Plan),
            Table = record.Chosen is { } chosen ? Explanation.Table(chosen) : [],
            Counterfactuals = [.. record.Counterfactuals.Select(other => new OtherVerdict(other.Change, DecisionLog.Camel(other.Verdict.ToString())))],
            Alternatives = [.. record.Alternatives.Select(Alternative.Of)],
        };
    }

    private static async Task<Ok<Listing<ChangeInfo>>> ChangesAsync(
        [AsParameters] Paging paging,
        [Description("An action's whole id")] string? action,
        [Description("A target's whole id or name")] string? target,
        [Description("started, succeeded, failed, inDoubt, notVerified or rolledBack")] string? result,
        [Description("Part of the action or of the target's name")] string? search,
        [Description("Only from then on")] DateTimeOffset? since,
        [Description("Only before then")] DateTimeOffset? until,
        ChangeLog log,
        CancellationToken cancellationToken)
    {
        var page = await log.PageAsync(new ChangeFilter(action, target, result, search, since, until), paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<ChangeInfo>.Of([.. page.Rows.Select(ChangeInfo.Of)], paging, page.Total));
    }

    private static async Task<Ok<Listing<AuditItem>>> AuditAsync(
        [AsParameters] Paging paging,
        [Description("Who: a user, or gate")] string? actor,
        [Description("Part of what happened or of what it happened to")] string? search,
        [Description("Only from then on")] DateTimeOffset? since,
        [Description("Only before then")] DateTimeOffset? until,
        Database database,
        CancellationToken cancellationToken)
    {
        var page = await new ListQuery().Is("actor", actor).Holds(search, "event", "subject").Within("at", since, until)
            .PageAsync<AuditEntry>(database, "audit", "sequence", "sequence DESC", paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<AuditItem>.Of([.. page.Rows.Select(AuditItem.Of)], paging, page.Total));
    }

    private static async Task<Ok<IReadOnlyList<AuditEntry>>> ExportAsync(
        [Description("The last sequence number that is already there")] long? after, [Description("At most so many: 1 to 1000")] int? take, Database database, CancellationToken cancellationToken) =>
        TypedResults.Ok(await AuditTrail.ReadAsync(database, after ?? 0, Math.Clamp(take ?? 100, 1, 1000), cancellationToken));

    private static async Task<Ok<AuditVerdict>> VerifyAsync(string? lastHash, Database database, CancellationToken cancellationToken) =>
        TypedResults.Ok(await AuditTrail.VerifyAsync(database, lastHash, cancellationToken));
}

/// <summary>An entry for people; the chained form is exported.</summary>
internal sealed record AuditItem(long Sequence, DateTimeOffset At, string Actor, string Event, string Subject, JsonNode? Detail)
{
    public static AuditItem Of(AuditEntry entry) => new(
        entry.Sequence, DateTimeOffset.FromUnixTimeMilliseconds(entry.At), entry.Actor, entry.Event, entry.Subject, JsonNode.Parse(entry.Detail));
}

internal sealed record DecisionInfo
{
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string RunId { get; init; }

    public required string Action { get; init; }

    public required string Target { get; init; }

    public required string Verdict { get; init; }

    public required double Confidence { get; init; }

    public required string Risk { get; init; }

    public required string Sentence { get; init; }

    public required bool DryRun { get; init; }

    public string? Outcome { get; init; }

    public JsonNode? Facts { get; init; }

    public JsonNode? Record { get; init; }

    public JsonNode? Plan { get; init; }

    public IReadOnlyList<ExplanationRow>? Table { get; init; }

    [Description("What would have changed the verdict.")]
    public IReadOnlyList<OtherVerdict>? Counterfactuals { get; init; }

    [Description("What it could have done instead, best first.")]
    public IReadOnlyList<Alternative>? Alternatives { get; init; }

    public static DecisionInfo Of(DecisionRow row) => new()
    {
        Id = row.Id,
        At = DateTimeOffset.FromUnixTimeMilliseconds(row.At),
        RunId = row.RunId,
        Action = row.Action,
        Target = row.TargetName,
        Verdict = row.Verdict,
        Confidence = row.Confidence,
        Risk = row.Risk,
        Sentence = row.Sentence,
        DryRun = row.DryRun != 0,
        Outcome = row.Outcome,
    };
}

internal sealed record OtherVerdict(string Change, string Verdict);

internal sealed record Alternative(string Action, string Target, string Verdict, double Confidence, string Risk)
{
    public static Alternative Of(Assessment made) => new(
        made.Action, made.TargetName, DecisionLog.Camel(made.Verdict.ToString()), made.Confidence, DecisionLog.Camel(made.Risk.ToString()));
}

internal sealed record ChangeInfo
{
    public required string Id { get; init; }

    public required string DecisionId { get; init; }

    public required string RunId { get; init; }

    public required string Action { get; init; }

    public required string Target { get; init; }

    public JsonNode? Parameters { get; init; }

    /// <summary>"rules", or who approved.</summary>
    public required string DecidedBy { get; init; }

    public required string Result { get; init; }

    public string? Message { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The activity that takes it back; null with the reason beside it.</summary>
    public string? Undo { get; init; }

    public string? NoUndoReason { get; init; }

    public string? UndoneBy { get; init; }

    public static ChangeInfo Of(AuthorizationRow row) => new()
    {
        Id = row.Id,
        DecisionId = row.DecisionId,
        RunId = row.RunId,
        Action = row.ActivityId,
        Target = row.TargetName,
        Parameters = JsonNode.Parse(row.Parameters),
        DecidedBy = row.IssuedBy,
        Result = row.Result ?? "started",
        Message = row.Message,
        StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.UsedAt ?? row.IssuedAt),
        FinishedAt = row.FinishedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        Undo = row.UndoActivity,
        NoUndoReason = row.NoUndoReason,
        UndoneBy = row.UndoneBy,
    };
}
