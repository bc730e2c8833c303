using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.Borg;

[Activity(
    "borg.prune_archives", "Prune archives", "Deletes the archives that no rule keeps, of those whose name begins so, and frees their space.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.High, TimeoutSeconds = 43_200, Idempotent = true, NoUndo = "A pruned archive is gone.")]
internal sealed class PruneArchives(BorgRepositories repositories) : IEffectActivity<PruneArchives.Input, PruneArchives.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var rules = Rules(input).ToList();
        if (rules.Count == 0)
            throw new ActivityException("No rule says what to keep; give at least one of keepLast, keepDaily, ...", retryable: false);
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        List<string> words = ["--list", .. rules, $"--glob-archives={Escaped(input.Prefix)}*", "--", repository.Path];
        var preview = await repository.ReadAsync(["prune", "--dry-run", .. words], cancellationToken);
        context.Plan.Intend(context, preview.Error.Split('\n').Where(line => line.StartsWith("Would prune", StringComparison.Ordinal)));
        var before = await repository.ArchivesAsync(cancellationToken);
        await repository.ChangeAsync(["prune", .. words], cancellationToken);
        await repository.ChangeAsync(["compact", "--", repository.Path], cancellationToken);
        var after = (await repository.ArchivesAsync(cancellationToken)).Select(archive => archive.Name).ToHashSet();
        return new() { Pruned = [.. before.Select(archive => archive.Name).Where(name => !after.Contains(name))], Kept = after.Count };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await repositories.OpenAsync(input.Connection, context, cancellationToken)).Target;

    // The same rules again prune nothing more.
    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    private static string Escaped(string prefix) => string.Concat(prefix.Select(letter => letter is '*' or '?' or '[' ? $"[{letter}]" : letter.ToString()));

    private static IEnumerable<string> Rules(Input input) =>
        new (string Name, int? Count)[]
            {
                ("last", input.KeepLast), ("hourly", input.KeepHourly), ("daily", input.KeepDaily), ("weekly", input.KeepWeekly), ("monthly", input.KeepMonthly), ("yearly", input.KeepYearly),
            }
            .Where(rule => rule.Count is not null).Select(rule => string.Create(CultureInfo.InvariantCulture, $"--keep-{rule.Name}={rule.Count}"));

    internal sealed record Input : ConnectedInput
    {
        [Description("Only archives whose name begins so; several sources in one repository must not count for each other.")]
        [StringLength(200)]
        public string Prefix { get; init; } = "";

        [Description("Keep the last so many.")]
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
    }

    internal sealed record Output
    {
        [Description("Archives that are gone.")]
        public required IReadOnlyList<string> Pruned { get; init; }

        [Description("How many are left in the repository.")]
        public required int Kept { get; init; }
    }
}
