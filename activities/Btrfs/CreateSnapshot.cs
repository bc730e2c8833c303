using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Btrfs;

[Activity(
    "btrfs.create_snapshot", "Create snapshot", "Takes a snapshot of a subvolume.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.None, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 120)]
internal sealed class CreateSnapshot(Subvolumes subvolumes) : IEffectActivity<CreateSnapshot.Input, CreateSnapshot.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        var source = await Subvolumes.GetAsync(host, input.Path, cancellationToken);
        // An existing directory would be taken as "put it in there" and the snapshot would not be where it was asked for.
        if ((await host.ReadAsync(new("test", "-e", input.Snapshot) { Also = [1] }, cancellationToken)).ExitCode == 0)
            throw new ActivityException($"'{input.Snapshot}' exists already on {host.Name}; choose another path.", retryable: false);
        List<string> words = ["btrfs", "subvolume", "snapshot"];
        if (input.ReadOnly)
            words.Add("-r");
        await host.ChangeAsync(new([.. words, "--", input.Path, input.Snapshot]), cancellationToken);
        var made = await Subvolumes.GetAsync(host, input.Snapshot, cancellationToken);
        return made.ParentUuid == source.Uuid
            ? new() { Uuid = made.Uuid, SourceUuid = source.Uuid }
            : throw new ActivityException($"'{input.Snapshot}' was made but is not a snapshot of '{input.Path}'.", retryable: false);
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        return Subvolumes.Target(host, await Subvolumes.GetAsync(host, input.Path, cancellationToken));
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        var source = await Subvolumes.GetAsync(host, input.Path, cancellationToken);
        return (await Subvolumes.FindAsync(host, input.Snapshot, cancellationToken))?.ParentUuid == source.Uuid ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("btrfs.delete_snapshot", new DeleteSnapshot.Input { Connection = input.Connection, Snapshot = input.Snapshot });

    internal sealed record Input : ConnectedInput
    {
        [Description("Path of the subvolume.")]
        [RegularExpression(Subvolumes.PathPattern)]
        [Example("/srv/data")]
        public required string Path { get; init; }

        [Description("Path of the snapshot to make, on the same file system.")]
        [RegularExpression(Subvolumes.PathPattern)]
        [Example("/srv/data-before")]
        public required string Snapshot { get; init; }

        [Description("Nothing can be changed in it.")]
        public bool ReadOnly { get; init; } = true;
    }

    internal sealed record Output
    {
        [Description("UUID of the snapshot.")]
        public required string Uuid { get; init; }

        [Description("UUID of the subvolume.")]
        public required string SourceUuid { get; init; }
    }
}
