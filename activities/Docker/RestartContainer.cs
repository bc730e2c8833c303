namespace Homelab.Activities.Docker;

[Activity(
    "docker.restart_container", "Restart container", "Stops and starts a container, killing it if it has not ended after its grace time.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 330, Idempotent = true,
    NoUndo = "A restart leaves nothing to take back; what was cut connects again.")]
internal sealed class RestartContainer(DockerClients clients) : IEffectActivity<StopInput, ContainerChange>
{
    public Task<ContainerChange> ExecuteAsync(StopInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.DoAsync(clients, input, "restart", ToolPath.Query(("t", input.GraceSeconds)), context, cancellationToken, input.GraceSeconds);

    public Task<ActivityTarget> TargetAsync(StopInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    /// <summary>A container that runs may or may not have been restarted; doing it again is harmless, and the engine may since it is idempotent.</summary>
    public async Task<Probe> ProbeAsync(StopInput input, ActivityContext context, CancellationToken cancellationToken) =>
        await ContainerVerb.IsRunningAsync(clients, input, context, cancellationToken) ? Probe.Unknown : Probe.DidNotHappen;

    public UndoStep? Undo(StopInput input, ContainerChange output) => null;
}
