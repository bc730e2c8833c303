using System.Text.Json.Nodes;
using Dapper;
using Homelab.Activities;
using Homelab.Engine.Incidents;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Remediation;
using Homelab.Engine.Storage;
using Homelab.Rules.Expressions;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Diagnosis;

/// <summary>
/// Collects what is around an incident: what the rules say to read for its kind (metrics, logs, states), what was changed before (by us, in git), incidents like it, and what the runbooks
/// say. What cannot be read is named as missing and keeps nothing back.
/// </summary>
internal sealed class ContextCollector(
    DiagnosisBook book, Reading reading, PlaybookLibrary playbooks, SimilarIncidents similar, Database database, IOptionsMonitor<DiagnosisSettings> settings)
{
    private static readonly TimeSpan Before = TimeSpan.FromHours(24);

    public async Task<JsonObject> CollectAsync(Incident incident, ActivityContext context, CancellationToken cancellationToken)
    {
        var names = IncidentNames.Of(incident.ToJson());
        var missing = new JsonArray();
        var rules = book.Current.Of(incident.Kind);
        var reads = rules.Reads.Where(read => read.When is not { } when || Template.Holds(when, names).Holds).ToList();
        var answers = await Task.WhenAll(reads.Select(read => ReadAsync(read.As, read.Activity, read.Input, names, context, cancellationToken)));
        var collected = new JsonObject
        {
            ["changes"] = await ChangesAsync(incident, cancellationToken),
            ["git"] = await GitAsync(incident, missing, context, cancellationToken),
            ["similar"] = await similar.FindAsync(incident, 5, cancellationToken),
            ["runbook"] = Runbook(incident, names),
        };
        foreach (var (name, output, why) in answers)
        {
            if (output is not null)
                collected[name] = output;
            else
                missing.Add(new JsonObject { ["what"] = name, ["why"] = why });
        }

        collected["missing"] = missing;
        return collected;
    }

    private async Task<(string Name, JsonNode? Output, string Why)> ReadAsync(string name, string activity, JsonObject input, JsonObject names, ActivityContext context, CancellationToken cancellationToken)
    {
        try
        {
            // Each asks with a plan of its own: they run side by side.
            var output = await reading.PerformAsync(activity, (JsonObject)Template.Resolve(input, names)!, context with { Plan = new DryRunPlan() }, cancellationToken); // an object stays one
            return (name, Trimmed.Of(output), "it answered nothing");
        }
        catch (Exception exception) when (exception is ActivityException or ExpressionException or FormatException)
        {
            return (name, null, exception.Message.ReplaceLineEndings(" "));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A tool that answers nonsense must not keep the rest back.
            return (name, null, $"{activity} failed: {exception.GetType().Name}");
        }
    }

    /// <summary>What we did to it or near it before it began, newest first.</summary>
    private async Task<JsonArray> ChangesAsync(Incident incident, CancellationToken cancellationToken)
    {
        var (from, until) = ((incident.StartedAt - Before).ToUnixTimeMilliseconds(), incident.DetectedAt.ToUnixTimeMilliseconds());
        var rows = await database.ReadAsync(
            async session => (await session.QueryAsync<ChangeRow>(
                """
                SELECT activity_id AS Action, target_id AS Target, target_name AS Name, result AS Result, issued_by AS IssuedBy, used_at AS At FROM changes
                WHERE used_at >= @from AND used_at <= @until AND (target_id = @target OR target_name = @service OR target_name = @host)
                ORDER BY used_at DESC, id DESC LIMIT 20
                """,
                new { from, until, target = incident.Target ?? "", service = incident.Service ?? "", host = incident.Host ?? "" }, cancellationToken)).AsList(),
            cancellationToken);
        return new JsonArray([.. rows.Select(row => new JsonObject
        {
            ["action"] = row.Action,
            ["target"] = row.Target,
            ["name"] = row.Name,
            ["result"] = row.Result,
            ["by"] = row.IssuedBy,
            ["at"] = DateTimeOffset.FromUnixTimeMilliseconds(row.At).ToString("O"),
            ["minutesBefore"] = Math.Round((incident.StartedAt - DateTimeOffset.FromUnixTimeMilliseconds(row.At)).TotalMinutes, 1),
        })]);
    }

    /// <summary>Commits of the day before, of the work trees that are configured.</summary>
    private async Task<JsonArray> GitAsync(Incident incident, JsonArray missing, ActivityContext context, CancellationToken cancellationToken)
    {
        var commits = new JsonArray();
        foreach (var repository in settings.CurrentValue.Repositories)
        {
            var (name, output, why) = await ReadAsync(
                $"git {repository}", "git.get_log", Address(repository), [], context, cancellationToken);
            if (output is null)
                missing.Add(new JsonObject { ["what"] = name, ["why"] = why });
            foreach (var commit in output?["commits"] as JsonArray ?? [])
            {
                if (!DateTimeOffset.TryParse((string?)commit?["time"], System.Globalization.CultureInfo.InvariantCulture, out var at) || at < incident.StartedAt - Before || at > incident.DetectedAt)
                    continue;
                commits.Add(new JsonObject
                {
                    ["repository"] = repository,
                    ["id"] = commit?["id"]?.DeepClone(),
                    ["subject"] = commit?["subject"]?.DeepClone(),
                    ["author"] = commit?["author"]?.DeepClone(),
                    ["minutesBefore"] = Math.Round((incident.StartedAt - at).TotalMinutes, 1),
                });
            }
        }

        return commits;
    }

    /// <summary>"/srv/infra", or "nas:/srv/infra" on another machine.</summary>
    private static JsonObject Address(string repository) => repository.Split(':', 2) is [var connection, var directory]
        ? new JsonObject { ["connection"] = connection, ["directory"] = directory }
        : new JsonObject { ["directory"] = repository };

    private JsonObject Runbook(Incident incident, JsonObject names) => new()
    {
        ["url"] = incident.Annotations.GetValueOrDefault("runbook_url"),
        ["text"] = incident.Annotations.GetValueOrDefault("runbook"),
        ["playbooks"] = new JsonArray([.. playbooks.Playbooks.Values.Where(playbook => playbook.Match.Kinds.Contains(incident.Kind, StringComparer.Ordinal) && playbook.Enabled)
            .Where(playbook => playbook.Match.Target is not { } pattern || (names["target"]?["id"] is { } id && Controls.Pattern.Fits(pattern, (string)id!)))
            .Select(playbook => new JsonObject { ["id"] = playbook.Id, ["name"] = playbook.Name, ["docs"] = playbook.Docs })]),
    };

    private sealed record ChangeRow
    {
        public string Action { get; init; } = "";

        public string Target { get; init; } = "";

        public string Name { get; init; } = "";

        public string Result { get; init; } = "";

        public string IssuedBy { get; init; } = "";

        public long At { get; init; }
    }
}

/// <summary>Cuts what a tool answered to what a person would look at, so that an incident's findings stay small.</summary>
internal static class Trimmed
{
    private const int Items = 60;
    private const int Characters = 1500;

    public static JsonNode? Of(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Of(field.Value)))),
        JsonArray items => new JsonArray([.. items.Take(Items).Select(Of)]),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String && value.GetValue<string>() is { Length: > Characters } text => JsonValue.Create(text[..Characters] + "…"),
        _ => node?.DeepClone(),
    };
}
