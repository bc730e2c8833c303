using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Git;

[Activity(
    "git.push_branch", "Push", "Pushes a branch to a remote; history there is never rewritten.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 660, Idempotent = true, NoUndo = "Others may have fetched it; revert the commit and push again.")]
internal sealed class PushBranch(WorkTrees trees) : IEffectActivity<PushBranch.Input, PushBranch.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);

        var before = await RemoteAsync(tree, input, cancellationToken);
        await tree.ChangeAsync(["push", "--quiet", "--", input.Remote, $"refs/heads/{input.Branch}:refs/heads/{input.Branch}"], cancellationToken);
        return new() { Before = before, Commit = (await tree.ReadAsync(["rev-parse", $"refs/heads/{input.Branch}"], cancellationToken)).Trim() };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken)).TargetAsync(cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);

        var local = (await tree.ReadAsync(["rev-parse", $"refs/heads/{input.Branch}"], cancellationToken)).Trim();
        return await RemoteAsync(tree, input, cancellationToken) == local ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => null;

    private static async Task<string?> RemoteAsync(WorkTree tree, Input input, CancellationToken cancellationToken) =>
        (await tree.ReadAsync(["ls-remote", "--", input.Remote, $"refs/heads/{input.Branch}"], cancellationToken)).Split('\t') is [{ Length: > 0 } commit, ..] ? commit : null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the work tree.")]
        [RegularExpression(WorkTrees.PathPattern)]
        [Example("/srv/infra")]
        public required string Directory { get; init; }

        [Description("Name of the remote.")]
        [RegularExpression("[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")]
        public string Remote { get; init; } = "origin";

        [Description("The branch.")]
        [RegularExpression("[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")]
        [Example("main")]
        public required string Branch { get; init; }
    }

    internal sealed record Output
    {
        [Description("The commit the remote had; empty for a new branch.")]
        public string? Before { get; init; }

        [Description("The commit it has now.")]
        public required string Commit { get; init; }
    }
}
