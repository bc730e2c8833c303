using Homelab.Engine.Api;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Remediation;

/// <summary>Plans, and taking changes back.</summary>
internal static class RemediationApi
{
    public static IEndpointRouteBuilder MapRemediation(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").RequireAuthorization(Policies.Operator);
        api.MapPost("/plans", SubmitAsync).WithTags("Plans").WithName("SubmitPlan").WithSummary("Carry out a plan under the gate: snapshot, steps, verification, way back; dryRun=true does nothing and says what it would do");
        var changes = api.MapGroup("/changes").WithTags("Changes");
        changes.MapPost("/undo-last", UndoLastAsync).WithName("UndoLast").WithSummary("Take the newest change back, under the gate");
        changes.MapPost("/{id}/undo", UndoAsync).WithName("UndoChange").WithSummary("Take a change back, under the gate");
        return app;
    }

    private static async Task<Results<Accepted<PlanStarted>, ProblemHttpResult>> SubmitAsync(
        PlanRequest request, bool? dryRun, HttpContext context, PlanDesk desk, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context.User);
        var key = context.Request.Headers.TryGetValue("Idempotency-Key", out var given) ? given.ToString() : null;
        return await desk.SubmitAsync(request, caller.Name, !caller.IsMachine, dryRun == true, key, cancellationToken) switch
        {
            PlanResult.Started started => TypedResults.Accepted($"/api/runs/{started.Run}", new PlanStarted(started.Run.Value, started.PlanId, started.Hash)),
            PlanResult.Invalid invalid => Problems.Invalid(invalid.Faults),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<Results<Accepted<UndoStarted>, ProblemHttpResult>> UndoAsync(string id, bool? dryRun, HttpContext context, UndoDesk desk, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context.User);
        return Answer(await desk.UndoAsync(id, caller.Name, !caller.IsMachine, dryRun == true, cancellationToken), id);
    }

    private static async Task<Results<Accepted<UndoStarted>, ProblemHttpResult>> UndoLastAsync(bool? dryRun, HttpContext context, UndoDesk desk, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context.User);
        return Answer(await desk.UndoLastAsync(caller.Name, !caller.IsMachine, dryRun == true, cancellationToken), "last");
    }

    private static Results<Accepted<UndoStarted>, ProblemHttpResult> Answer(UndoResult result, string id) => result switch
    {
        UndoResult.Started started => TypedResults.Accepted($"/api/runs/{started.Run}", new UndoStarted(started.ChangeId, started.Run.Value, started.PlanId)),
        UndoResult.Refused refused => Problems.Conflict("change", refused.ChangeId, refused.Reason, "GET /api/changes shows what was done and how it is taken back."),
        UndoResult.Nothing => Problems.Conflict("change", id, "No change stands that could be taken back.", "GET /api/changes shows what was done."),
        UndoResult.Unknown => Problems.NotFound("change", id, "GET /api/changes lists them."),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

internal sealed record PlanStarted(string RunId, string PlanId, string PlanHash);

internal sealed record UndoStarted(string ChangeId, string RunId, string PlanId);
