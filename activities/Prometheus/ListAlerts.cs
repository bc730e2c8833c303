using System.ComponentModel;

namespace Homelab.Activities.Prometheus;

[Activity("prometheus.list_alerts", "List alerts", "Lists the alerts that Prometheus sees pending or firing.")]
internal sealed class ListAlerts(PrometheusClients clients) : IActivity<ListAlerts.Input, ListAlerts.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var data = await client.AlertsAsync(cancellationToken);
        return new()
        {
            Alerts = [.. data.Alerts.Select(alert => new Alert(
                alert.Labels.GetValueOrDefault("alertname", ""), alert.State, alert.ActiveAt, alert.Value, alert.Labels, alert.Annotations ?? []))],
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Alerts, pending and firing.")]
        public required IReadOnlyList<Alert> Alerts { get; init; }
    }

    internal sealed record Alert(
        string Name, string State, DateTimeOffset? ActiveAt, string Value, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations);
}
