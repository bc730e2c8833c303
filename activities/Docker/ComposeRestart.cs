namespace Homelab.Activities.Docker;

[Activity(
    "docker.compose_restart", "Compose restart", "Restarts the containers of a compose project.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 900, Idempotent = true,
    NoUndo = "A restart leaves nothing to take back.")]
internal sealed class ComposeRestart(DockerClients clients) : IEffectActivity<ComposeInput, ComposeOutput>
{
    public Task<ComposeOutput> ExecuteAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.RunAsync(clients, input, input.Service is { Length: > 0 } service ? ["restart", service] : ["restart"], context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.TargetAsync(clients, input, context, cancellationToken);

    public Task<Probe> ProbeAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(ComposeInput input, ComposeOutput output) => null;
}
