using System.Text.Json.Nodes;
using Dapper;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Playbooks;

/// <summary>Which playbooks may be tried for an incident and in which order, and how well each did for its kind.</summary>
internal sealed class Candidates(PlaybookLibrary library, Database database)
{
    /// <summary>What failed this often is tried after all others.</summary>
    private const double Bad = 0.25;

    /// <summary>Made for the diagnosed cause first; then what a model suggested; then by priority, and by how well it did.</summary>
    public async Task<IReadOnlyList<Playbook>> OfAsync(JsonObject names, CancellationToken cancellationToken)
    {
        var cause = (string?)names["diagnosis"]?["cause"];
        var suggested = (string?)names["diagnosis"]?["suggestion"]?["playbook"];
        var rates = await RatesAsync((string?)names["incident"]?["kind"] ?? "", cancellationToken);
        return [.. library.Playbooks.Values
            .Where(playbook => PlaybookPlanner.WhyNot(playbook, names) is null)
            .OrderByDescending(playbook => cause is not null && playbook.Match.Causes.Contains(cause, StringComparer.Ordinal))
            .ThenBy(playbook => Rate(playbook, rates) < Bad)
            .ThenByDescending(playbook => playbook.Id == suggested)
            .ThenByDescending(playbook => playbook.Priority)
            .ThenByDescending(playbook => Rate(playbook, rates))
            .ThenBy(playbook => playbook.Id, StringComparer.Ordinal)];
    }

    /// <summary>By playbook, of a kind of incident. A person's no counts as not helped.</summary>
    public async Task<IReadOnlyDictionary<string, Tried>> RatesAsync(string kind, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            async session => (await session.QueryAsync<Tried>(
                """
                SELECT playbook AS Name, SUM(CASE WHEN outcome IN ('verified', 'done') AND COALESCE(said.no, 0) = 0 THEN 1 ELSE 0 END) AS Helped, COUNT(*) AS Times,
                       SUM(COALESCE(said.yes, 0)) AS Yes, SUM(COALESCE(said.no, 0)) AS No
                FROM incident_attempts
                LEFT JOIN (SELECT incident_id, SUM(worked) AS yes, SUM(1 - worked) AS no FROM incident_feedback GROUP BY incident_id) said ON said.incident_id = incident_attempts.incident_id
                WHERE kind = @kind AND outcome IS NOT NULL AND outcome NOT IN ('notNeeded', 'notDone', 'notStarted', 'invalid') GROUP BY playbook
                """,
                new { kind }, cancellationToken)).AsList(),
            cancellationToken);
        return rows.ToDictionary(row => row.Name);
    }

    /// <summary>The five actions that helped most surely against a kind of incident, with how often they did.</summary>
    public async Task<IReadOnlyList<Tried>> ActionsAsync(string kind, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            async session => (await session.QueryAsync<Tried>(
                """
                SELECT activity_id AS Name, SUM(CASE WHEN result = 'succeeded' AND COALESCE(said.no, 0) = 0 THEN 1 ELSE 0 END) AS Helped, COUNT(*) AS Times,
                       SUM(COALESCE(said.yes, 0)) AS Yes, SUM(COALESCE(said.no, 0)) AS No
                FROM authorizations
                LEFT JOIN (SELECT incident_id, SUM(worked) AS yes, SUM(1 - worked) AS no FROM incident_feedback GROUP BY incident_id) said ON said.incident_id = authorizations.cause
                WHERE incident_type = @kind AND finished_at IS NOT NULL AND undo_of IS NULL GROUP BY activity_id
                """,
                new { kind }, cancellationToken)).AsList(),
            cancellationToken);
        return [.. rows.OrderByDescending(row => row.Expected).ThenBy(row => row.Name, StringComparer.Ordinal).Take(5)];
    }

    private static double Rate(Playbook playbook, IReadOnlyDictionary<string, Tried> rates)
    {
        var tried = rates.GetValueOrDefault(playbook.Id);
        return (1.0 + playbook.Prior.Successes + (tried?.Helped ?? 0)) / (2.0 + playbook.Prior.Successes + playbook.Prior.Failures + (tried?.Times ?? 0));
    }
}

/// <summary>How often something was tried and how often it helped.</summary>
internal sealed record Tried
{
    /// <summary>Of the playbook or action.</summary>
    public string Name { get; init; } = "";

    public long Times { get; init; }

    public long Helped { get; init; }

    /// <summary>People who said that it worked.</summary>
    public long Yes { get; init; }

    public long No { get; init; }

    /// <summary>Helped of tried.</summary>
    public double Rate => Times == 0 ? 0 : Math.Round((double)Helped / Times, 3);

    /// <summary>What to expect of the next time: careful where it was seldom tried.</summary>
    public double Expected => Math.Round((Helped + 1.0) / (Times + 2.0), 3);
}
