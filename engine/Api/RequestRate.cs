using System.Threading.RateLimiting;
using Homelab.Engine.SignIn;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Api;

/// <summary>
/// How many requests a caller may send. The framework's own middleware keeps a timer that nothing ends, and with it all of a server that was stopped; a process that runs
/// one server after another (tests, the lab's benchmark) would keep them all.
/// </summary>
internal sealed class RequestRate(IOptions<ApiOptions> api) : IMiddleware, IDisposable
{
    private readonly PartitionedRateLimiter<HttpContext> _limiter = Limiter(api.Value.RequestsPerSecond);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        using var lease = _limiter.AttemptAcquire(context);
        if (lease.IsAcquired)
            await next(context);
        else
            await Problems.TryLater(context, TimeSpan.FromSeconds(1), "rate", "This caller sent more requests than the limit Api:RequestsPerSecond allows.").ExecuteAsync(context);
    }

    public void Dispose() => _limiter.Dispose();

    // Pages and files are cheap and come in bursts; workflow endpoints and alerts have the inbox as their limit.
    private static PartitionedRateLimiter<HttpContext> Limiter(int perSecond) => PartitionedRateLimiter.Create<HttpContext, string>(context =>
        (context.Request.Path.StartsWithSegments("/api") && !context.Request.Path.StartsWithSegments(Incidents.AlertsApi.Path)) || context.Request.Path.StartsWithSegments("/elsa")
            ? RateLimitPartition.GetTokenBucketLimiter(
                Caller.TryRead(context.User, out var caller) ? caller.Id : "address:" + SessionApi.Address(context),
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = perSecond * 10,
                    TokensPerPeriod = perSecond,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    QueueLimit = 0,
                })
            : RateLimitPartition.GetNoLimiter(""));
}
