using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Restic;

[Activity(
    "restic.back_up", "Back up", "Backs paths of a machine up to a restic repository; a path that is missing or a file that cannot be read fails the step.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 43_200, NoUndo = "A snapshot harms nothing; the policy forgets it.")]
internal sealed class BackUp(ResticRepositories repositories) : IEffectActivity<BackUp.Input, BackUp.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        // restic 0.14 leaves a missing path out and ends well.
        foreach (var path in input.Paths)
        {
            if ((await repository.Host.ReadAsync(new("test", "-e", Host.Absolute(path)) { Also = [1] }, cancellationToken)).ExitCode != 0)
                throw new ActivityException($"'{path}' does not exist on {repository.Host.Name}; nothing was backed up.", retryable: false);
        }

        List<string> words = ["backup", "--json", $"--tag={Mark(context)}", .. ListSnapshots.Filter("--tag", input.Tag)];
        words.AddRange(input.Exclude.Select(pattern => $"--exclude={pattern}"));
        var answer = await repository.ChangeAsync([.. words, "--", .. input.Paths], cancellationToken, onLine: line => Progress(line, context));
        var last = answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(line => line.Contains("\"summary\"", StringComparison.Ordinal))
            ?? throw new ActivityException("restic ended without saying what it backed up.", retryable: false);
        var summary = ResticRepository.Json<Summary>(last);
        return new() { SnapshotId = summary.SnapshotId, Files = summary.Files, Bytes = summary.Bytes, AddedBytes = summary.Added };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await repositories.OpenAsync(input.Connection, context, cancellationToken)).Target;

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        return (await repository.SnapshotsAsync([$"--tag={Mark(context)}"], cancellationToken)).Count > 0 ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => null;

    /// <summary>A tag of this step, so that the probe finds its snapshot.</summary>
    private static string Mark(ActivityContext context) => $"homelab-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context.IdempotencyKey)))[..12]}";

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute paths to back up.")]
        [MinLength(1)]
        [Example("[\"/srv/data\"]", Json = true)]
        public required IReadOnlyList<string> Paths { get; init; }

        [Description("Patterns of what to leave out.")]
        public IReadOnlyList<string> Exclude { get; init; } = [];

        [Description("Tag of the snapshot.")]
        [RegularExpression("[^,\\s]{1,100}")]
        public string? Tag { get; init; }
    }

    internal sealed record Output
    {
        [Description("Id of the snapshot.")]
        public required string SnapshotId { get; init; }

        [Description("Files in it.")]
        public required long Files { get; init; }

        [Description("Their size.")]
        public required long Bytes { get; init; }

        [Description("What was new to the repository.")]
        public required long AddedBytes { get; init; }
    }

    /// <summary>restic says how far it is once a second; over hours that is more than is worth keeping.</summary>
    private static bool Progress(string line, ActivityContext context)
    {
        if (!line.Contains("\"message_type\":\"status\"", StringComparison.Ordinal))
            return false;
        var status = ResticRepository.Json<Status>(line);
        context.Progress?.Report(new(Math.Round(100 * status.Done, 1), $"{status.Files} files, {status.Bytes >> 20} of {status.Total >> 20} MB"));
        return true;
    }

    private sealed record Status(
        [property: JsonPropertyName("percent_done")] double Done,
        [property: JsonPropertyName("files_done")] long Files,
        [property: JsonPropertyName("bytes_done")] long Bytes,
        [property: JsonPropertyName("total_bytes")] long Total);

    private sealed record Summary(
        [property: JsonPropertyName("snapshot_id")] string SnapshotId,
        [property: JsonPropertyName("total_files_processed")] long Files,
        [property: JsonPropertyName("total_bytes_processed")] long Bytes,
        [property: JsonPropertyName("data_added")] long Added);
}
