using System.ComponentModel;

namespace Homelab.Activities.HAProxy;

[Activity("haproxy.get_status", "Status", "Reads version, load, and how frontends and backends are.")]
internal sealed class GetStatus(HAProxyClients clients) : IActivity<GetStatus.Input, GetStatus.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var info = await client.InfoAsync(cancellationToken);
        var rows = await client.RowsAsync(cancellationToken);
        return new()
        {
            Version = info.GetValueOrDefault("Version", ""),
            UptimeSeconds = Number(info, "Uptime_sec"),
            Connections = Number(info, "CurrConns"),
            ConnectionLimit = Number(info, "Maxconn"),
            IdlePercent = Number(info, "Idle_pct"),
            Proxies = [.. rows.Where(row => row.IsFrontend || row.IsBackend).Select(row => new Proxy(
                row.Proxy, row.IsFrontend ? "frontend" : "backend", row.Status, row.Number("scur"), row.Number("rate"), row.Number("hrsp_5xx"), row.IsBackend ? row.Number("act") : null,
                row.IsBackend ? rows.Count(server => server.IsServer && server.Proxy == row.Proxy) : null))],
        };
    }

    private static long Number(IReadOnlyDictionary<string, string> info, string name) => long.TryParse(info.GetValueOrDefault(name), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Version of HAProxy.")]
        public required string Version { get; init; }

        [Description("Seconds since its start.")]
        public required long UptimeSeconds { get; init; }

        [Description("Connections now.")]
        public required long Connections { get; init; }

        [Description("The most it takes.")]
        public required long ConnectionLimit { get; init; }

        [Description("How much of the time it has nothing to do.")]
        public required long IdlePercent { get; init; }

        [Description("Frontends and backends; a backend with its active servers and all of them.")]
        public required IReadOnlyList<Proxy> Proxies { get; init; }
    }

    internal sealed record Proxy(string Name, string Kind, string Status, long Sessions, long RequestsPerSecond, long Errors5xx, long? ActiveServers, int? Servers);
}
