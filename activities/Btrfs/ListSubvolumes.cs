using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Btrfs;

[Activity("btrfs.list_subvolumes", "List subvolumes", "Lists the subvolumes and snapshots of the file system that holds a path.")]
internal sealed class ListSubvolumes(Subvolumes subvolumes) : IActivity<ListSubvolumes.Input, ListSubvolumes.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        var answer = await host.ReadAsync(new("btrfs", "subvolume", "list", "-q", "-u", "--", Host.Absolute(input.Path)), cancellationToken);
        return new() { Subvolumes = [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read)] };
    }

    /// <summary>"ID 256 gen 8 top level 5 parent_uuid - uuid c0ff.. path data": a path may hold spaces, so it is cut off first.</summary>
    private static Entry Read(string line)
    {
        var at = line.IndexOf(" path ", StringComparison.Ordinal);
        var words = line[..at].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var parent = words[Array.IndexOf(words, "parent_uuid") + 1];
        return new(line[(at + 6)..], words[1], words[Array.IndexOf(words, "uuid") + 1], parent == "-" ? null : parent);
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Any path on the file system.")]
        [RegularExpression(Activities.Btrfs.Subvolumes.PathPattern)]
        [Example("/srv/data")]
        public required string Path { get; init; }
    }

    internal sealed record Output
    {
        [Description("Subvolumes; those with a parent are snapshots of it.")]
        public required IReadOnlyList<Entry> Subvolumes { get; init; }
    }

    internal sealed record Entry(string Path, string Id, string Uuid, string? ParentUuid);
}
