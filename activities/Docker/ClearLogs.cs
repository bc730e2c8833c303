using System.ComponentModel;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.clear_logs", "Clear container logs", "Empties the log file of a container on the engine's machine; the container goes on writing.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Low, TimeoutSeconds = 60, Idempotent = true, NoUndo = "The lines are gone.")]
internal sealed class ClearLogs(DockerClients clients) : IEffectActivity<ContainerInput, ClearLogs.Output>
{
    public async Task<Output> ExecuteAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        var path = container.LogPath
            ?? throw new ActivityException($"Container '{container.Name}' has no log file (its log driver keeps none).", retryable: false);
        // A remote engine's answer must not be able to name any file of its machine.
        if (!path.EndsWith($"/{container.Id}-json.log", StringComparison.Ordinal) && !path.EndsWith("/ctr.log", StringComparison.Ordinal))
            throw new ActivityException($"'{path}' is not a container's log file.", retryable: false);
        var host = await clients.HostAsync(input.Connection, context, cancellationToken);
        var size = long.Parse((await host.ReadAsync(new("stat", "-c", "%s", "--", path), cancellationToken)).Output.Trim(), System.Globalization.CultureInfo.InvariantCulture);
        await host.ChangeAsync(new("truncate", "-s", "0", "--", path), cancellationToken);
        return new() { FreedBytes = size };
    }

    public Task<ActivityTarget> TargetAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public Task<Probe> ProbeAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(ContainerInput input, Output output) => null;

    internal sealed record Output
    {
        [Description("Size of the log before.")]
        public required long FreedBytes { get; init; }
    }
}
