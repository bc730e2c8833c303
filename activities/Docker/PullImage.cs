using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.pull_image", "Pull image", "Fetches an image from its registry; containers keep the one they were made from.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 900, Idempotent = true,
    NoUndo = "The tag points to the new image; the old one stays without a name until it is pruned.")]
internal sealed class PullImage(DockerClients clients) : IEffectActivity<PullImage.Input, PullImage.Output>
{
    /// <summary>[registry/]name[:tag][@digest], without anything that a path could take for a step upward.</summary>
    public const string ImagePattern = "[A-Za-z0-9](?!.*\\.\\.)[A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?";

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = (await client.ImageAsync(input.Image, cancellationToken))?["Id"]?.ToString();
        await client.PullAsync(input.Image, cancellationToken);
        var after = (await client.ImageAsync(input.Image, cancellationToken))?["Id"]?.ToString()
            ?? throw new ActivityException($"'{input.Image}' was pulled and is not there.", retryable: true);
        return new() { ImageId = after, Changed = after != before };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new("image", $"docker:{client.Name}/image/{input.Image}", input.Image);
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Image with its tag.")]
        [RegularExpression(ImagePattern)]
        [StringLength(400)]
        [Options("docker.images")]
        [Example("registry.lan/web:1.2")]
        public required string Image { get; init; }
    }

    internal sealed record Output
    {
        [Description("Id of the image now.")]
        public required string ImageId { get; init; }

        [Description("It is another one than before.")]
        public required bool Changed { get; init; }
    }
}
