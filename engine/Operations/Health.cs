using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Operations;

/// <summary>One thing that must work before this node takes requests.</summary>
/// <param name="Problem">Null when it works, else what is wrong and what to do. An exception counts as a problem.</param>
internal sealed record ReadinessCheck(string Name, Func<CancellationToken, Task<string?>> Problem);

internal sealed record HealthReport(string Status, IReadOnlyList<HealthCheckResult> Checks);

internal sealed record HealthCheckResult(string Name, bool Ok, string? Problem);

internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: everything it needs works; 503 and the reasons otherwise. Both are open and say nothing secret.</summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        // Before anybody is asked who they are: that takes the database, and these must answer without it.
        var health = routes.MapGroup("/health").AllowAnonymous().ExcludeFromDescription();
        health.ShortCircuit();
        health.MapGet("/live", () => TypedResults.Text("ok"));
        health.MapGet("/ready", ReadyAsync);
        return routes;
    }

    private static async Task<JsonHttpResult<HealthReport>> ReadyAsync(
        IEnumerable<ReadinessCheck> checks, Secrets secrets, TimeProvider time, CancellationToken cancellationToken)
    {
        var results = await Task.WhenAll(checks.OrderBy(check => check.Name, StringComparer.Ordinal).Select(check => RunAsync(check, secrets, time, cancellationToken)));
        var ready = results.All(result => result.Ok);
        return TypedResults.Json(
            new HealthReport(ready ? "ready" : "not ready", results),
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<HealthCheckResult> RunAsync(ReadinessCheck check, Secrets secrets, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var problem = await check.Problem(cancellationToken).WaitAsync(Patience, time, cancellationToken);
            return new(check.Name, problem is null, problem is null ? null : secrets.Hide(problem));
        }
        catch (TimeoutException)
        {
            return new(check.Name, false, $"Did not answer within {Patience.TotalSeconds:0} s.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new(check.Name, false, secrets.Hide(exception.Message));
        }
    }
}
