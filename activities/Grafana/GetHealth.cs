using System.ComponentModel;

namespace Homelab.Activities.Grafana;

[Activity("grafana.get_health", "Grafana's health", "Reads whether Grafana and its database work.")]
internal sealed class GetHealth(GrafanaClients clients) : IActivity<GetHealth.Input, GetHealth.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var health = await client.HealthAsync(cancellationToken);
        return new() { Ok = health.Database == "ok", Version = health.Version };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Its database answers.")]
        public required bool Ok { get; init; }

        [Description("Version; hidden from those who may not see it.")]
        public string? Version { get; init; }
    }
}
