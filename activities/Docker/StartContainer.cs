namespace Homelab.Activities.Docker;

[Activity(
    "docker.start_container", "Start container", "Starts a container; one that runs already stays as it is.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 60, Idempotent = true)]
internal sealed class StartContainer(DockerClients clients) : IEffectActivity<ContainerInput, ContainerChange>
{
    public Task<ContainerChange> ExecuteAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.DoAsync(clients, input, "start", null, context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        await ContainerVerb.IsRunningAsync(clients, input, context, cancellationToken) ? Probe.Happened : Probe.DidNotHappen;

    public UndoStep? Undo(ContainerInput input, ContainerChange output) => output.Before == "running"
        ? null
        : Activities.Undo.By("docker.stop_container", new StopInput { Connection = input.Connection, Container = input.Container });
}
