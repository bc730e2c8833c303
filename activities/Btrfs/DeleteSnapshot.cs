using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Btrfs;

[Activity(
    "btrfs.delete_snapshot", "Delete snapshot", "Deletes a snapshot; a subvolume that is not a snapshot is refused.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Medium, TimeoutSeconds = 120, Idempotent = true, NoUndo = "A deleted snapshot is gone.")]
internal sealed class DeleteSnapshot(Subvolumes subvolumes) : IEffectActivity<DeleteSnapshot.Input, DeleteSnapshot.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        await TargetAsync(input, context, cancellationToken);
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        await host.ChangeAsync(new("btrfs", "subvolume", "delete", "--", input.Snapshot), cancellationToken);
        return new() { Deleted = input.Snapshot };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        var snapshot = await Subvolumes.GetAsync(host, input.Snapshot, cancellationToken);
        return snapshot.ParentUuid is null
            ? throw new ActivityException($"'{input.Snapshot}' is a subvolume of its own, not a snapshot; it is not deleted.", retryable: false)
            : Subvolumes.Target(host, snapshot);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await Subvolumes.FindAsync(await subvolumes.OpenAsync(input.Connection, context, cancellationToken), input.Snapshot, cancellationToken) is null
            ? Probe.Happened
            : Probe.DidNotHappen;

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Path of the snapshot.")]
        [RegularExpression(Subvolumes.PathPattern)]
        [Example("/srv/data-before")]
        public required string Snapshot { get; init; }
    }

    internal sealed record Output
    {
        [Description("Path of what was deleted.")]
        public required string Deleted { get; init; }
    }
}
