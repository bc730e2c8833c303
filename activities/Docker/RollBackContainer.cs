using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.roll_back_container", "Roll back container", "Puts a kept container back in the place of the one made after it, which is kept stopped in turn.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 120)]
internal sealed class RollBackContainer(DockerClients clients) : IEffectActivity<RollBackContainer.Input, RollBackContainer.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var kept = await client.GetAsync(input.Kept, cancellationToken);
        var current = await client.GetAsync(input.Container, cancellationToken);
        var aside = Aside(input, context);
        context.Plan.Intend(context, $"stop and keep {current.Name}", $"rename {kept.Name} to {current.Name}", $"start {current.Name}");
        await client.ActAsync(current, "stop", null, cancellationToken);
        // From here on half done is worse than done: not cancelled.
        await client.RenameAsync(current.Id, aside, CancellationToken.None);
        await client.RenameAsync(kept.Id, current.Name, CancellationToken.None);
        await client.ActAsync(kept, "start", null, CancellationToken.None);
        return new() { Kept = aside, ImageId = kept.ImageId };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var aside = await client.FindAsync(Aside(input, context), cancellationToken);
        var kept = await client.FindAsync(input.Kept, cancellationToken);
        var now = await client.FindAsync(input.Container, cancellationToken);
        return (aside, kept, now) switch
        {
            (null, not null, not null) => Probe.DidNotHappen,
            (not null, null, { IsRunning: true }) => Probe.Happened,
            _ => Probe.Unknown,
        };
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("docker.roll_back_container", input with { Kept = output.Kept });

    private static string Aside(Input input, ActivityContext context) =>
        $"{input.Container}-kept-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{context.IdempotencyKey} {input.Kept}")))[..12]}";

    internal sealed record Input : ContainerInput
    {
        [Description("Name of the kept container.")]
        [RegularExpression(NamePattern)]
        [StringLength(255)]
        [Options("docker.containers")]
        [Example("web-kept-0123456789ab")]
        public required string Kept { get; init; }
    }

    internal sealed record Output
    {
        [Description("Name of the container that was in place, kept stopped.")]
        public required string Kept { get; init; }

        [Description("Id of the image that runs now.")]
        public required string ImageId { get; init; }
    }
}
