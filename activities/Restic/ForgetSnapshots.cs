using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.Restic;

[Activity(
    "restic.forget_snapshots", "Forget snapshots", "Forgets the snapshots that no rule keeps, by machine and paths, and with prune frees what only they used.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.High, TimeoutSeconds = 43_200, Idempotent = true, NoUndo = "A forgotten snapshot is gone.")]
internal sealed class ForgetSnapshots(ResticRepositories repositories) : IEffectActivity<ForgetSnapshots.Input, ForgetSnapshots.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        List<string> words = [.. Rules(input), .. ListSnapshots.Filter("--host", input.Host), .. ListSnapshots.Filter("--tag", input.Tag)];
        if (!words.Exists(word => word.StartsWith("--keep-", StringComparison.Ordinal)))
            throw new ActivityException("No rule says what to keep; give at least one of keepLast, keepDaily, ...", retryable: false);
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        // What would go is known before anything goes; a dry run shows it.
        var preview = Groups((await repository.ReadAsync(["--no-lock", "forget", "--json", "--dry-run", .. words], cancellationToken)).Output);
        context.Plan.Intend(context, preview.SelectMany(group => group.Remove ?? []).Select(snapshot => $"forget {snapshot.Id[..8]} of {snapshot.Time:u}"));
        if (input.Prune)
            words.Add("--prune");
        var groups = Groups((await repository.ChangeAsync(["forget", "--json", .. words], cancellationToken)).Output);
        return new()
        {
            Forgotten = [.. groups.SelectMany(group => group.Remove ?? []).Select(snapshot => snapshot.Id)],
            Kept = groups.Sum(group => group.Keep?.Count ?? 0),
        };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await repositories.OpenAsync(input.Connection, context, cancellationToken)).Target;

    // The same rules again forget nothing more.
    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    /// <summary>With --prune the JSON of the groups is followed by text.</summary>
    private static List<Group> Groups(string output)
    {
        var line = output.Split('\n').FirstOrDefault(candidate => candidate.TrimStart().StartsWith('['));
        return line is null ? [] : ResticRepository.Json<List<Group>>(line);
    }

    private static IEnumerable<string> Rules(Input input) =>
        new (string Name, int? Count)[]
            {
                ("last", input.KeepLast), ("hourly", input.KeepHourly), ("daily", input.KeepDaily), ("weekly", input.KeepWeekly), ("monthly", input.KeepMonthly), ("yearly", input.KeepYearly),
            }
            .Where(rule => rule.Count is not null).Select(rule => string.Create(CultureInfo.InvariantCulture, $"--keep-{rule.Name}={rule.Count}"));

    internal sealed record Input : ConnectedInput
    {
        [Description("Keep the last so many of each machine and paths.")]
        [Range(1, 10_000)]
        [Example(7)]
        public int? KeepLast { get; init; }

        [Description("Keep one an hour for so many hours.")]
        [Range(1, 10_000)]
        public int? KeepHourly { get; init; }

        [Description("Keep one a day for so many days.")]
        [Range(1, 10_000)]
        public int? KeepDaily { get; init; }

        [Description("Keep one a week for so many weeks.")]
        [Range(1, 10_000)]
        public int? KeepWeekly { get; init; }

        [Description("Keep one a month for so many months.")]
        [Range(1, 10_000)]
        public int? KeepMonthly { get; init; }

        [Description("Keep one a year for so many years.")]
        [Range(1, 10_000)]
        public int? KeepYearly { get; init; }

        [Description("Only of this machine.")]
        [StringLength(253, MinimumLength = 1)]
        public string? Host { get; init; }

        [Description("Only with this tag.")]
        [RegularExpression("[^,\\s]{1,100}")]
        public string? Tag { get; init; }

        [Description("Free the space too; can take long.")]
        public bool Prune { get; init; } = true;
    }

    internal sealed record Output
    {
        [Description("Ids of the snapshots that are gone.")]
        public required IReadOnlyList<string> Forgotten { get; init; }

        [Description("How many were kept.")]
        public required int Kept { get; init; }
    }

    private sealed record Group(IReadOnlyList<ResticSnapshot>? Keep, IReadOnlyList<ResticSnapshot>? Remove);
}
