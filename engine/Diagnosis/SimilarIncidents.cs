using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapper;
using Homelab.Engine.Incidents;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Diagnosis;

/// <summary>
/// Finds earlier incidents whose words are like those of another: each a vector of its words weighted by how rare they are, compared by the angle between them. Nothing outside is needed.
/// </summary>
internal sealed partial class SimilarIncidents(Database database)
{
    /// <summary>So many of the newest that are over are compared.</summary>
    private const int Compared = 500;

    /// <summary>Below this they only share common words.</summary>
    private const double Least = 0.2;

    /// <summary>The most alike first, each with how it ended and what was done.</summary>
    public async Task<JsonArray> FindAsync(Incident incident, int count, CancellationToken cancellationToken)
    {
        var (others, done) = await database.ReadAsync(
            async session => (
                await IncidentStore.SelectAsync(session, "state IN ('resolved', 'closed') AND id <> @Id ORDER BY started_at DESC LIMIT @Compared", new { incident.Id, Compared }, cancellationToken),
                (await session.QueryAsync<Done>("SELECT incident_id AS Incident, playbook AS Playbook, outcome AS Outcome FROM incident_attempts WHERE outcome IS NOT NULL ORDER BY started_at", null, cancellationToken)).AsList()),
            cancellationToken);
        var tried = done.ToLookup(attempt => attempt.Incident);
        return new JsonArray([.. Rank(incident, others).Take(count).Select(found => new JsonObject
        {
            ["id"] = found.Incident.Id,
            ["title"] = found.Incident.Title,
            ["kind"] = found.Incident.Kind,
            ["target"] = found.Incident.Target,
            ["likeness"] = Math.Round(found.Likeness, 3),
            ["startedAt"] = found.Incident.StartedAt.ToString("O"),
            ["resolution"] = found.Incident.Resolution,
            ["tried"] = new JsonArray([.. tried[found.Incident.Id].Select(attempt => new JsonObject { ["playbook"] = attempt.Playbook, ["outcome"] = attempt.Outcome })]),
        })]);
    }

    internal static IEnumerable<(Incident Incident, double Likeness)> Rank(Incident incident, IReadOnlyList<Incident> others)
    {
        var texts = others.Select(Words).ToList();
        var own = Words(incident);
        var documents = texts.Append(own).SelectMany(words => words.Keys).CountBy(word => word).ToDictionary();
        double Weight(string word) => Math.Log(1 + ((texts.Count + 1.0) / documents[word]));
        var length = Length(own, Weight);
        return others.Zip(texts)
            .Select(pair => (pair.First, Likeness: own.Where(word => pair.Second.ContainsKey(word.Key)).Sum(word => word.Value * pair.Second[word.Key] * Weight(word.Key) * Weight(word.Key)) / (length * Length(pair.Second, Weight))))
            .Where(found => found.Likeness >= Least)
            .OrderByDescending(found => found.Likeness).ThenByDescending(found => found.First.StartedAt);
    }

    private static double Length(Dictionary<string, double> words, Func<string, double> weight) => Math.Max(1e-9, Math.Sqrt(words.Sum(word => Math.Pow(word.Value * weight(word.Key), 2))));

    /// <summary>How often each word occurs, damped; the kind and the target count as words of their own.</summary>
    private static Dictionary<string, double> Words(Incident incident)
    {
        var text = string.Join(' ', [
            incident.Title, incident.Service, incident.Host, incident.Part, .. incident.Annotations.Where(pair => !pair.Key.EndsWith("_url", StringComparison.Ordinal)).Select(pair => pair.Value),
            .. incident.Labels.Where(pair => pair.Key is not ("alertname" or "severity" or "job" or "prometheus" or "monitor")).Select(pair => pair.Value)]);
        return Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)
            .Concat([$"kind:{incident.Kind}", $"kind:{incident.Kind}", $"target:{incident.Target}"])
            .CountBy(word => word).ToDictionary(pair => pair.Key, pair => 1 + Math.Log(pair.Value));
    }

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{Nd}_]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    private sealed record Done
    {
        public string Incident { get; init; } = "";

        public string Playbook { get; init; } = "";

        public string Outcome { get; init; } = "";
    }
}
