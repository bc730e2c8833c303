using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Traefik;

[Activity("traefik.list_routers", "List routers", "Lists HTTP routers with rule, service and what is wrong with them.")]
internal sealed class ListRouters(TraefikClients clients) : IActivity<ListRouters.Input, ListRouters.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new() { Routers = [.. (await client.RoutersAsync(input.Search, cancellationToken)).Select(router => new Entry(router.Name ?? "", router.Rule ?? "", router.Service ?? "", router.Status ?? "", router.EntryPoints ?? [], router.Provider, router.Error ?? []))] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Text of the name or rule.")]
        [StringLength(200, MinimumLength = 1)]
        public string? Search { get; init; }
    }

    internal sealed record Output
    {
        [Description("Routers.")]
        public required IReadOnlyList<Entry> Routers { get; init; }
    }

    internal sealed record Entry(string Name, string Rule, string Service, string Status, IReadOnlyList<string> EntryPoints, string? Provider, IReadOnlyList<string> Errors);
}
