using Homelab.Engine.Api;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Schedules;

internal static class JobsApi
{
    public static IEndpointRouteBuilder MapJobs(this IEndpointRouteBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        var look = jobs.MapGroup("").RequireAuthorization(Policies.Viewer);
        look.MapGet("", ListAsync).WithName("ListJobs").WithSummary("Schedules and maintenance jobs: when next, when last, how it went");
        look.MapGet("/history", HistoryAsync).WithName("ListJobHistory").WithSummary("What fired, newest first");
        look.MapGet("/{id}", FindAsync).WithName("GetJob").WithSummary("One job");
        look.MapGet("/{id}/history", HistoryOfAsync).WithName("GetJobHistory").WithSummary("What fired of one job, newest first");
        var act = jobs.MapGroup("").RequireAuthorization(Policies.Operator);
        act.MapPost("/{id}/run", async (string id, Jobs all, CancellationToken token) => Done(id, await all.RunNowAsync(id, token)))
            .WithName("RunJob").WithSummary("Fire it once now, beside its schedule");
        act.MapPost("/{id}/pause", async (string id, Jobs all, CancellationToken token) => Done(id, await all.PauseAsync(id, token)))
            .WithName("PauseJob").WithSummary("It does not fire until it is resumed");
        act.MapPost("/{id}/resume", async (string id, Jobs all, CancellationToken token) => Done(id, await all.ResumeAsync(id, token)))
            .WithName("ResumeJob").WithSummary("Let it fire again");
        return api;
    }

    private static async Task<Ok<Listing<JobView>>> ListAsync([AsParameters] Paging paging, Jobs jobs, CancellationToken cancellationToken)
    {
        var page = await jobs.ListAsync(paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<JobView>.Of(page.Items, paging, page.TotalCount));
    }

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> FindAsync(string id, Jobs jobs, CancellationToken cancellationToken) =>
        await jobs.FindAsync(id, cancellationToken) is { } job ? TypedResults.Ok(job) : Missing(id);

    private static Task<Ok<Listing<JobFiring>>> HistoryAsync([AsParameters] Paging paging, Jobs jobs, CancellationToken cancellationToken, bool failed = false) =>
        PageAsync(null, failed, paging, jobs, cancellationToken);

    private static Task<Ok<Listing<JobFiring>>> HistoryOfAsync(string id, [AsParameters] Paging paging, Jobs jobs, CancellationToken cancellationToken, bool failed = false) =>
        PageAsync(id, failed, paging, jobs, cancellationToken);

    private static async Task<Ok<Listing<JobFiring>>> PageAsync(string? id, bool failed, Paging paging, Jobs jobs, CancellationToken cancellationToken)
    {
        var page = await jobs.HistoryAsync(id, failed, paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<JobFiring>.Of(page.Items, paging, page.TotalCount));
    }

    private static Results<NoContent, ProblemHttpResult> Done(string id, bool found) => found ? TypedResults.NoContent() : Missing(id);

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("job", id, "GET /api/jobs lists them.");
}
