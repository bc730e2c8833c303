using System.ComponentModel;

namespace Homelab.Engine.Incidents;

/// <summary>How well it goes, 0 to 100: a weighted mean of parts, each of which says why it is what it is. A part that nothing is known of does not count.</summary>
internal sealed record HealthScore
{
    [Description("0 to 100.")]
    public required int Score { get; init; }

    public required IReadOnlyList<HealthPart> Parts { get; init; }

    /// <param name="testedConnections">Connections whose state is known.</param>
    public static HealthScore Of(
        IncidentFigures incidents, int testedConnections, int reachableConnections, bool stopped, bool paused, bool breakerOpen, int ruleProblems, long alertsWaiting, long alertsDead, ActionStatistics actions)
    {
        var (critical, warning, info) = (incidents.BySeverity.GetValueOrDefault("critical"), incidents.BySeverity.GetValueOrDefault("warning"), incidents.BySeverity.GetValueOrDefault("info"));
        var (backups, certificates) = (incidents.ByKind.GetValueOrDefault("backup_failed"), incidents.ByKind.GetValueOrDefault("certificate_expiring"));
        List<(HealthPart Part, double Weight)> parts =
        [
            (Part("incidents", 100 - (25 * critical) - (10 * warning) - (2 * info), incidents.Open == 0 ? "Nothing is wrong." : $"{critical} critical, {warning} warning, {info} info open."), 0.4),
            (Part("engine", stopped ? 0 : 100 - (breakerOpen ? 50 : 0) - (paused ? 30 : 0) - (ruleProblems > 0 ? 20 : 0) - (alertsWaiting > 1000 ? 20 : 0) - (alertsDead > 0 ? 20 : 0),
                string.Join(" ", new[]
                {
                    stopped ? "The emergency stop is on." : null, paused ? "It is paused." : null, breakerOpen ? "Too many actions failed in a row." : null,
                    ruleProblems > 0 ? $"{ruleProblems} problem(s) in rules and preferences." : null, alertsWaiting > 1000 ? $"{alertsWaiting} deliveries of alerts wait." : null,
                    alertsDead > 0 ? $"{alertsDead} deliveries of alerts could not be processed." : null,
                }.OfType<string>().DefaultIfEmpty("It observes and may act."))), 0.2),
            (Part("protection", 100 - (50 * backups) - (25 * certificates), backups + certificates == 0 ? "No failed backup and no certificate that expires is known." : $"{backups} failed backup(s), {certificates} certificate(s) that expire."), 0.15),
        ];
        if (testedConnections > 0)
            parts.Add((Part("connections", 100.0 * reachableConnections / testedConnections, $"{reachableConnections} of {testedConnections} answer."), 0.15));
        if (actions.SuccessRate is { } rate)
            parts.Add((Part("actions", 100 * rate, $"{100 * rate:0} % of the actions of the last week succeeded."), 0.1));
        return new HealthScore
        {
            Score = (int)Math.Round(parts.Sum(part => part.Part.Score * part.Weight) / parts.Sum(part => part.Weight)),
            Parts = [.. parts.Select(part => part.Part)],
        };
    }

    private static HealthPart Part(string name, double score, string why) => new(name, (int)Math.Round(Math.Clamp(score, 0, 100)), why);
}

/// <param name="Name">incidents, engine, protection, connections or actions.</param>
internal sealed record HealthPart(string Name, int Score, string Why);
