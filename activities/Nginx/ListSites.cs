using System.ComponentModel;

namespace Homelab.Activities.Nginx;

[Activity("nginx.list_sites", "List sites", "Lists the sites that have a file, and which of them count.")]
internal sealed class ListSites(NginxClients clients) : IActivity<ListSites.Input, ListSites.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => new()
    {
        Sites = [.. (await (await clients.OpenAsync(input.Connection, context, cancellationToken)).SitesAsync(cancellationToken)).Select(site => new Site(site.Name, site.Enabled))],
    };

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("The sites.")]
        public required IReadOnlyList<Site> Sites { get; init; }
    }

    internal sealed record Site(string Name, bool Enabled);
}
