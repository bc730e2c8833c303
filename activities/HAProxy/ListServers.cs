using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.HAProxy;

[Activity("haproxy.list_servers", "List servers", "Lists the servers of the backends with their checks, weight and sessions.")]
internal sealed class ListServers(HAProxyClients clients) : IActivity<ListServers.Input, ListServers.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            Servers = [.. (await client.RowsAsync(cancellationToken))
                .Where(row => row.IsServer && (input.Backend is not { Length: > 0 } backend || row.Proxy == backend))
                .Select(row => new Server(
                    row.Proxy, row.Name, row.Cells.GetValueOrDefault("addr", ""), row.Status, row.AdminState, row.Number("weight"), row.Number("scur"),
                    row.Cells.GetValueOrDefault("check_status", ""), row.Number("lastchg")))],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Only of this backend.")]
        [RegularExpression($"({HAProxyClient.NamePattern})?")]
        [Options("haproxy.backends")]
        public string? Backend { get; init; }
    }

    internal sealed record Output
    {
        [Description("The servers.")]
        public required IReadOnlyList<Server> Servers { get; init; }
    }

    internal sealed record Server(string Backend, string Name, string Address, string Status, string AdminState, long Weight, long Sessions, string Check, long SecondsInState);
}
