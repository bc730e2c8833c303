namespace Homelab.Activities.Http;

[Activity(
    "http.send_request", "HTTP request", "Sends an HTTP request and answers status, headers and content; Elsa's activity with a branch for each status.",
    TypeName = "Elsa.SendHttpRequest", Effect = Effect.Destructive, DataRisk = RiskLevel.Medium, AvailabilityRisk = RiskLevel.Medium,
    TimeoutSeconds = 120, NoUndo = HttpRequestActivity.NoUndo)]
internal sealed class SendHttpRequest(HttpSender sender) : IEffectActivity<SendHttpRequestInput, HttpExchange>, IEffectByInput<SendHttpRequestInput>
{
    public Effect EffectOf(SendHttpRequestInput input) => HttpRequestActivity.EffectOf(input);

    public Task<HttpExchange> ExecuteAsync(SendHttpRequestInput input, ActivityContext context, CancellationToken cancellationToken) =>
        HttpRequestActivity.ExecuteAsync(sender, input, context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(SendHttpRequestInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Task.FromResult(HttpRequestActivity.Target(input));

    public Task<Probe> ProbeAsync(SendHttpRequestInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Task.FromResult(HttpSender.IsRead(input.Method) ? Probe.DidNotHappen : Probe.Unknown);

    public UndoStep? Undo(SendHttpRequestInput input, HttpExchange output) => null;
}
