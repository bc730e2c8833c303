using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Borg;

[Activity(
    "borg.restore_archive", "Restore", "Restores an archive, or one path of it, below a directory that is new or empty; nothing is overwritten.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Low, TimeoutSeconds = 43_200, NoUndo = "What was restored lies in its own directory; look at it, then move or delete it.")]
internal sealed class RestoreArchive(BorgRepositories repositories) : IEffectActivity<RestoreArchive.Input, RestoreArchive.Output>
{
    // borg writes below the directory it is in and has no option for another.
    private const string Script = "set -e; mkdir -p -- \"$1\"; cd -- \"$1\"; shift; exec \"$@\"";

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        await EmptyDirectory.RequireAsync(repository.Host, input.Directory, cancellationToken);
        // In the archive paths have no leading slash.
        var path = input.Path?.TrimStart('/');
        await repository.ChangeInAsync(Script, input.Directory, ["extract", "--", $"{repository.Path}::{input.Archive}", .. path is null ? [] : new[] { path }], cancellationToken);
        var files = await EmptyDirectory.CountFilesAsync(repository.Host, input.Directory, cancellationToken);
        return files > 0
            ? new() { Directory = input.Directory, Files = files }
            : throw new ActivityException($"Archive {input.Archive} holds nothing at '{input.Path ?? "/"}'; nothing was restored.", retryable: false);
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
        [Description("The archive.")]
        [RegularExpression(BorgRepository.ArchivePattern)]
        [Options("borg.archives")]
        [Example("data-2026-01-31")]
        public required string Archive { get; init; }

        [Description("Path in the archive; all of it when empty.")]
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
