using System.Text.Json;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api;

/// <summary>Turns what went wrong into an answer: a request that cannot be read is the caller's to correct; all else is ours, logged, and told without its inside.</summary>
internal sealed partial class FaultHandler(ILogger<FaultHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        var answer = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.Of(
                413, "The request is too large.", "body", null, "A request's body must be within Api:MaxRequestBytes.", "Send less at once."),
            BadHttpRequestException bad => Problems.Invalid("request", null, Describe(bad), "Correct the request; GET /api/openapi.json describes it."),
            StoreUnavailableException or System.Data.Common.DbException => NoDatabase(httpContext),
            InboxFullException full => Problems.TryLater(httpContext, full.RetryAfter, "inbox", full.Message),
            _ => Problems.Of(500, "Something went wrong here.", "request", httpContext.TraceIdentifier, "This is an error of the server.", $"Look in the log for {httpContext.TraceIdentifier}."),
        };
        if (exception is not (BadHttpRequestException or InboxFullException))
        {
            Log.Failed(logger, httpContext.Request.Method, httpContext.Request.Path, httpContext.TraceIdentifier, exception);
        }

        await answer.ExecuteAsync(httpContext);
        return true;
    }

    private static ProblemHttpResult NoDatabase(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "5";
        return Problems.Of(503, "The database does not answer.", "database", null, "Nothing is accepted that cannot be stored.", "Try again; if it stays so, look at the log and at /health/ready.");
    }

    private static string Describe(BadHttpRequestException bad)
    {
        if (bad.InnerException is not JsonException json)
            return bad.Message;
        // Without the names of our types, which the rest of the message is about.
        var missing = json.Message.IndexOf("required properties including: ", StringComparison.Ordinal);
        return missing < 0
            ? $"The body is not the JSON that is expected here, at {json.Path ?? "$"} (line {json.LineNumber + 1})."
            : $"The body lacks {json.Message[(missing + "required properties including: ".Length)..].TrimEnd('.')}, at {json.Path ?? "$"}.";
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Error, "{Method} {Path} failed ({TraceId})")]
        public static partial void Failed(ILogger logger, string method, string path, string traceId, Exception error);
    }
}
