using System.ComponentModel;
using Homelab.Engine.Api;
using Homelab.Engine.Controls;
using Homelab.Engine.Playbooks;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Homelab.Engine.Requests;

/// <summary>Requests in plain words, their plans, and how far they are.</summary>
internal static class RequestsApi
{
    public static IServiceCollection AddRequests(this IServiceCollection services)
    {
        services.AddSingleton<RequestStore>();
        services.AddSingleton<RequestTemplates>();
        services.AddSingleton<RequestPlanner>();
        services.AddSingleton<RequestSignal>();
        services.AddSingleton<RequestDesk>();
        services.AddSingleton<RequestRunner>();
        services.AddHostedService(provider => provider.GetRequiredService<RequestRunner>());
        services.AddSingleton(provider => LiveProbes.Requests(provider.GetRequiredService<Database>()));
        return services;
    }

    public static IEndpointRouteBuilder MapRequests(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").AddEndpointFilter<PagingFilter>().MapGroup("/requests").WithTags("Requests");
        var look = api.MapGroup("").RequireAuthorization(Policies.Viewer);
        look.MapGet("", ListAsync).WithName("ListRequests").WithSummary("What people asked for, changed last first");
        look.MapGet("/templates", TemplatesAsync).WithName("ListRequestTemplates").WithSummary("Plans that fit many requests, and the files that could not be taken");
        look.MapGet("/{id}", FindAsync).WithName("GetRequest").WithSummary("One request with its plan and how far it is");
        var act = api.MapGroup("").RequireAuthorization(Policies.Operator);
        act.MapPost("", AskAsync).WithName("AskRequest").WithSummary("Ask for something in plain words: it becomes a plan of steps, of which nothing is done before it is approved");
        act.MapPut("/{id}/steps", EditAsync).WithName("EditRequest").WithSummary("The steps as they are to be; what was begun stays");
        act.MapPost("/{id}/say", SayAsync).WithName("SayRequestEdit").WithSummary("Edit the plan in plain words, such as: delay the nodes until the weekend");
        act.MapPost("/{id}/approve", (string id, HttpContext context, RequestDesk desk, CancellationToken token) => AnswerAsync(desk.ApproveAsync(id, By(context), token)))
            .WithName("ApproveRequest").WithSummary("Let the plan begin, as it stands; every mistake in it is told instead");
        act.MapPost("/{id}/pause", (string id, HttpContext context, RequestDesk desk, CancellationToken token) => AnswerAsync(desk.PauseAsync(id, By(context), token)))
            .WithName("PauseRequest").WithSummary("Begin no further step; what is being done is finished");
        act.MapPost("/{id}/resume", (string id, HttpContext context, RequestDesk desk, CancellationToken token) => AnswerAsync(desk.ResumeAsync(id, By(context), token)))
            .WithName("ResumeRequest").WithSummary("Go on after a pause");
        act.MapPost("/{id}/cancel", (string id, HttpContext context, RequestDesk desk, CancellationToken token) => AnswerAsync(desk.CancelAsync(id, By(context), token)))
            .WithName("CancelRequest").WithSummary("End it; what is being done is finished, what was done stays");
        var steps = act.MapGroup("/{id}/steps/{step}");
        foreach (var (verb, name, summary) in new[]
        {
            ("done", "FinishRequestStep", "Say that a person's step is done"),
            ("failed", "FailRequestStep", "Say that a person's step could not be done"),
            ("retry", "RetryRequestStep", "Try a failed step again"),
            ("skip", "SkipRequestStep", "Leave a step out that was not begun, or failed"),
        })
        {
            steps.MapPost($"/{verb}", (string id, string step, StepNote? note, HttpContext context, RequestDesk desk, CancellationToken token) => AnswerAsync(desk.StepAsync(id, step, verb, note?.Note, By(context), token)))
                .WithName(name).WithSummary(summary);
        }

        return app;
    }

    private static async Task<Results<Ok<Listing<Request>>, ProblemHttpResult>> ListAsync(
        [AsParameters] Paging paging, [Description("One of the states, or open for all that are neither done nor cancelled")] string? state, string? search, RequestStore store, CancellationToken cancellationToken)
    {
        if (state is not (null or "" or "open") && !RequestState.All.Contains(state))
            return Problems.Invalid("state", state, $"A request is {string.Join(", ", RequestState.All)}.", "Send one of these, or open.");
        IEnumerable<string> states = state switch { null or "" => [], "open" => RequestState.All.Except([RequestState.Done, RequestState.Cancelled]), _ => [state] };
        var page = await store.ListAsync(states, search, paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<Request>.Of(page.Rows, paging, page.Total));
    }

    private static async Task<Ok<TemplateList>> TemplatesAsync(RequestTemplates templates, CancellationToken cancellationToken)
    {
        var (known, problems) = await templates.ReadAsync(cancellationToken);
        return TypedResults.Ok(new TemplateList([.. known.Select(template => new TemplateInfo(template.Id, template.Name, template.Description, template.Words, [.. template.Steps.Select(step => step.Title)]))], problems));
    }

    private static async Task<Results<Ok<Request>, ProblemHttpResult>> FindAsync(string id, RequestDesk desk, CancellationToken cancellationToken) =>
        await desk.FindAsync(id, cancellationToken) is { } request ? TypedResults.Ok(request) : Missing("request", id);

    private static async Task<Results<Ok<Request>, ProblemHttpResult>> AskAsync(
        NewRequest asked, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext context, RequestDesk desk, CancellationToken cancellationToken) =>
        Answer(await desk.AskAsync(asked.Text, asked.Steps, By(context), key, cancellationToken));

    private static async Task<Results<Ok<Request>, ProblemHttpResult>> EditAsync(string id, RequestEdit edit, HttpContext context, RequestDesk desk, CancellationToken cancellationToken) =>
        Answer(await desk.EditAsync(id, edit.Version, edit.Steps, By(context), cancellationToken));

    private static async Task<Results<Ok<Request>, ProblemHttpResult>> SayAsync(string id, RequestSaying said, HttpContext context, RequestDesk desk, LiveSettings settings, CancellationToken cancellationToken) =>
        Answer(await desk.SayAsync(id, said.Text, settings.Preferences?.Zone ?? TimeZoneInfo.Utc, By(context), cancellationToken));

    private static string By(HttpContext context) => Caller.Of(context.User).Name;

    private static async Task<Results<Ok<Request>, ProblemHttpResult>> AnswerAsync(Task<RequestResult> result) => Answer(await result);

    private static Results<Ok<Request>, ProblemHttpResult> Answer(RequestResult result) => result switch
    {
        RequestResult.Ok ok => TypedResults.Ok(ok.Request),
        RequestResult.Invalid invalid => Problems.Invalid(invalid.Faults),
        RequestResult.Refused refused => Problems.Conflict("request", refused.Id, refused.Reason, "GET /api/requests/{id} shows how it stands."),
        RequestResult.Unknown unknown => Missing(unknown.Thing, unknown.Id),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static ProblemHttpResult Missing(string thing, string id) => Problems.NotFound(thing, id, "GET /api/requests lists them.");
}

/// <param name="Text">What is wanted, in plain words.</param>
/// <param name="Steps">The steps, where somebody wrote them; left out, they are made.</param>
internal sealed record NewRequest(string Text, IReadOnlyList<StepEdit>? Steps = null);

internal sealed record RequestEdit(long Version, IReadOnlyList<StepEdit> Steps);

internal sealed record RequestSaying(string Text);

internal sealed record StepNote(string? Note = null);

internal sealed record TemplateList(IReadOnlyList<TemplateInfo> Templates, IReadOnlyList<PlaybookProblem> Problems);

internal sealed record TemplateInfo(string Id, string Name, string Description, IReadOnlyList<string> Words, IReadOnlyList<string> Steps);
