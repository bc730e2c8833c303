using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Forge;

internal abstract class CommentIssueOn(IForgeClients clients) : IEffectActivity<CommentIssueOn.Input, CommentIssueOn.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        var comment = await FindAsync(client, input, context, cancellationToken)
            ?? await client.CommentAsync(input, input.Number, ForgeMark.On(input.Body, context), cancellationToken);
        return new() { Id = comment.Id, Url = comment.Url };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => ForgeTarget.IssueAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await FindAsync(await clients.OpenForgeAsync(input.Connection, context, cancellationToken), input, context, cancellationToken) is null ? Probe.DidNotHappen : Probe.Happened;

    public UndoStep? Undo(Input input, Output output) => null;

    private static async Task<ForgeClient.Comment?> FindAsync(ForgeClient client, Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await client.CommentsAsync(input, input.Number, cancellationToken)).FirstOrDefault(comment => ForgeMark.IsOn(comment.Body, context));

    internal sealed record Input : IssueInput
    {
        [Description("Text, in Markdown.")]
        [StringLength(60_000, MinimumLength = 1)]
        [Editor("multi-line")]
        [Example("Happened again.")]
        public required string Body { get; init; }
    }

    internal sealed record Output
    {
        [Description("Id of the comment.")]
        public required long Id { get; init; }

        [Description("Its address.")]
        public string? Url { get; init; }
    }
}
