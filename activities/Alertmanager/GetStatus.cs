using System.ComponentModel;

namespace Homelab.Activities.Alertmanager;

[Activity("alertmanager.get_status", "Alertmanager status", "Reads version, cluster state and start of an Alertmanager.")]
internal sealed class GetStatus(AlertmanagerClients clients) : IActivity<GetStatus.Input, GetStatus.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var status = await client.StatusAsync(cancellationToken);
        return new() { Version = status.VersionInfo.Version, Cluster = status.Cluster.Status, StartedAt = status.Uptime };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Version.")]
        public required string Version { get; init; }

        [Description("ready, settling or disabled.")]
        public required string Cluster { get; init; }

        [Description("When it was started.")]
        public required DateTimeOffset StartedAt { get; init; }
    }
}
