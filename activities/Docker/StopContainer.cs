namespace Homelab.Activities.Docker;

[Activity(
    "docker.stop_container", "Stop container", "Stops a container, killing it if it has not ended after its grace time.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 330, Idempotent = true)]
internal sealed class StopContainer(DockerClients clients) : IEffectActivity<StopInput, ContainerChange>
{
    public Task<ContainerChange> ExecuteAsync(StopInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.DoAsync(clients, input, "stop", ToolPath.Query(("t", input.GraceSeconds)), context, cancellationToken, input.GraceSeconds);

    public Task<ActivityTarget> TargetAsync(StopInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(StopInput input, ActivityContext context, CancellationToken cancellationToken) =>
        await ContainerVerb.IsRunningAsync(clients, input, context, cancellationToken) ? Probe.DidNotHappen : Probe.Happened;

    public UndoStep? Undo(StopInput input, ContainerChange output) => output.Before == "running"
        ? Activities.Undo.By("docker.start_container", new ContainerInput { Connection = input.Connection, Container = input.Container })
        : null;
}
