using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Grafana;

[Activity("grafana.list_dashboards", "List dashboards", "Lists dashboards, all or those whose title holds a text.")]
internal sealed class ListDashboards(GrafanaClients clients) : IActivity<ListDashboards.Input, ListDashboards.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new() { Dashboards = [.. (await client.DashboardsAsync(input.Query, input.Limit, cancellationToken)).Select(found => new Dashboard(found.Uid, found.Title, found.FolderTitle, found.Url, found.Tags ?? []))] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Text of the title.")]
        [StringLength(200, MinimumLength = 1)]
        public string? Query { get; init; }

        [Description("At most so many.")]
        [Range(1, 5000)]
        public int Limit { get; init; } = 200;
    }

    internal sealed record Output
    {
        [Description("Dashboards.")]
        public required IReadOnlyList<Dashboard> Dashboards { get; init; }
    }

    internal sealed record Dashboard(string Uid, string Title, string? Folder, string? Path, IReadOnlyList<string> Tags);
}
