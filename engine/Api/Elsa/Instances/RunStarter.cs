using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Homelab.Engine.Triggers;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Starts runs for the API, through the one door that also holds the activation strategies, and waits for their first rest.</summary>
internal sealed class RunStarter(IIntake intake, Dispatch.Runs runs, RunWatch watch, TimeProvider time)
{
    public Task<IntakeAnswer> StartAsync(string definitionId, StartRequest request, CancellationToken cancellationToken) => intake.StartAsync(
        new Triggers.StartRequest
        {
            DefinitionId = definitionId,
            Version = request.Versions,
            TriggerActivityId = Text(request.TriggerActivityId),
            Input = request.Input switch
            {
                JsonObject given => given.DeepClone().AsObject(),
                JsonValue text when text.TryGetValue<string>(out var json) && json.TrimStart().StartsWith('{') => JsonNode.Parse(json)!.AsObject(),
                _ => [],
            },
            CorrelationId = Text(request.CorrelationId),
            Name = Text(request.Name),
            Variables = request.Variables?.DeepClone().AsObject(),
        },
        cancellationToken);

    /// <summary>What is answered to a start that was not accepted.</summary>
    public static IResult Refused(HttpContext http, IntakeAnswer answer)
    {
        switch (answer)
        {
            case IntakeAnswer.AlreadyRunning running:
                http.Response.Headers["x-elsa-workflow-cannot-start"] = "True";
                return ElsaAnswers.Problem(running.Reason);
            case IntakeAnswer.Full full:
                http.Response.Headers.RetryAfter = Math.Ceiling(full.RetryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
                return TypedResults.StatusCode(StatusCodes.Status429TooManyRequests);
            default:
                return TypedResults.NotFound();
        }
    }

    /// <summary>Until the run waits for something or ended, or the limit is over.</summary>
    public async Task WaitUntilIdleAsync(RunId run, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var subscription = watch.Subscribe(run);
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            while (await runs.FindAsync(run, either.Token) is null or { SubStatus: RunSubStatus.Pending or RunSubStatus.Executing })
            {
                // Another node may have the run; then nothing is heard here and the store is looked at again.
                using var look = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), time);
                using var next = CancellationTokenSource.CreateLinkedTokenSource(either.Token, look.Token);
                try
                {
                    await subscription.Commits.ReadAsync(next.Token);
                }
                catch (OperationCanceledException) when (!either.IsCancellationRequested)
                {
                    continue;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It takes longer than anybody wants to wait; it goes on.
        }
    }

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
