using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Traefik;

[Activity("traefik.list_services", "List services", "Lists HTTP services with the state of their servers.")]
internal sealed class ListServices(TraefikClients clients) : IActivity<ListServices.Input, ListServices.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var services = (await client.ServicesAsync(input.Search, cancellationToken)).Select(service => new Entry(
            service.Name ?? "", service.Type ?? "", service.Status ?? "", service.Provider, service.ServerStatus ?? [], service.Error ?? [])).ToList();
        return new() { Services = services, DownServers = services.Sum(service => service.Servers.Values.Count(state => state != "UP")) };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Text of the name or rule.")]
        [StringLength(200, MinimumLength = 1)]
        public string? Search { get; init; }
    }

    internal sealed record Output
    {
        [Description("Services with their servers: address to UP or DOWN.")]
        public required IReadOnlyList<Entry> Services { get; init; }

        [Description("Servers that are not up.")]
        public required int DownServers { get; init; }
    }

    internal sealed record Entry(string Name, string Type, string Status, string? Provider, IReadOnlyDictionary<string, string> Servers, IReadOnlyList<string> Errors);
}
