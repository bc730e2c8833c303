using System.ComponentModel;

namespace Homelab.Activities.Nginx;

[Activity("nginx.get_status", "Status", "Reads whether nginx runs, its version, its connections, and whether its configuration on disk would be taken.")]
internal sealed class GetStatus(NginxClients clients) : IActivity<GetStatus.Input, GetStatus.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var processes = await client.ProcessesAsync(cancellationToken);
        var (valid, says) = await client.TestAsync(cancellationToken);
        return new()
        {
            Version = await client.VersionAsync(cancellationToken),
            Running = processes is not null,
            Workers = processes?.Workers.Count ?? 0,
            ConfigurationValid = valid,
            ConfigurationSays = says,
            Connections = processes is null ? null : await client.ConnectionsAsync(cancellationToken),
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Version of nginx.")]
        public required string Version { get; init; }

        [Description("Its master process is there.")]
        public required bool Running { get; init; }

        [Description("Worker processes that take connections.")]
        public required int Workers { get; init; }

        [Description("A reload or start would take the configuration.")]
        public required bool ConfigurationValid { get; init; }

        [Description("What nginx says of it: errors and warnings.")]
        public required IReadOnlyList<string> ConfigurationSays { get; init; }

        [Description("Connections by its status page; empty without StatusUrl.")]
        public NginxConnections? Connections { get; init; }
    }
}
