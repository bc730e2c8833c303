using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Forge;

internal abstract class CreatePullRequestOn(IForgeClients clients) : IEffectActivity<CreatePullRequestOn.Input, CreatePullRequestOn.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        var target = input.Into ?? (await client.RepositoryAsync(input, cancellationToken)).DefaultBranch;
        // Of one branch into another there is one open pull request at most.
        var request = (await client.PullRequestsAsync(input, input.Branch, target, cancellationToken) is [var open, ..] ? open : null)
            ?? await client.CreatePullRequestAsync(input, input.Title, input.Body, input.Branch, target, cancellationToken);
        return new() { Number = request.Number, Url = request.Url };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => ForgeTarget.RepositoryAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        var target = input.Into ?? (await client.RepositoryAsync(input, cancellationToken)).DefaultBranch;
        return (await client.PullRequestsAsync(input, input.Branch, target, cancellationToken)).Count > 0 ? Probe.Happened : Probe.DidNotHappen;
    }

    public abstract UndoStep? Undo(Input input, Output output);

    protected static IssueInput Made(Input input, Output output) => new() { Connection = input.Connection, Owner = input.Owner, Repository = input.Repository, Number = output.Number };

    internal sealed record Input : ForgeInput
    {
        [Description("Branch with the changes.")]
        [RegularExpression(BranchPattern)]
        [Example("raise-memory")]
        public required string Branch { get; init; }

        [Description("Branch to merge into; the default one when empty.")]
        [RegularExpression(BranchPattern)]
        public string? Into { get; init; }

        [Description("Title.")]
        [StringLength(250, MinimumLength = 1)]
        [Example("Raise the memory limit of web")]
        public required string Title { get; init; }

        [Description("Text, in Markdown.")]
        [StringLength(60_000)]
        [Editor("multi-line")]
        public string Body { get; init; } = "";
    }

    internal sealed record Output
    {
        [Description("Number of the pull request.")]
        public required int Number { get; init; }

        [Description("Its address.")]
        public string? Url { get; init; }
    }
}
