using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Incidents;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Remediation;
using Homelab.Rules.Expressions;

namespace Homelab.Engine.Diagnosis;

/// <summary>Says what is behind an incident: by the rules of its kind, each with a cause, evidence and a certainty; a model, where there is one, adds a summary and prefers one of the proposals.</summary>
internal sealed class Diagnostician(DiagnosisBook book, PlaybookLibrary playbooks, Reading reading, IConfiguration configuration)
{
    /// <summary>How sure a plan may be where no rule knows the cause.</summary>
    public const double Unknown = 0.5;

    public async Task<JsonObject> DiagnoseAsync(Incident incident, JsonObject context, ActivityContext activity, CancellationToken cancellationToken)
    {
        var diagnosis = Judge(incident, context, book.Current);
        if (!configuration.GetSection("Activities:Model").GetChildren().Any())
            return diagnosis;
        var names = IncidentNames.Of(incident.ToJson(), context, diagnosis);
        var proposals = playbooks.Playbooks.Values.Where(playbook => PlaybookPlanner.WhyNot(playbook, names) is null).ToList();
        diagnosis["summary"] = await SummaryAsync(diagnosis, context, incident, activity, cancellationToken);
        if (proposals.Count > 1)
            diagnosis["suggestion"] = await ChoiceAsync(diagnosis, context, incident, proposals, activity, cancellationToken);
        return diagnosis;
    }

    /// <summary>By the rules alone: the same context gives the same answer.</summary>
    public static JsonObject Judge(Incident incident, JsonObject context, DiagnosisRules rules)
    {
        var names = IncidentNames.Of(incident.ToJson(), context);
        names.Remove("diagnosis");
        var found = rules.Of(incident.Kind).Causes
            .Where(rule => Template.Holds(rule.When, names).Holds)
            .Select(rule => new JsonObject
            {
                ["cause"] = rule.Cause,
                ["certainty"] = rule.Certainty,
                ["says"] = Filled(rule.Says, names) ?? rule.Cause.Replace('_', ' '),
                ["evidence"] = new JsonArray([.. rule.Evidence.Select(line => Filled(line, names)).OfType<string>().Select(line => (JsonNode?)line)]),
            })
            .OrderByDescending(cause => (double)cause["certainty"]!)
            .ToList();
        var first = found.FirstOrDefault() ?? new JsonObject { ["cause"] = "unknown", ["certainty"] = Unknown, ["says"] = "The cause is not known.", ["evidence"] = new JsonArray() };
        var diagnosis = (JsonObject)first.DeepClone();
        diagnosis["alternatives"] = new JsonArray([.. found.Skip(1)]);
        return diagnosis;
    }

    private static string? Filled(string text, JsonObject names)
    {
        try
        {
            return Template.Resolve(JsonValue.Create(text), names)?.ToString();
        }
        catch (Exception exception) when (exception is ExpressionException or FormatException)
        {
            return null;
        }
    }

    private async Task<string?> SummaryAsync(JsonObject diagnosis, JsonObject context, Incident incident, ActivityContext activity, CancellationToken cancellationToken)
    {
        var answer = await AskAsync("model.summarise_text", new JsonObject { ["text"] = Told(diagnosis, context, incident), ["sentences"] = 4 }, activity, cancellationToken);
        return (string?)answer?["summary"];
    }

    /// <summary>One of the playbooks that fit anyway, or none: nothing else a model says can become an action.</summary>
    private async Task<JsonObject?> ChoiceAsync(JsonObject diagnosis, JsonObject context, Incident incident, IReadOnlyList<Playbook> proposals, ActivityContext activity, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(
            "model.choose_option",
            new JsonObject
            {
                ["question"] = $"Which of these should be tried first for the incident in the data? {string.Join(" ", proposals.Select(playbook => $"{playbook.Id}: {playbook.Name}. {playbook.Description}"))}",
                ["options"] = new JsonArray([.. proposals.Select(playbook => (JsonNode?)playbook.Id)]),
                ["data"] = Told(diagnosis, context, incident),
            },
            activity, cancellationToken);
        return (string?)answer?["choice"] is { } choice && proposals.Any(playbook => playbook.Id == choice)
            ? new JsonObject { ["playbook"] = choice, ["confidence"] = answer!["confidence"]?.DeepClone(), ["reason"] = answer["reason"]?.DeepClone() }
            : null;
    }

    private async Task<JsonNode?> AskAsync(string what, JsonObject input, ActivityContext activity, CancellationToken cancellationToken)
    {
        try
        {
            return await reading.PerformAsync(what, input, activity, cancellationToken);
        }
        catch (ActivityException)
        {
            // Without a model everything still works; what it cost and why it failed is the model's own record.
            return null;
        }
    }

    private static string Told(JsonObject diagnosis, JsonObject context, Incident incident)
    {
        var text = $"Incident: {incident.ToJson().ToJsonString()}\nDiagnosis by rules: {diagnosis.ToJsonString()}\nContext: {context.ToJsonString()}";
        return text.Length <= 60_000 ? text : text[..60_000];
    }
}
