using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.recreate_container", "Update container image",
    "Makes a container anew from another image with the same settings, keeping the old one stopped beside it; if the new one does not start, the old one is put back.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 900)]
internal sealed class RecreateContainer(DockerClients clients) : IEffectActivity<RecreateContainer.Input, RecreateContainer.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var old = await client.GetAsync(input.Container, cancellationToken);
        var image = input.Image is { Length: > 0 } given ? given : old.Image;
        context.Plan.Intend(context, [.. input.Pull ? [$"pull {image}"] : Array.Empty<string>(), $"stop and keep {old.Name}", $"create {old.Name} from {image}", $"start {old.Name}"]);
        if (input.Pull)
            await client.PullAsync(image, cancellationToken);
        var from = await client.ImageAsync(image, cancellationToken)
            ?? throw new ActivityException($"Image '{image}' is not on Docker '{client.Name}'; set pull or pull it first.", retryable: false);
        var oldImage = await client.ImageAsync(old.ImageId, cancellationToken);
        var kept = Kept(input, context);
        var definition = ContainerDefinition.Of(old, oldImage, image, out var furtherNetworks);
        await client.ActAsync(old, "stop", null, cancellationToken);
        await client.RenameAsync(old.Id, kept, cancellationToken);
        string? made = null;
        try
        {
            made = await client.CreateAsync(old.Name, definition, cancellationToken);
            foreach (var (network, endpoint) in furtherNetworks)
                await client.ConnectAsync(network, new JsonObject { ["Container"] = made, ["EndpointConfig"] = endpoint!.DeepClone() }, cancellationToken);
            var created = await client.GetAsync(made, cancellationToken);
            if (old.IsRunning)
                await client.ActAsync(created, "start", null, cancellationToken);
        }
        catch
        {
            // Cancelled or failed: the old one must be back before anybody else acts, so this is not cancelled with it.
            if (made is not null)
                await client.RemoveAsync(made, CancellationToken.None);
            await client.RenameAsync(old.Id, old.Name, CancellationToken.None);
            if (old.IsRunning)
                await client.ActAsync(old, "start", null, CancellationToken.None);
            throw;
        }

        return new() { Kept = kept, ImageIdBefore = old.ImageId, ImageId = from["Id"]?.ToString() ?? "", ContainerId = made };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    /// <summary>Interrupted in between, the old one is under its kept name and the new one is not there or not started: a person looks.</summary>
    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var (kept, now) = (await client.FindAsync(Kept(input, context), cancellationToken), await client.FindAsync(input.Container, cancellationToken));
        return (kept, now) switch
        {
            (null, not null) => Probe.DidNotHappen,
            (not null, { IsRunning: true }) => Probe.Happened,
            _ => Probe.Unknown,
        };
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By(
        "docker.roll_back_container", new RollBackContainer.Input { Connection = input.Connection, Container = input.Container, Kept = output.Kept });

    private static string Kept(Input input, ActivityContext context) =>
        $"{input.Container}-kept-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context.IdempotencyKey)))[..12]}";

    internal sealed record Input : ContainerInput
    {
        [Description("Image to make it from; the one it has (fetched anew with pull) when empty.")]
        [RegularExpression(PullImage.ImagePattern)]
        [Options("docker.images")]
        [Example("registry.lan/web:1.3")]
        public string? Image { get; init; }

        [Description("Fetch the image first.")]
        public bool Pull { get; init; }
    }

    internal sealed record Output
    {
        [Description("Name of the old container, kept stopped.")]
        public required string Kept { get; init; }

        [Description("Id of the image before.")]
        public required string ImageIdBefore { get; init; }

        [Description("Id of the image now.")]
        public required string ImageId { get; init; }

        [Description("Id of the new container.")]
        public required string ContainerId { get; init; }
    }
}
