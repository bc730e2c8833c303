namespace Homelab.Activities;

/// <summary>The door: in a dry run a request that may change something is recorded and not sent. A request without a context is not sent at all.</summary>
internal sealed class DryRunHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    public static readonly HttpRequestOptionsKey<ActivityContext> Context = new("homelab.context");

    /// <summary>Set on a request that only reads although its method could change something (a query sent by POST).</summary>
    public static readonly HttpRequestOptionsKey<bool> Reads = new("homelab.reads");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(Context, out var context))
            throw new InvalidOperationException("A request without an activity's context is not sent.");
        if (!IsRead(request))
            DryRunPlan.Door(context, $"{request.Method} {request.RequestUri?.PathAndQuery}");
        return base.SendAsync(request, cancellationToken);
    }

    private static bool IsRead(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
        || (request.Options.TryGetValue(Reads, out var reads) && reads);
}
