using System.ComponentModel;
using Homelab.Engine.Api;
using Homelab.Engine.Logs;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Findings;

internal static class FindingsApi
{
    public static IEndpointRouteBuilder MapFindings(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").AddEndpointFilter<PagingFilter>().MapGroup("/findings").WithTags("Findings");
        var look = api.MapGroup("").RequireAuthorization(Policies.Viewer);
        look.MapGet("", ListAsync).WithName("ListFindings").WithSummary("What was found in logs, forecasts and documents, newest first; question takes plain words, such as: all database errors this week");
        look.MapGet("/{id}", FindAsync).WithName("GetFinding").WithSummary("One finding with its evidence");
        api.MapPost("/{id}/state", SetStateAsync).RequireAuthorization(Policies.Operator).WithName("SetFindingState").WithSummary("Close it, or open it again");
        return app;
    }

    private static async Task<Results<Ok<FindingListing>, ProblemHttpResult>> ListAsync(
        [AsParameters] Paging paging, [AsParameters] FindingQuery query, FindingStore store, LogRules rules, TimeProvider time, CancellationToken cancellationToken)
    {
        if (query.Question is { Length: > 500 })
            return Problems.Invalid([new Fault("question", $"{query.Question.Length} characters", "A question has at most 500 characters.", "Ask for less.")]);
        var filter = Question.Read(query.Question ?? "", time.GetLocalNow(), rules.Topics);
        filter = filter with
        {
            Area = query.Area ?? filter.Area,
            Class = query.Class ?? filter.Class,
            Severity = query.Severity ?? filter.Severity,
            State = query.State ?? filter.State,
            Since = query.Since ?? filter.Since,
            Until = query.Until ?? filter.Until,
            Words = string.IsNullOrWhiteSpace(query.Search) ? filter.Words : [.. filter.Words, [query.Search.Trim()]],
        };
        var page = await store.ListAsync(filter, paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(new FindingListing([.. page.Rows.Select(Finding.Of)], paging.Number, paging.Size, page.Total, filter));
    }

    private static async Task<Results<Ok<Finding>, ProblemHttpResult>> FindAsync(string id, FindingStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } row ? TypedResults.Ok(Finding.Of(row)) : Missing(id);

    private static async Task<Results<NoContent, ProblemHttpResult>> SetStateAsync(string id, FindingState state, FindingStore store, CancellationToken cancellationToken)
    {
        if (state.State is not ("open" or "closed"))
            return Problems.Invalid([new Fault("state", state.State, "A finding is open or closed.", "Send one of the two.")]);
        return await store.SetStateAsync(id, state.State, cancellationToken) ? TypedResults.NoContent() : Missing(id);
    }

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("finding", id, "GET /api/findings lists them.");
}

internal sealed record FindingState(string State);

internal sealed record FindingQuery
{
    [Description("Plain words; filters are derived from them and shown in the answer.")]
    public string? Question { get; init; }

    [Description("logs, forecasts or documentation.")]
    public string? Area { get; init; }

    [Description("security, performance, drift, failure or capacity.")]
    public string? Class { get; init; }

    [Description("info, warning or critical.")]
    public string? Severity { get; init; }

    [Description("open or closed.")]
    public string? State { get; init; }

    [Description("Part of title, text, service, source or evidence.")]
    public string? Search { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }
}

/// <param name="Understood">The filters that were applied, those of the question among them.</param>
internal sealed record FindingListing(IReadOnlyList<Finding> Items, int Page, int PageSize, long Total, FindingFilter Understood);
