using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Forge;

internal abstract class CreateIssueOn(IForgeClients clients) : IEffectActivity<CreateIssueOn.Input, CreateIssueOn.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        // A retry after a lost answer must not leave two.
        var issue = await FindAsync(client, input, context, cancellationToken)
            ?? await client.CreateIssueAsync(input, input.Title, ForgeMark.On(input.Body, context), cancellationToken);
        return new() { Number = issue.Number, Url = issue.Url };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => ForgeTarget.RepositoryAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await FindAsync(await clients.OpenForgeAsync(input.Connection, context, cancellationToken), input, context, cancellationToken) is null ? Probe.DidNotHappen : Probe.Happened;

    public abstract UndoStep? Undo(Input input, Output output);

    protected static IssueInput Made(Input input, Output output) => new() { Connection = input.Connection, Owner = input.Owner, Repository = input.Repository, Number = output.Number };

    private static async Task<ForgeClient.Issue?> FindAsync(ForgeClient client, Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await client.RecentAsync(input, cancellationToken)).FirstOrDefault(issue => ForgeMark.IsOn(issue.Body, context));

    internal sealed record Input : ForgeInput
    {
        [Description("Title.")]
        [StringLength(250, MinimumLength = 1)]
        [Example("Disk of nas is full")]
        public required string Title { get; init; }

        [Description("Text, in Markdown.")]
        [StringLength(60_000)]
        [Editor("multi-line")]
        public string Body { get; init; } = "";
    }

    internal sealed record Output
    {
        [Description("Number of the issue.")]
        public required int Number { get; init; }

        [Description("Its address.")]
        public string? Url { get; init; }
    }
}

/// <summary>A mark that is not shown, by which a retry and the probe know what a step made.</summary>
internal static class ForgeMark
{
    public static string On(string body, ActivityContext context) => $"{body}\n\n{Of(context)}";

    public static bool IsOn(string? body, ActivityContext context) => body?.Contains(Of(context), StringComparison.Ordinal) == true;

    private static string Of(ActivityContext context) => $"<!-- homelab:{context.IdempotencyKey} -->";
}

internal static class ForgeTarget
{
    public static async Task<ActivityTarget> RepositoryAsync(IForgeClients clients, ForgeInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        var name = (await client.RepositoryAsync(input, cancellationToken)).FullName;
        return new("repository", $"{client.Tool}:{client.Name}/repository/{name}", name);
    }

    public static async Task<ActivityTarget> IssueAsync(IForgeClients clients, IssueInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        var issue = await client.IssueAsync(input, input.Number, cancellationToken);
        return new("issue", $"{client.Tool}:{client.Name}/issue/{input.Owner}/{input.Repository}/{issue.Number}", issue.Title);
    }
}
