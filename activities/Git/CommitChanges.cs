using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Git;

[Activity(
    "git.commit_changes", "Commit", "Commits the changes of the named paths and nothing else.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, TimeoutSeconds = 120)]
internal sealed class CommitChanges(WorkTrees trees) : IEffectActivity<CommitChanges.Input, CommitChanges.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);
        if (await tree.MadeByAsync(context, cancellationToken) is { } made)
            return new() { Commit = made };
        context.Plan.Intend(context, $"git commit of {string.Join(", ", input.Paths)}");
        return new()
        {
            Commit = await tree.CommitAsync(input.Paths, input.Message, input.Author, context, cancellationToken)
                ?? throw new ActivityException($"Nothing of {string.Join(", ", input.Paths)} has changed; there is nothing to commit.", retryable: false),
        };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken)).TargetAsync(cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken)).MadeByAsync(context, cancellationToken) is null ? Probe.DidNotHappen : Probe.Happened;

    public UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("git.revert_commit", new RevertCommit.Input { Connection = input.Connection, Directory = input.Directory, Commit = output.Commit });

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the work tree.")]
        [RegularExpression(WorkTrees.PathPattern)]
        [Example("/srv/infra")]
        public required string Directory { get; init; }

        [Description("Paths to commit, relative to the work tree.")]
        [MinLength(1)]
        [Example("[\"compose.yaml\"]", Json = true)]
        public required IReadOnlyList<string> Paths { get; init; }

        [Description("Why.")]
        [StringLength(5000, MinimumLength = 1)]
        [Editor("multi-line")]
        [Example("Raise the memory limit of web")]
        public required string Message { get; init; }

        [Description("Who it is from, as Name <address>.")]
        [RegularExpression("[^<>\\x00\\r\\n]+ <[^<>\\s]+>")]
        public string Author { get; init; } = "Homelab <homelab@localhost>";
    }

    internal sealed record Output
    {
        [Description("The commit.")]
        public required string Commit { get; init; }
    }
}
