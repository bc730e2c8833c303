using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Restic;

[Activity("restic.check_age", "Age of the last backup", "Says how old the newest snapshot of each machine and path is, and which are too old. Too old is an answer, not an error.", TimeoutSeconds = 120)]
internal sealed class CheckAge(ResticRepositories repositories) : IActivity<CheckAge.Input, CheckAge.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        var now = context.Time.GetUtcNow();
        List<Age> ages = [.. (await repository.SnapshotsAsync([], cancellationToken))
            .GroupBy(snapshot => (Host: snapshot.Hostname ?? "", Paths: string.Join('\n', snapshot.Paths ?? [])))
            .Select(group => new Age(group.Key.Host, group.Last().Paths ?? [], group.Last().Id, (now - group.Last().Time).TotalHours))];
        return new() { Newest = ages, TooOld = [.. ages.Where(age => age.Hours > input.MaxHours)], Ok = ages.Count > 0 && ages.All(age => age.Hours <= input.MaxHours) };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Hours after which a backup is too old.")]
        [Range(1, 87_600)]
        public int MaxHours { get; init; } = 26;
    }

    internal sealed record Output
    {
        [Description("There is a backup and none is too old.")]
        public required bool Ok { get; init; }

        [Description("The newest of each machine and paths.")]
        public required IReadOnlyList<Age> Newest { get; init; }

        [Description("Those of them that are too old.")]
        public required IReadOnlyList<Age> TooOld { get; init; }
    }

    internal sealed record Age(string Host, IReadOnlyList<string> Paths, string SnapshotId, double Hours);
}
