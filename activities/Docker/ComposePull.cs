namespace Homelab.Activities.Docker;

[Activity(
    "docker.compose_pull", "Compose pull", "Fetches the images of a compose file; containers change only by the next up.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 900, Idempotent = true,
    NoUndo = "The tags point to the new images; the old ones stay without a name until they are pruned.")]
internal sealed class ComposePull(DockerClients clients) : IEffectActivity<ComposeInput, ComposeOutput>
{
    public Task<ComposeOutput> ExecuteAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.RunAsync(clients, input, input.Service is { Length: > 0 } service ? ["pull", service] : ["pull"], context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.TargetAsync(clients, input, context, cancellationToken);

    public Task<Probe> ProbeAsync(ComposeInput input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(ComposeInput input, ComposeOutput output) => null;
}
