using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.prune_images", "Prune images", "Deletes images without a tag that no container uses; with unused, tagged ones that no container uses too.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.None, TimeoutSeconds = 300, Idempotent = true,
    NoUndo = "A deleted image must be pulled or built again.")]
internal sealed class PruneImages(DockerClients clients) : IEffectActivity<PruneImages.Input, PruneImages.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var filters = new JsonObject { ["dangling"] = new JsonArray(input.Unused ? "false" : "true") };
        if (input.OlderThanHours > 0)
            filters["until"] = new JsonArray($"{input.OlderThanHours}h");
        var answer = await client.PruneAsync("images", ToolPath.Query(("filters", filters.ToJsonString())), cancellationToken);
        return new() { FreedBytes = Container.Number(answer, "SpaceReclaimed"), Deleted = (answer["ImagesDeleted"] as JsonArray)?.Count ?? 0 };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new("engine", $"docker:{client.Name}/engine/images", $"images of Docker {client.Name}");
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Also images with a tag that no container uses.")]
        public bool Unused { get; init; }

        [Description("Only those made longer ago than this.")]
        [Range(0, 87_600)]
        public int OlderThanHours { get; init; } = 24;
    }

    internal sealed record Output
    {
        [Description("Space that was freed.")]
        public required long FreedBytes { get; init; }

        [Description("How many were deleted.")]
        public required int Deleted { get; init; }
    }
}
