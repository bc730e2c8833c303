using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Homelab.Engine.Operations;
using Homelab.Engine.Remediation;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Incidents;

/// <summary>Alertmanager leaves alerts out of a notification that has too many. They are read from its API, by the labels of the group; what it does not hold any more is over.</summary>
internal sealed partial class TruncatedAlerts(Database database, AlertInbox inbox, LiveIncidentRules rules, ConnectionNames connections, Reading reading, Secrets secrets, TimeProvider time, ILogger<TruncatedAlerts> logger)
{
    private const string Tool = "Alertmanager";
    private const int MostAttempts = 4;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var rows = (await database.ReadAsync(session => AlertInbox.DueAsync(session, time.GetUtcNow(), 20, cut: true, cancellationToken), cancellationToken)).AsList();
        foreach (var row in rows)
        {
            var missing = JsonSerializer.Deserialize<MissingAlerts>(row.Missing!, IncidentJson.Options)!; // only such rows are asked for
            try
            {
                await inbox.CompleteAsync(row, await WholeAsync(row, missing, cancellationToken), cancellationToken);
            }
            catch (ActivityException unreadable)
            {
                Log.NotRead(logger, missing.Count, secrets.Hide(unreadable.Message));
                // What is here is not lost for what is not.
                if (!unreadable.Retryable || row.Attempts + 1 >= MostAttempts)
                    await inbox.CompleteAsync(row, row.Read(), cancellationToken);
                else
                    await inbox.FailAsync(row, unreadable.Message, int.MaxValue, cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<Alert>> WholeAsync(AlertRow row, MissingAlerts missing, CancellationToken cancellationToken)
    {
        var host = Uri.TryCreate(missing.ExternalUrl, UriKind.Absolute, out var url) ? url.Host : null;
        if (connections.Of(Tool, host, exactly: false) is not { } connection)
            throw new ActivityException($"{missing.Count} alerts were left out of a notification. Raise max_alerts in Alertmanager, or name it here (Activities:Alertmanager:NAME:Url), so that they can be read.", retryable: false);
        var answer = await reading.PerformAsync(
            "alertmanager.list_alerts",
            new JsonObject { ["connection"] = connection, ["filters"] = new JsonArray([.. missing.GroupLabels.Select(label => JsonValue.Create($"{label.Key}={JsonSerializer.Serialize(label.Value)}"))]) },
            cancellationToken);
        var held = answer?["alerts"]?.AsArray().OfType<JsonObject>().Where(alert => row.Receiver.Length == 0 || Words(alert["receivers"]).Contains(row.Receiver)).ToArray() ?? [];
        List<Alert> whole = [.. row.Read()];
        var known = whole.Select(alert => alert.FingerprintWithout(rules.Current.IgnoredLabels)).ToHashSet();
        HashSet<string> alive = [];
        foreach (var alert in held)
        {
            var read = new Alert { Firing = true, Labels = Table(alert["labels"]), Annotations = Table(alert["annotations"]), StartsAt = (DateTimeOffset?)alert["startsAt"] };
            var fingerprint = read.FingerprintWithout(rules.Current.IgnoredLabels);
            alive.Add(fingerprint);
            // What is silenced or inhibited is there and nobody is to be told of it.
            if ((string?)alert["state"] == "active" && known.Add(fingerprint))
                whole.Add(read);
        }

        whole.AddRange((await FiringAsync(row.Source, missing.GroupLabels, cancellationToken)).Where(alert => !alive.Contains(alert.Fingerprint) && !known.Contains(alert.Fingerprint))
            .Select(alert => new Alert { Firing = false, Labels = alert.Labels, Annotations = alert.Annotations }));
        return whole;
    }

    /// <summary>What fires here by that sender and is of the group.</summary>
    private Task<IEnumerable<IncidentAlert>> FiringAsync(string source, IReadOnlyDictionary<string, string> group, CancellationToken cancellationToken) => database.ReadAsync(
        async session => (await session.QueryAsync<IncidentAlertRow>(
                $"SELECT {Sql.Columns<IncidentAlertRow>()} FROM incident_alerts WHERE firing = 1 AND source = @source AND incident_id IN (SELECT id FROM incidents WHERE {IncidentStore.Open})", new { source }, cancellationToken))
            .Select(row => row.ToAlert()).Where(alert => group.All(label => alert.Labels.GetValueOrDefault(label.Key, "") == label.Value)),
        cancellationToken);

    private static HashSet<string> Words(JsonNode? list) => [.. (list as JsonArray ?? []).Select(item => item?.ToString()).OfType<string>()];

    private static Dictionary<string, string> Table(JsonNode? table) => (table as JsonObject ?? []).ToDictionary(entry => entry.Key, entry => entry.Value?.ToString() ?? "");

    private static partial class Log
    {
        [LoggerMessage(5131, LogLevel.Warning, "A notification was cut and {Count} alerts of it could not be read: {Problem}")]
        public static partial void NotRead(ILogger logger, int count, string problem);
    }
}
