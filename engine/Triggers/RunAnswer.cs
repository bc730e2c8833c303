using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Triggers;

/// <summary>What a run answers, as an HTTP response that also names the run.</summary>
internal sealed class RunAnswer(RunId run, RunResponse response) : IResult
{
    /// <summary>The server's to set: a workflow that sets one of them would break the response.</summary>
    private static readonly HashSet<string> Framing = new(StringComparer.OrdinalIgnoreCase) { "Connection", "Content-Length", "Content-Type", "Keep-Alive", "Transfer-Encoding", "Upgrade" };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var http = httpContext.Response;
        http.StatusCode = response.StatusCode is >= 200 and <= 599 ? response.StatusCode : StatusCodes.Status200OK;
        foreach (var (name, value) in response.Headers ?? [])
        {
            if (!Framing.Contains(name))
                http.Headers[name] = value?.ToString();
        }

        http.Headers["X-Elsa-Workflow-Instance-Id"] = run.Value;
        if (string.IsNullOrEmpty(response.Body))
            return Task.CompletedTask;
        http.ContentType = response.ContentType ?? "text/plain; charset=utf-8";
        // One write with its length, rather than chunks.
        http.ContentLength = System.Text.Encoding.UTF8.GetByteCount(response.Body);
        return http.WriteAsync(response.Body, httpContext.RequestAborted);
    }
}
