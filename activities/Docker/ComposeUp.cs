namespace Homelab.Activities.Docker;

[Activity(
    "docker.compose_up", "Compose up", "Creates and starts what a compose file asks for and is missing or different; nothing else is removed.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 900, Idempotent = true,
    NoUndo = "Compose keeps no way back to what it replaced; apply the file of before.")]
internal sealed class ComposeUp(DockerClients clients) : IEffectActivity<ComposeInput, ComposeOutput>
{
    public Task<ComposeOutput> ExecuteAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.RunAsync(clients, input, input.Service is { Length: > 0 } service ? ["up", "-d", service] : ["up", "-d"], context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.TargetAsync(clients, input, context, cancellationToken);

    public Task<Probe> ProbeAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(ComposeInput input, ComposeOutput output) => null;
}
