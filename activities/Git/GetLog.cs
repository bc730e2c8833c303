using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Git;

[Activity("git.get_log", "Log", "Lists the last commits, of all or of one path.")]
internal sealed class GetLog(WorkTrees trees) : IActivity<GetLog.Input, GetLog.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);

        IReadOnlyList<string> path = input.Path is { } given ? ["--", given] : [];
        // Unit and record separators: no subject holds them.
        var text = await tree.ReadAsync(["log", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"--max-count={input.Count}"), "--format=%H%x1f%aI%x1f%an%x1f%s%x1e", input.Ref, .. path], cancellationToken);
        return new()
        {
            Commits = [.. text.Split('\x1e').Select(line => line.Trim('\n').Split('\x1f')).Where(fields => fields.Length == 4)
                .Select(fields => new Commit(fields[0], DateTimeOffset.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture), fields[2], fields[3]))],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the work tree.")]
        [RegularExpression(WorkTrees.PathPattern)]
        [Example("/srv/infra")]
        public required string Directory { get; init; }

        [Description("Branch, tag or commit to begin at.")]
        [RegularExpression(WorkTrees.RefPattern)]
        public string Ref { get; init; } = "HEAD";

        [Description("Only commits that changed this path.")]
        [StringLength(4096, MinimumLength = 1)]
        public string? Path { get; init; }

        [Description("At most so many.")]
        [Range(1, 1000)]
        public int Count { get; init; } = 20;
    }

    internal sealed record Output
    {
        [Description("Commits, newest first.")]
        public required IReadOnlyList<Commit> Commits { get; init; }
    }

    internal sealed record Commit(string Id, DateTimeOffset Time, string Author, string Subject);
}
