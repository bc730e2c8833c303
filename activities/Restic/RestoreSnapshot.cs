using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Restic;

[Activity(
    "restic.restore_snapshot", "Restore", "Restores a snapshot, or one path of it, below a directory that is new or empty; nothing is overwritten.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Low, TimeoutSeconds = 43_200, NoUndo = "What was restored lies in its own directory; look at it, then move or delete it.")]
internal sealed class RestoreSnapshot(ResticRepositories repositories) : IEffectActivity<RestoreSnapshot.Input, RestoreSnapshot.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        await EmptyDirectory.RequireAsync(repository.Host, input.Directory, cancellationToken);
        await repository.ChangeAsync(
            ["restore", "--verify", $"--target={input.Directory}", .. ListSnapshots.Filter("--include", input.Path), input.Snapshot], cancellationToken);
        var files = await EmptyDirectory.CountFilesAsync(repository.Host, input.Directory, cancellationToken);
        return files > 0
            ? new() { Directory = input.Directory, Files = files }
            : throw new ActivityException($"Snapshot {input.Snapshot} holds nothing at '{input.Path ?? "/"}'; nothing was restored.", retryable: false);
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = (await repositories.OpenAsync(input.Connection, context, cancellationToken)).Host;
        return new("directory", $"{host.Id}/directory{Host.Absolute(input.Directory)}", input.Directory);
    }

    // Files may be there and not be all.
    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = (await repositories.OpenAsync(input.Connection, context, cancellationToken)).Host;
        return await EmptyDirectory.CountFilesAsync(host, input.Directory, cancellationToken) == 0 ? Probe.DidNotHappen : Probe.Unknown;
    }

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Id of the snapshot, or latest.")]
        [RegularExpression(ResticRepository.SnapshotPattern)]
        [Options("restic.snapshots")]
        [Example("latest")]
        public required string Snapshot { get; init; }

        [Description("Absolute path in the snapshot; all of it when empty.")]
        [RegularExpression("/[^\\x00\\r\\n]*")]
        public string? Path { get; init; }

        [Description("Absolute directory to restore below; new or empty.")]
        [RegularExpression("(/(?!\\.{1,2}(/|$))[^/\\x00\\r\\n]+)+")]
        [Example("/srv/restored")]
        public required string Directory { get; init; }
    }

    internal sealed record Output
    {
        [Description("Where it lies.")]
        public required string Directory { get; init; }

        [Description("Files in it.")]
        public required long Files { get; init; }
    }
}
