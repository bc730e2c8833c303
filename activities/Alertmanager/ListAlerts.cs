using System.ComponentModel;

namespace Homelab.Activities.Alertmanager;

[Activity("alertmanager.list_alerts", "List alerts", "Lists the alerts that an Alertmanager holds, silenced and inhibited ones too, all of them where a notification was cut.")]
internal sealed class ListAlerts(AlertmanagerClients clients) : IActivity<ListAlerts.Input, ListAlerts.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var alerts = await client.AlertsAsync(input.Filters, cancellationToken);
        return new()
        {
            Alerts = [.. alerts.Select(alert => new Alert(
                alert.Labels.GetValueOrDefault("alertname", ""), alert.Fingerprint, alert.Status.State, alert.StartsAt, alert.EndsAt,
                alert.Status.SilencedBy, alert.Status.InhibitedBy, [.. alert.Receivers.Select(receiver => receiver.Name)], alert.Labels, alert.Annotations))],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Matchers that all must hold, such as severity=\"critical\" or job=~\"web.*\".")]
        public IReadOnlyList<string> Filters { get; init; } = [];
    }

    internal sealed record Output
    {
        [Description("The alerts.")]
        public required IReadOnlyList<Alert> Alerts { get; init; }
    }

    internal sealed record Alert(
        string Name, string Fingerprint, string State, DateTimeOffset StartsAt, DateTimeOffset EndsAt, IReadOnlyList<string> SilencedBy, IReadOnlyList<string> InhibitedBy,
        IReadOnlyList<string> Receivers, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations);
}
