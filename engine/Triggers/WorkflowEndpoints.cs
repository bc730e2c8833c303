using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Operations;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Triggers;

/// <summary>
/// <c>/workflows/{path}</c>: starts the workflow whose HTTP Endpoint has that path, or wakes a run that waits there. Answers 202 with the run's id once the start is
/// stored, or the workflow's own response where it writes one in time. A refusal accepted nothing.
/// </summary>
internal sealed partial class WorkflowEndpoints(
    EndpointRoutes routes, WaitingEndpoints waiting, WebhookGuard guard, WebhookAnswers answers, IIntake intake, Dispatch.Runs runs,
    IOptions<WebhookSettings> settings, EngineMetrics metrics, Secrets secrets, TimeProvider time, ILogger<WorkflowEndpoints> logger)
{
    public const string BasePath = "/workflows";

    private const int LongestKey = 255;

    public async Task HandleAsync(HttpContext http, string path)
    {
        var result = await AnswerAsync(http, path);
        await result.ExecuteAsync(http);
        metrics.Delivered(http.Response.StatusCode);
    }

    private async Task<IResult> AnswerAsync(HttpContext http, string path)
    {
        try
        {
            return routes.Find(http.Request.Method, path) switch
            {
                EndpointMatch.Found found => await StartAsync(http, found.Route, found.Values),
                EndpointMatch.WrongMethod wrong => WrongMethod(http, wrong.Allowed),
                _ => await ResumeAsync(http, path),
            };
        }
        catch (BadDeliveryException bad)
        {
            return Problem(bad.Status, bad.Message);
        }
        catch (InboxFullException full)
        {
            return TryLater(http, full.RetryAfter, full.Message);
        }
        catch (Exception lost) when (lost is StoreUnavailableException or System.Data.Common.DbException)
        {
            http.Response.Headers.RetryAfter = "5";
            return Problem(StatusCodes.Status503ServiceUnavailable, $"Nothing was accepted: {secrets.Hide(lost.Message)}");
        }
    }

    private async Task<IResult> StartAsync(HttpContext http, EndpointRoute route, RouteValueDictionary values)
    {
        // Whoever cannot be let in whatever the body says is turned away before it is read.
        if (guard.SecretOf(route) is not { Proof: WebhookProof.Hmac } && await guard.RefusalAsync(http, route, []) is { } early)
            return Problem(StatusCodes.Status401Unauthorized, early);
        var (body, payload, refused) = await TakeAsync(http, route, values);
        if (refused is not null)
            return Problem(StatusCodes.Status401Unauthorized, refused);
        var key = Key(http.Request, route);
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        if (key is not null && await answers.FindAsync(key, http.RequestAborted) is { } earlier)
            return Repeat(earlier, hash);

        var request = new StartRequest { DefinitionId = route.DefinitionId, TriggerActivityId = route.ActivityId, Payload = payload, IdempotencyKey = key };
        if (route.Responds)
            return await StartAndWaitAsync(http, route, request, hash);
        return await intake.StartAsync(request, http.RequestAborted) switch
        {
            IntakeAnswer.Accepted accepted => await AcceptedAsync(accepted.Run, key, hash, http.RequestAborted),
            IntakeAnswer.Full full => TryLater(http, full.RetryAfter, "The inbox is full. Nothing was accepted."),
            IntakeAnswer.AlreadyRunning running => Problem(StatusCodes.Status409Conflict, running.Reason),
            IntakeAnswer.NotFound missing => Problem(StatusCodes.Status404NotFound, missing.Reason),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>The body and what the workflow gets of the request; only why not, where its sender is not let in.</summary>
    private async Task<(byte[] Body, JsonObject Payload, string? Refused)> TakeAsync(HttpContext http, EndpointRoute route, RouteValueDictionary values)
    {
        byte[] body = [];
        try
        {
            body = await RequestReader.BodyAsync(http.Request, route.RequestBytes ?? settings.Value.MaxBodyBytes, http.RequestAborted);
            return await guard.RefusalAsync(http, route, body) is { } refused ? (body, [], refused) : (body, await RequestReader.ReadAsync(http.Request, route, values, body, http.RequestAborted), null);
        }
        catch (BadDeliveryException bad) when (bad.Outcome is { } outcome && route.Exposed.Contains(outcome))
        {
            // A signature over a body that was not read cannot be checked, so its sender is not let in.
            return await guard.RefusalAsync(http, route, body) is { } refused ? (body, [], refused) : (body, RequestReader.Refused(http.Request, values, outcome), null);
        }
    }

    private async Task<IResult> StartAndWaitAsync(HttpContext http, EndpointRoute route, StartRequest request, string hash)
    {
        // With a key of its own when the caller sent none, so that the run can be named when the wait is over before it answers.
        var key = request.IdempotencyKey ?? $"http/{RunId.New(time.GetUtcNow())}";
        using var timeout = new CancellationTokenSource(route.Timeout ?? settings.Value.ResponseTimeout, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, timeout.Token);
        RunId run;
        RunResponse? response;
        try
        {
            (run, response) = await runs.StartAndWaitAsync(request.DefinitionId, request.Version, request.ToEvent(), key, patience.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            run = await runs.StartAsync(request.DefinitionId, request.Version, request.ToEvent(), key, http.RequestAborted);
            return new RunAnswer(run, Accepted(run));
        }
        catch (KeyNotFoundException missing)
        {
            return Problem(StatusCodes.Status404NotFound, missing.Message);
        }
        catch (AlreadyRunningException running)
        {
            return Problem(StatusCodes.Status409Conflict, running.Message);
        }

        response ??= await FaultOfAsync(run, http.RequestAborted);
        response ??= Accepted(run);
        if (request.IdempotencyKey is not null)
            await RememberAsync(key, new WebhookAnswer(run, hash, response), http.RequestAborted);
        return new RunAnswer(run, response);
    }

    private async Task<IResult> AcceptedAsync(RunId run, string? key, string hash, CancellationToken cancellationToken)
    {
        var response = Accepted(run);
        if (key is not null)
            await RememberAsync(key, new WebhookAnswer(run, hash, response), cancellationToken);
        return new RunAnswer(run, response);
    }

    private static IResult Repeat(WebhookAnswer earlier, string hash) => earlier.BodyHash == hash
        ? new RunAnswer(earlier.Run, earlier.Response)
        : Problem(StatusCodes.Status422UnprocessableEntity, "This Idempotency-Key came before with another body. Nothing was accepted; use a new key for a new request.");

    /// <summary>A run may wait in the middle for a request; what it waits for is a bookmark, not a published trigger.</summary>
    private async Task<IResult> ResumeAsync(HttpContext http, string path)
    {
        if (await waiting.FindAsync(http.Request.Method, path, http.RequestAborted) is not { } found)
            return Problem(StatusCodes.Status404NotFound, $"No published workflow has an HTTP endpoint at {BasePath}/{path}, and no run waits there.");
        if (guard.SecretOf(found.Route) is not { Proof: WebhookProof.Hmac } && await guard.RefusalAsync(http, found.Route, []) is { } early)
            return Problem(StatusCodes.Status401Unauthorized, early);
        var (body, payload, refused) = await TakeAsync(http, found.Route, found.Values);
        if (refused is not null)
            return Problem(StatusCodes.Status401Unauthorized, refused);
        var key = Key(http.Request, found.Route);
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        if (key is not null && await answers.FindAsync(key, http.RequestAborted) is { } earlier)
            return Repeat(earlier, hash);
        var response = await runs.ResumeAndWaitAsync(
            new Stimulus(EndpointRoute.Stimulus, found.Hash, payload), found.Run, key, found.Route.Responds ? found.Route.Timeout ?? settings.Value.ResponseTimeout : null, http.RequestAborted);
        if (response is null && found.Route.Responds)
            response = await FaultOfAsync(found.Run, http.RequestAborted);
        response ??= Accepted(found.Run);
        if (key is not null)
            await RememberAsync(key, new WebhookAnswer(found.Run, hash, response), http.RequestAborted);
        return new RunAnswer(found.Run, response);
    }

    /// <summary>Null where the run did not fault.</summary>
    private async Task<RunResponse?> FaultOfAsync(RunId run, CancellationToken cancellationToken) => await runs.FindAsync(run, cancellationToken) is { SubStatus: RunSubStatus.Faulted }
        ? new RunResponse(StatusCodes.Status500InternalServerError, "application/problem+json", new JsonObject { ["status"] = 500, ["title"] = "The workflow faulted before it answered.", ["runId"] = run.Value }.ToJsonString(), null)
        : null;

    /// <summary>The run is accepted whether its answer can be kept or not: a repetition then finds the run by its key.</summary>
    private async Task RememberAsync(string key, WebhookAnswer answer, CancellationToken cancellationToken)
    {
        try
        {
            await answers.SaveAsync(key, answer, cancellationToken);
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or IOException or TimeoutException)
        {
            Log.NotRemembered(logger, answer.Run.Value, secrets.Hide(exception.Message));
        }
    }

    private static RunResponse Accepted(RunId run) => new(
        StatusCodes.Status202Accepted, "application/json", new JsonObject { ["runId"] = run.Value }.ToJsonString(), new JsonObject { ["Location"] = $"/api/runs/{run}" });

    private static string? Key(HttpRequest request, EndpointRoute route)
    {
        var key = request.Headers["Idempotency-Key"].ToString();
        if (key.Length > LongestKey)
            throw new BadDeliveryException(StatusCodes.Status400BadRequest, $"The Idempotency-Key has {key.Length} characters; {LongestKey} are allowed.");
        return key.Length == 0 ? null : $"http/{route.DefinitionId}/{route.ActivityId}/{key}";
    }

    private static ProblemHttpResult WrongMethod(HttpContext http, IReadOnlyList<string> allowed)
    {
        http.Response.Headers.Allow = string.Join(", ", allowed);
        return Problem(StatusCodes.Status405MethodNotAllowed, $"{http.Request.Method} is not a method of this endpoint; it knows {string.Join(", ", allowed)}.");
    }

    private static ProblemHttpResult TryLater(HttpContext http, TimeSpan wait, string message)
    {
        http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problem(StatusCodes.Status429TooManyRequests, message);
    }

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    private static partial class Log
    {
        [LoggerMessage(EventId = 3111, Level = LogLevel.Warning, Message = "The answer of run {Run} could not be kept for repetitions of its request: {Problem}")]
        public static partial void NotRemembered(ILogger logger, string run, string problem);
    }
}
