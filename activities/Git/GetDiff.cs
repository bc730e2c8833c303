using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Git;

[Activity("git.get_diff", "Diff", "Shows what changed: in the work tree, or between two commits.")]
internal sealed class GetDiff(WorkTrees trees) : IActivity<GetDiff.Input, GetDiff.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);

        IReadOnlyList<string> range = (input.From, input.To) switch
        {
            (null, null) => ["HEAD"],
            ({ } from, null) => [from],
            ({ } from, { } to) => [from, to],
            _ => throw new ActivityException("Input 'to' needs 'from'.", retryable: false),
        };
        IReadOnlyList<string> path = input.Path is { } given ? [given] : [];
        var files = await tree.ReadAsync(["diff", "--no-ext-diff", "--name-only", "-z", .. range, "--", .. path], cancellationToken);
        return new()
        {
            Files = files.Split('\0', StringSplitOptions.RemoveEmptyEntries),
            Diff = await tree.ReadAsync(["diff", "--no-ext-diff", "--no-textconv", .. range, "--", .. path], cancellationToken),
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the work tree.")]
        [RegularExpression(WorkTrees.PathPattern)]
        [Example("/srv/infra")]
        public required string Directory { get; init; }

        [Description("Commit to compare with; the last one when empty.")]
        [RegularExpression(WorkTrees.RefPattern)]
        public string? From { get; init; }

        [Description("Commit to compare; the work tree when empty.")]
        [RegularExpression(WorkTrees.RefPattern)]
        public string? To { get; init; }

        [Description("Only this path.")]
        [StringLength(4096, MinimumLength = 1)]
        public string? Path { get; init; }
    }

    internal sealed record Output
    {
        [Description("Files that differ; new ones that git does not know yet are not among them.")]
        public required IReadOnlyList<string> Files { get; init; }

        [Description("The difference as text.")]
        public required string Diff { get; init; }
    }
}
