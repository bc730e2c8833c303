using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.scale_service", "Scale compose service",
    "Runs so many containers of a service of a compose file: more are added beside those that run; those that are too many are removed with what they wrote inside of themselves.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 900, Idempotent = true)]
internal sealed class ScaleService(DockerClients clients) : IEffectActivity<ScaleService.Input, ScaleService.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var before = await Compose.CountAsync(clients, Of(input), input.Service, context, cancellationToken);

        // What others changed in the file or beside the service is not this activity's to apply.
        var done = await Compose.RunAsync(
            clients, Of(input), ["up", "-d", "--no-deps", "--no-recreate", "--scale", $"{input.Service}={input.Replicas}", input.Service], context, cancellationToken);
        return new() { Said = done.Said, Before = before, After = await Compose.CountAsync(clients, Of(input), input.Service, context, cancellationToken) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var project = await Compose.TargetAsync(clients, Of(input), context, cancellationToken);
        return new("service", $"{project.Id}/{input.Service}", input.Service);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await Compose.CountAsync(clients, Of(input), input.Service, context, cancellationToken) == input.Replicas ? Probe.Happened : Probe.DidNotHappen;

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("docker.scale_service", input with { Replicas = output.Before });

    private static ComposeInput Of(Input input) => new() { Connection = input.Connection, File = input.File, Service = input.Service };

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the compose file on the engine's machine.")]
        [RegularExpression(ComposeInput.FilePattern)]
        [Example("/srv/stack/compose.yaml")]
        public required string File { get; init; }

        [Description("The service; one with a name of its own for its container, or with a fixed port, can run only once.")]
        [RegularExpression(ComposeInput.ServicePattern)]
        [Example("web")]
        public required string Service { get; init; }

        [Description("How many containers of it shall run.")]
        [Range(0, 1000)]
        [Example(2)]
        public required int Replicas { get; init; }
    }

    internal sealed record Output
    {
        [Description("What compose said.")]
        public required string Said { get; init; }

        [Description("Containers of the service before.")]
        public required int Before { get; init; }

        [Description("Containers of the service after.")]
        public required int After { get; init; }
    }
}
