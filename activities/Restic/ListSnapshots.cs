using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Restic;

[Activity("restic.list_snapshots", "List snapshots", "Lists the snapshots of a restic repository, newest first.", TimeoutSeconds = 120)]
internal sealed class ListSnapshots(ResticRepositories repositories) : IActivity<ListSnapshots.Input, ListSnapshots.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        var snapshots = await repository.SnapshotsAsync([.. Filter("--host", input.Host), .. Filter("--tag", input.Tag)], cancellationToken);
        return new() { Snapshots = [.. snapshots.Reverse().Select(snapshot => new Entry(snapshot.Id, snapshot.Time, snapshot.Hostname ?? "", snapshot.Paths ?? [], snapshot.Tags ?? []))] };
    }

    internal static IEnumerable<string> Filter(string name, string? value) => value is null ? [] : [$"{name}={value}"];

    internal sealed record Input : ConnectedInput
    {
        [Description("Only of this machine.")]
        [StringLength(253, MinimumLength = 1)]
        public string? Host { get; init; }

        [Description("Only with this tag.")]
        [RegularExpression("[^,\\s]{1,100}")]
        public string? Tag { get; init; }
    }

    internal sealed record Output
    {
        [Description("Snapshots, newest first.")]
        public required IReadOnlyList<Entry> Snapshots { get; init; }
    }

    internal sealed record Entry(string Id, DateTimeOffset TakenAt, string Host, IReadOnlyList<string> Paths, IReadOnlyList<string> Tags);
}
