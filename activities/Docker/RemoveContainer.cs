using System.ComponentModel;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.remove_container", "Remove container", "Removes a container that does not run, with what it wrote outside of volumes; its volumes stay.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Medium, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 60, Idempotent = true,
    NoUndo = "What it wrote outside of volumes is gone.")]
internal sealed class RemoveContainer(DockerClients clients) : IEffectActivity<ContainerInput, RemoveContainer.Output>
{
    public async Task<Output> ExecuteAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        if (container.IsRunning)
            throw new ActivityException($"Container '{container.Name}' runs; stop it first.", retryable: false);
        await client.RemoveAsync(container.Id, cancellationToken);
        return new() { Removed = container.Name };
    }

    public Task<ActivityTarget> TargetAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await clients.OpenAsync(input.Connection, context, cancellationToken)).FindAsync(input.Container, cancellationToken) is null ? Probe.Happened : Probe.DidNotHappen;

    public UndoStep? Undo(ContainerInput input, Output output) => null;

    internal sealed record Output
    {
        [Description("Name of what was removed.")]
        public required string Removed { get; init; }
    }
}
