using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Git;

[Activity(
    "git.clone_repository", "Clone", "Clones a repository into a directory that does not exist yet.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 660, NoUndo = "The new directory harms nothing; delete it when it is not wanted.")]
internal sealed class CloneRepository(WorkTrees trees) : IEffectActivity<CloneRepository.Input, CloneRepository.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = (await trees.OpenAsync(input.Connection, "/", context, cancellationToken)).Host;
        if ((await host.ReadAsync(new("test", "-e", input.Directory) { Also = [1] }, cancellationToken)).ExitCode == 0)
            throw new ActivityException($"'{input.Directory}' exists already on {host.Name}; choose another directory.", retryable: false);
        var root = await trees.OpenAsync(input.Connection, "/", context, cancellationToken);
        IReadOnlyList<string> branch = input.Branch is { } name ? [$"--branch={name}"] : [];
        await root.ChangeAsync(["clone", "--quiet", .. branch, "--", input.Url, input.Directory], cancellationToken);
        return new() { Commit = await (await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken)).HeadAsync(cancellationToken) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = (await trees.OpenAsync(input.Connection, "/", context, cancellationToken)).Host;
        return new("directory", $"{host.Id}/directory{input.Directory}", input.Directory);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);
        var remote = await tree.TryAsync(["remote", "get-url", "origin"], cancellationToken);
        return remote.ExitCode != 0 ? Probe.DidNotHappen : remote.Output.Trim() == input.Url && (await tree.TryAsync(["rev-parse", "HEAD"], cancellationToken)).ExitCode == 0 ? Probe.Happened : Probe.Unknown;
    }

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Address of the repository, without credentials.")]
        [RegularExpression(WorkTrees.UrlPattern)]
        [Example("https://git.example/infra.git")]
        public required string Url { get; init; }

        [Description("Absolute path of the work tree to make.")]
        [RegularExpression(WorkTrees.PathPattern)]
        [Example("/srv/infra")]
        public required string Directory { get; init; }

        [Description("Branch to check out; the remote's own choice when empty.")]
        [RegularExpression(WorkTrees.RefPattern)]
        public string? Branch { get; init; }
    }

    internal sealed record Output
    {
        [Description("The commit checked out.")]
        public required string Commit { get; init; }
    }
}
