using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.kill_container", "Kill container", "Sends a signal to a container at once; KILL gives it no time to write anything.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Medium, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 60,
    NoUndo = "What the container held in memory is gone; starting it again is another step.")]
internal sealed class KillContainer(DockerClients clients) : IEffectActivity<KillContainer.Input, ContainerChange>
{
    public Task<ContainerChange> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.DoAsync(clients, input, "kill", ToolPath.Query(("signal", input.Signal)), context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await ContainerVerb.IsRunningAsync(clients, input, context, cancellationToken) ? Probe.Unknown : Probe.Happened;

    public UndoStep? Undo(Input input, ContainerChange output) => null;

    internal sealed record Input : ContainerInput
    {
        [Description("Signal to send.")]
        [AllowedValues("KILL", "TERM", "INT", "HUP", "QUIT", "USR1", "USR2")]
        public string Signal { get; init; } = "KILL";
    }
}
