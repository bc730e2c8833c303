namespace Homelab.Activities.Docker;

[Activity(
    "docker.compose_down", "Compose down", "Stops and removes the containers and networks of a compose project; its volumes, and so its data, stay.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.High, TimeoutSeconds = 900, Idempotent = true)]
internal sealed class ComposeDown(DockerClients clients) : IEffectActivity<ComposeDown.Input, ComposeOutput>
{
    public Task<ComposeOutput> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.RunAsync(clients, Of(input), ["down"], context, cancellationToken);

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Compose.TargetAsync(clients, Of(input), context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await Compose.CountAsync(clients, Of(input), null, context, cancellationToken) == 0 ? Probe.Happened : Probe.DidNotHappen;

    public UndoStep? Undo(Input input, ComposeOutput output) => Activities.Undo.By("docker.compose_up", Of(input));

    private static ComposeInput Of(Input input) => new() { Connection = input.Connection, File = input.File };

    internal sealed record Input : ConnectedInput
    {
        [System.ComponentModel.Description("Absolute path of the compose file on the engine's machine.")]
        [System.ComponentModel.DataAnnotations.RegularExpression(ComposeInput.FilePattern)]
        [Example("/srv/stack/compose.yaml")]
        public required string File { get; init; }
    }
}
