using System.ComponentModel;
using Homelab.Engine.Incidents;
using Homelab.Engine.Notifications;
using Homelab.Engine.Operations;
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
        Dispatch.Runs runs, AlertInbox alerts, NotificationOutbox messages, Secrets secrets, CancellationToken cancellationToken, [Description("At most so many: 1 to 200")] int take = 50)
    {
        take = Math.Clamp(take, 1, Most);
        return TypedResults.Ok<IReadOnlyList<DeadLetterInfo>>([.. (await runs.DeadLettersAsync(take, cancellationToken)).Select(DeadLetterInfo.Of)
            .Concat((await alerts.DeadAsync(take, cancellationToken)).Select(row => DeadLetterInfo.Of(row, secrets)))
            .Concat((await messages.DeadAsync(take, cancellationToken)).Select(row => DeadLetterInfo.Of(row, secrets)))
            .OrderByDescending(letter => letter.DiedAt).Take(take)]);
    }

    // Each kind has ids of its own making, so one of them knows it or none does.
    private static async Task<Results<Accepted, ProblemHttpResult>> RequeueAsync(string id, Dispatch.Runs runs, AlertInbox alerts, NotificationOutbox messages, CancellationToken cancellationToken) =>
        await runs.RequeueDeadLetterAsync(id, cancellationToken) || await alerts.RequeueAsync(id, cancellationToken) || await messages.RequeueAsync(id, cancellationToken)
            ? TypedResults.Accepted("/api/dead-letters")
            : Missing(id);

    private static async Task<Results<NoContent, ProblemHttpResult>> DiscardAsync(string id, Dispatch.Runs runs, AlertInbox alerts, NotificationOutbox messages, CancellationToken cancellationToken) =>
        await runs.DiscardDeadLetterAsync(id, cancellationToken) || await alerts.DiscardAsync(id, cancellationToken) || await messages.DiscardAsync(id, cancellationToken)
            ? TypedResults.NoContent()
            : Missing(id);

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("dead letter", id, "GET /api/dead-letters lists them; somebody may have dealt with it already.");
}

internal sealed record DeadLetterInfo
{
    public required string Id { get; init; }

    [Description("The run it was for; none where it was to start several")]
    public string? RunId { get; init; }

    [Description("start, event, wake or stimulus of a run; alert: a delivery that came in; message: one to a person that did not go out")]
    public required string Kind { get; init; }

    [Description("From where an alert came, or the channel and subject of a message")]
    public string? About { get; init; }

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

    public static DeadLetterInfo Of(DeadAlertRow row, Secrets secrets) => new()
    {
        Id = row.Id, Kind = "alert", About = row.Source, Error = secrets.Hide(row.Error ?? ""), Attempts = (int)row.Attempts,
        ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.ReceivedAt), DiedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.DiedAt),
    };

    public static DeadLetterInfo Of(OutboxRow row, Secrets secrets) => new()
    {
        Id = row.Id, Kind = "message", About = $"{row.Channel}: {row.Subject}", Error = secrets.Hide(row.Problem ?? ""), Attempts = (int)row.Tries,
        ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.MadeAt), DiedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.DueAt) - NotificationOutbox.GivenUp,
    };
}
