using System.ComponentModel;

namespace Homelab.Activities.AdGuard;

[Activity("adguard.list_rewrites", "List rewrites", "Lists the names that it answers itself.")]
internal sealed class ListRewrites(AdGuardClients clients) : IActivity<ListRewrites.Input, ListRewrites.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new() { Rewrites = [.. (await client.RewritesAsync(cancellationToken)).Select(rewrite => new Entry(rewrite.Domain, rewrite.Answer))] };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Names and answers.")]
        public required IReadOnlyList<Entry> Rewrites { get; init; }
    }

    internal sealed record Entry(string Domain, string Answer);
}
