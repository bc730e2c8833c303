using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Forge;

/// <summary>Writes a file on a branch, which is made from the default one where there is none. Nothing is written where the file is so already.</summary>
internal abstract class ChangeFileOn(IForgeClients clients) : IEffectActivity<ChangeFileOn.Input, ChangeFileOn.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        var main = (await client.RepositoryAsync(input, cancellationToken)).DefaultBranch;
        if (await client.FindBranchAsync(input, input.Branch, cancellationToken) is null)
        {
            var from = await client.FindBranchAsync(input, main, cancellationToken)
                ?? throw new ActivityException($"Repository {input.Owner}/{input.Repository} has no branch '{main}' to begin from.", retryable: false);
            context.Plan.Intend(context, $"create branch {input.Branch} from {main}", $"write {input.Path} on {input.Branch}");
            await client.CreateBranchAsync(input, input.Branch, from, cancellationToken);
        }

        var before = await client.FindFileAsync(input, input.Path, input.Branch, cancellationToken);
        if (before?.Text != input.Content)
            await client.PutFileAsync(input, input.Path, input.Branch, input.Message, input.Content, before?.Sha, cancellationToken);
        return new() { Branch = input.Branch, Before = before?.Text };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => ForgeTarget.RepositoryAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        return (await client.FindFileAsync(input, input.Path, input.Branch, cancellationToken))?.Text == input.Content ? Probe.Happened : Probe.DidNotHappen;
    }

    public abstract UndoStep? Undo(Input input, Output output);

    internal sealed record Input : ForgeInput
    {
        [Description("Path of the file in the repository.")]
        [RegularExpression("(?!\\.{1,2}(/|$))[^/\\x00\\r\\n]+(/(?!\\.{1,2}(/|$))[^/\\x00\\r\\n]+)*")]
        [Example("hosts/web.yaml")]
        public required string Path { get; init; }

        [Description("What the file shall hold.")]
        [StringLength(1_000_000)]
        [Editor("multi-line")]
        [Example("memory: 512m\n")]
        public required string Content { get; init; }

        [Description("Branch to write on.")]
        [RegularExpression(BranchPattern)]
        [Example("raise-memory")]
        public required string Branch { get; init; }

        [Description("Why: the message of the commit.")]
        [StringLength(5000, MinimumLength = 1)]
        [Example("Raise the memory limit of web")]
        public required string Message { get; init; }
    }

    internal sealed record Output
    {
        [Description("The branch.")]
        public required string Branch { get; init; }

        [Description("What the file held before; empty for a new one.")]
        public string? Before { get; init; }
    }
}
