using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Incidents;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Playbooks;

/// <summary>Whether Prometheus itself still fires the alerts that an incident is made of: a look past what was acted on, and past what told of it.</summary>
internal sealed class FiringAlerts(IncidentStore incidents, Reading reading, IConfiguration configuration)
{
    /// <summary>Null where no Prometheus that can be asked has a rule of that name: then it says nothing.</summary>
    public async Task<AlertView?> LookAsync(string incident, ActivityContext context, CancellationToken cancellationToken)
    {
        var alerts = (await incidents.AlertsAsync(incident, cancellationToken)).Where(alert => alert.Labels.GetValueOrDefault("alertname") is { Length: > 0 }).ToList();
        var names = alerts.Select(alert => alert.Labels["alertname"]).ToHashSet(StringComparer.Ordinal);
        if (names.Count == 0)
            return null;
        foreach (var connection in configuration.GetSection("Activities:Prometheus").GetChildren().Select(section => section.Key.ToLowerInvariant()))
        {
            try
            {
                var rules = await ReadAsync("prometheus.list_rules", "rules");
                if (!rules.Any(rule => names.Contains((string?)rule!["name"] ?? "")))
                    continue;
                var active = await ReadAsync("prometheus.list_alerts", "alerts");
                var still = active.FirstOrDefault(one => (string?)one!["state"] == "firing" && alerts.Exists(alert => IsOf(alert, one["labels"] as JsonObject)));
                return new AlertView(connection, (string?)still?["name"] ?? names.Order(StringComparer.Ordinal).First(), still is not null);
            }
            catch (ActivityException)
            {
                // It cannot be asked now, and so says nothing.
            }

            async Task<JsonArray> ReadAsync(string activity, string field) =>
                (await reading.PerformAsync(activity, new JsonObject { ["connection"] = connection }, context, cancellationToken))?[field] as JsonArray ?? [];
        }

        return null;
    }

    /// <summary>Alertmanager's alert has the labels of Prometheus' own, and those that were added on the way.</summary>
    private static bool IsOf(IncidentAlert alert, JsonObject? labels) =>
        labels is { Count: > 0 } && labels.All(label => alert.Labels.GetValueOrDefault(label.Key) == (string?)label.Value);
}

/// <param name="Connection">The Prometheus that was asked.</param>
/// <param name="Alert">Its name.</param>
internal sealed record AlertView(string Connection, string Alert, bool Fires);
