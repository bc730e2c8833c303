using System.ComponentModel;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api;

/// <summary>What was accepted and could not be processed after every attempt: nothing of it is lost until a person says so.</summary>
internal static class DeadLettersApi
{
    private const int Most = 200;

    public static IEndpointRouteBuilder MapDeadLetters(this IEndpointRouteBuilder api)
    {
        var letters = api.MapGroup("/dead-letters").WithTags("Runs");
        letters.MapGet("", ListAsync).RequireAuthorization(Policies.Viewer).WithName("ListDeadLetters").WithSummary("What could not be processed, newest first");
        letters.MapPost("/{id}/requeue", RequeueAsync).RequireAuthorization(Policies.Operator).WithName("RequeueDeadLetter").WithSummary("Try it again, as if it had just come");
        letters.MapDelete("/{id}", DiscardAsync).RequireAuthorization(Policies.Operator).WithName("DiscardDeadLetter").WithSummary("Give it up for good");
        return api;
    }

    private static async Task<Ok<IReadOnlyList<DeadLetterInfo>>> ListAsync(
        Dispatch.Runs runs, CancellationToken cancellationToken, [Description("At most so many: 1 to 200")] int take = 50) =>
        TypedResults.Ok<IReadOnlyList<DeadLetterInfo>>([.. (await runs.DeadLettersAsync(Math.Clamp(take, 1, Most), cancellationToken)).Select(DeadLetterInfo.Of)]);

    private static async Task<Results<Accepted, ProblemHttpResult>> RequeueAsync(string id, Dispatch.Runs runs, CancellationToken cancellationToken) =>
        await runs.RequeueDeadLetterAsync(id, cancellationToken) ? TypedResults.Accepted("/api/dead-letters") : Missing(id);

    private static async Task<Results<NoContent, ProblemHttpResult>> DiscardAsync(string id, Dispatch.Runs runs, CancellationToken cancellationToken) =>
        await runs.DiscardDeadLetterAsync(id, cancellationToken) ? TypedResults.NoContent() : Missing(id);

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("dead letter", id, "GET /api/dead-letters lists them; somebody may have dealt with it already.");
}

internal sealed record DeadLetterInfo
{
    public required string Id { get; init; }

    [Description("The run it was for; none where it was to start several")]
    public string? RunId { get; init; }

    [Description("start, event, wake or stimulus")]
    public required string Kind { get; init; }

    [Description("Why the last attempt failed")]
    public required string Error { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required DateTimeOffset DiedAt { get; init; }

    // Without what it holds: that may be a request's whole body.
    public static DeadLetterInfo Of(DeadLetter letter) => new()
    {
        Id = letter.Id, RunId = letter.RunId?.Value, Kind = letter.Kind, Error = letter.Error, Attempts = letter.Attempts, ReceivedAt = letter.ReceivedAt, DiedAt = letter.DiedAt,
    };
}
