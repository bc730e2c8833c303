using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Borg;

[Activity(
    "borg.back_up", "Back up", "Makes an archive of paths of a machine; a path that is missing or a file that cannot be read fails the step.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 43_200, NoUndo = "An archive harms nothing; the policy prunes it.")]
internal sealed partial class BackUp(BorgRepositories repositories) : IEffectActivity<BackUp.Input, BackUp.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        var paths = input.Paths.Select(Host.Absolute).ToList();
        List<string> words = ["create", "--json", "--progress", "--comment", Mark(context)];
        words.AddRange(input.Exclude.Select(pattern => $"--exclude={pattern}"));
        var answer = await repository.ChangeAsync([.. words, "--", $"{repository.Path}::{input.Archive}", .. paths], cancellationToken, line => Progress(line, context));
        var made = BorgRepository.Json<Created>(answer.Output).Archive ?? throw new ActivityException("borg ended without saying what it made.", retryable: false);
        return new() { Archive = made.Name, Files = made.Stats.Files, Bytes = made.Stats.Original, AddedBytes = made.Stats.Deduplicated };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await repositories.OpenAsync(input.Connection, context, cancellationToken)).Target;

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        return (await repository.ArchivesAsync(cancellationToken)).FirstOrDefault(archive => archive.Name == input.Archive) switch
        {
            null => Probe.DidNotHappen,
            var archive when archive.Comment == Mark(context) => Probe.Happened,
            _ => Probe.Unknown,
        };
    }

    public UndoStep? Undo(Input input, Output output) => null;

    private static string Mark(ActivityContext context) => context.IdempotencyKey;

    /// <summary>"1.02 GB O 800 MB C 12 MB D 57 N srv/data/x": original, compressed, deduplicated, number of files. borg does not know how much is to come.</summary>
    private static bool Progress(string line, ActivityContext context)
    {
        if (!Sizes().IsMatch(line))
            return line.Length == 0;
        context.Progress?.Report(new(null, line.TrimEnd()));
        return true;
    }

    [GeneratedRegex("^[0-9.]+ [kMGTP]?B O [0-9.]+ [kMGTP]?B C [0-9.]+ [kMGTP]?B D [0-9]+ N ")]
    private static partial Regex Sizes();

    internal sealed record Input : ConnectedInput
    {
        [Description("Name of the archive; must be new.")]
        [RegularExpression(BorgRepository.ArchivePattern)]
        [Example("data-2026-01-31")]
        public required string Archive { get; init; }

        [Description("Absolute paths to back up.")]
        [MinLength(1)]
        [Example("[\"/srv/data\"]", Json = true)]
        public required IReadOnlyList<string> Paths { get; init; }

        [Description("Patterns of what to leave out.")]
        public IReadOnlyList<string> Exclude { get; init; } = [];
    }

    internal sealed record Output
    {
        [Description("The archive.")]
        public required string Archive { get; init; }

        [Description("Files in it.")]
        public required long Files { get; init; }

        [Description("Their size.")]
        public required long Bytes { get; init; }

        [Description("What was new to the repository.")]
        public required long AddedBytes { get; init; }
    }

    private sealed record Created(Made? Archive);

    private sealed record Made(string Name, Stats Stats);

    private sealed record Stats(
        [property: JsonPropertyName("nfiles")] long Files,
        [property: JsonPropertyName("original_size")] long Original,
        [property: JsonPropertyName("deduplicated_size")] long Deduplicated);
}
