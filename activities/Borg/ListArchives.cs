using System.ComponentModel;

namespace Homelab.Activities.Borg;

[Activity("borg.list_archives", "List archives", "Lists the archives of a borg repository, newest first.", TimeoutSeconds = 120)]
internal sealed class ListArchives(BorgRepositories repositories) : IActivity<ListArchives.Input, ListArchives.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        return new() { Archives = [.. (await repository.ArchivesAsync(cancellationToken)).Reverse().Select(archive => new Entry(archive.Name, archive.TakenAt, archive.Hostname ?? ""))] };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Archives, newest first.")]
        public required IReadOnlyList<Entry> Archives { get; init; }
    }

    internal sealed record Entry(string Name, DateTimeOffset TakenAt, string Host);
}
