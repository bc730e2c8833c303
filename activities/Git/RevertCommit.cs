using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Git;

[Activity(
    "git.revert_commit", "Revert", "Takes a commit back by a new one; where they conflict nothing is changed.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, TimeoutSeconds = 120)]
internal sealed class RevertCommit(WorkTrees trees) : IEffectActivity<RevertCommit.Input, RevertCommit.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);

        var before = await tree.HeadAsync(cancellationToken);
        try
        {
            await tree.ChangeAsync(["-c", "user.name=Homelab", "-c", "user.email=homelab@localhost", "revert", "--no-edit", input.Commit], cancellationToken);
        }
        catch (ActivityException)
        {
            // A conflict leaves the work tree in the middle.
            await tree.ChangeAsync(["revert", "--abort"], CancellationToken.None);
            throw;
        }

        return new() { Commit = await tree.HeadAsync(cancellationToken), Before = before };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken)).TargetAsync(cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);

        var said = await tree.TryAsync(["log", "--max-count=1", "--format=%H", "--fixed-strings", $"--grep=This reverts commit {input.Commit}", "HEAD"], cancellationToken);
        return said.Output.Trim().Length > 0 ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("git.revert_commit", input with { Commit = output.Commit });

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the work tree.")]
        [RegularExpression(WorkTrees.PathPattern)]
        [Example("/srv/infra")]
        public required string Directory { get; init; }

        [Description("The commit to take back.")]
        [RegularExpression("[0-9a-f]{7,64}")]
        [Example("0123456789abcdef0123456789abcdef01234567")]
        public required string Commit { get; init; }
    }

    internal sealed record Output
    {
        [Description("The new commit.")]
        public required string Commit { get; init; }

        [Description("The commit before it.")]
        public required string Before { get; init; }
    }
}
