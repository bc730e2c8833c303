using Homelab.Engine.Connections;
using Homelab.Engine.Controls;
using Homelab.Engine.Incidents;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Reports;

/// <summary>How well it goes, 0 to 100: a hundred less what is wrong, each with its reason.</summary>
internal sealed class HealthScore(Database database, IncidentStore incidents, ConnectionHealth connections, ControlStore controls, LiveSettings settings, LiveIncidentRules rules, AlertInbox alerts, TimeProvider time)
{
    public async Task<HealthReading> ReadAsync(CancellationToken cancellationToken)
    {
        List<HealthPart> parts = [];
        var open = (await incidents.OpenAsync(cancellationToken)).Where(incident => incident.Parent is null).ToList();
        Add(parts, "critical incidents", open.Count(incident => incident.Severity == IncidentSeverity.Critical), 20, 60);
        Add(parts, "warnings", open.Count(incident => incident.Severity == IncidentSeverity.Warning), 6, 30);
        Add(parts, "incidents that need a person", open.Count(incident => incident.State == IncidentState.NeedsPerson), 5, 20);
        Add(parts, "connections that do not answer", connections.List().Count(state => state is { Reachable: false, TestedAt: not null }), 8, 32);
        var since = (time.GetUtcNow() - TimeSpan.FromDays(1)).ToUnixTimeMilliseconds();
        var failed = await database.ReadAsync(
            session => session.ScalarAsync<long>("SELECT COUNT(*) FROM changes WHERE used_at >= @since AND result IN ('failed', 'notVerified', 'inDoubt')", new { since }, cancellationToken), cancellationToken);
        Add(parts, "actions that did not help in the last day", (int)failed, 4, 20);
        var state = await controls.ReadAsync(cancellationToken);
        Add(parts, "open breaker", state.Breaker is null ? 0 : 1, 15, 15);
        Add(parts, "problems in rules or preferences", settings.Problems.Count + rules.Problems.Count, 10, 20);
        Add(parts, "emergency stop", state.Stop is null ? 0 : 1, 40, 40);
        Add(parts, "pause", state.Pause is null ? 0 : 1, 10, 10);
        Add(parts, "alerts that could not be processed", (int)(await alerts.CountAsync(cancellationToken)).Dead, 10, 20);
        return new HealthReading(Math.Max(0, 100 - parts.Sum(part => part.Lost)), parts);
    }

    private static void Add(List<HealthPart> parts, string name, int count, int each, int most) => parts.Add(new HealthPart(name, count, Math.Min(most, count * each)));
}

internal sealed record HealthReading(int Score, IReadOnlyList<HealthPart> Parts);

/// <param name="Lost">Points that it costs.</param>
internal sealed record HealthPart(string Name, int Count, int Lost);
