using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.prune_volumes", "Prune volumes", "Deletes volumes without a name that no container uses; with named, named ones that no container uses too.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.High, AvailabilityRisk = RiskLevel.None, TimeoutSeconds = 300, Idempotent = true,
    NoUndo = "The data in a deleted volume is gone.")]
internal sealed class PruneVolumes(DockerClients clients) : IEffectActivity<PruneVolumes.Input, PruneVolumes.Output>
{
    // Before it, pruning took named volumes too, and the filter was refused.
    private static readonly Version TellsNamedApart = new(1, 42);

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var tellsApart = await client.ApiVersionAsync(cancellationToken) >= TellsNamedApart;
        if (!tellsApart && !input.Named)
            throw new ActivityException($"Docker '{client.Name}' is too old to spare volumes with a name; set named to delete those that no container uses too.", retryable: false);
        var query = ToolPath.Query(("filters", tellsApart && input.Named ? """{"all":["true"]}""" : null));
        var answer = await client.PruneAsync("volumes", query, cancellationToken);
        return new() { FreedBytes = Container.Number(answer, "SpaceReclaimed"), Deleted = (answer["VolumesDeleted"] as JsonArray)?.Count ?? 0 };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new("engine", $"docker:{client.Name}/engine/volumes", $"volumes of Docker {client.Name}");
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Also volumes with a name that no container uses: the data of a stopped stack may be in one.")]
        public bool Named { get; init; }
    }

    internal sealed record Output
    {
        [Description("Space that was freed.")]
        public required long FreedBytes { get; init; }

        [Description("How many were deleted.")]
        public required int Deleted { get; init; }
    }
}
