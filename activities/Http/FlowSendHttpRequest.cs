namespace Homelab.Activities.Http;

[Activity(
    "http.flow_send_request", "HTTP request (flow)", "Sends an HTTP request and answers status, headers and content; Elsa's activity with an outcome for each status.",
    TypeName = "Elsa.FlowSendHttpRequest", Effect = Effect.Destructive, DataRisk = RiskLevel.Medium, AvailabilityRisk = RiskLevel.Medium,
    TimeoutSeconds = 120, NoUndo = HttpRequestActivity.NoUndo)]
internal sealed class FlowSendHttpRequest(HttpSender sender) : IEffectActivity<SendHttpRequestInput, HttpExchange>, IEffectByInput<SendHttpRequestInput>
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
