using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Diagnosis;
using Homelab.Engine.Incidents;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Playbooks;

/// <summary>The activities that a workflow heals an incident with. They read and write the product's own records; what changes anything outside is a plan, decided by the gate.</summary>
internal sealed class IncidentActivities(IncidentStore incidents, IncidentDesk desk, IncidentLog log, ContextCollector collector, Diagnostician diagnostician, RemedyStore store, RemedyDesk remedies)
{
    public static ActivityDescriptor CollectContext { get; } = ControlActivity.Describe(
        "Incident", "CollectContext", "Collect context", "Reads what is around an incident: metrics, logs, states, changes, incidents like it, runbooks; and keeps it with the incident.", TimeSpan.FromMinutes(2), "incident");

    public static ActivityDescriptor Diagnose { get; } = ControlActivity.Describe(
        "Incident", "Diagnose", "Diagnose", "Says what is behind an incident, with evidence and certainty, from its context.", TimeSpan.FromMinutes(3), "incident");

    public static ActivityDescriptor Heal { get; } = ControlActivity.Describe(
        "Incident", "Remedy", "Remedy",
        "Chooses a playbook for an incident, sends its plan to the gate and says how it stands: finished, or how long to wait before looking again.", TimeSpan.FromMinutes(3), "incident");

    /// <summary>In the order of their ids.</summary>
    public static IReadOnlyList<ActivityDescriptor> All { get; } = [CollectContext, Diagnose, Heal];

    public async Task<JsonNode?> CollectContextAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken)
    {
        var incident = await FindAsync(input, cancellationToken);
        if (!context.DryRun && incident.State is IncidentState.Open or IncidentState.NeedsPerson)
            await desk.SetStateAsync(incident.Id, IncidentState.Diagnosing, "Looking at what is around it.", cancellationToken, RemedyDesk.By);
        var collected = await collector.CollectAsync(incident, context, cancellationToken);
        if (!context.DryRun)
        {
            await store.KeepContextAsync(incident.Id, collected, cancellationToken);
            await log.AppendAsync(incident.Id, "context", Summary(collected), null, cancellationToken, RemedyDesk.By);
        }

        return collected;
    }

    public async Task<JsonNode?> DiagnoseAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken)
    {
        var incident = await FindAsync(input, cancellationToken);
        var (collected, _) = await store.FindingsAsync(incident.Id, cancellationToken);
        if (collected.Count == 0)
            collected = await collector.CollectAsync(incident, context, cancellationToken);
        var diagnosis = await diagnostician.DiagnoseAsync(incident, collected, context, cancellationToken);
        if (!context.DryRun)
        {
            await store.KeepDiagnosisAsync(incident.Id, diagnosis, cancellationToken);
            var evidence = string.Join("; ", (diagnosis["evidence"] as JsonArray ?? []).Select(line => line?.ToString()));
            await log.AppendAsync(
                incident.Id, "diagnosis",
                $"{diagnosis["says"]} (certainty {(double)diagnosis["certainty"]! * 100:0} %{(evidence.Length > 0 ? $": {evidence}" : "")}){(diagnosis["summary"] is { } summary ? $" {summary}" : "")}", // always set
                null, cancellationToken, RemedyDesk.By);
        }

        return diagnosis;
    }

    public async Task<JsonNode?> RemedyAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        (await remedies.LookAsync(IdOf(input), context, cancellationToken)).ToJson();

    /// <summary>An incident as the trigger gives it, or its id.</summary>
    private static string IdOf(JsonElement input)
    {
        var given = input.TryGetProperty("incident", out var value) ? value : default;
        if (given.ValueKind == JsonValueKind.Object && given.TryGetProperty("id", out var id))
            given = id;
        return given.ValueKind == JsonValueKind.String && given.GetString() is { Length: > 0 } text
            ? text
            : throw new ActivityException("'incident' is missing: give the incident that the trigger answers, or its id.", retryable: false);
    }

    private async Task<Incident> FindAsync(JsonElement input, CancellationToken cancellationToken) =>
        IdOf(input) is var id && await incidents.FindAsync(id, cancellationToken) is { } incident ? incident : throw new ActivityException($"There is no incident '{id}'. GET /api/incidents lists them.", retryable: false);

    private static string Summary(JsonObject context)
    {
        var read = context.Where(field => !DiagnosisReader.Reserved.Contains(field.Key)).Select(field => field.Key).ToList();
        string[] parts =
        [
            read.Count > 0 ? $"read {string.Join(", ", read)}" : "",
            context["changes"] is JsonArray { Count: > 0 } changes ? $"{changes.Count} of our changes before it" : "",
            context["git"] is JsonArray { Count: > 0 } git ? $"{git.Count} commits before it" : "",
            context["similar"] is JsonArray { Count: > 0 } similar ? $"{similar.Count} incidents like it" : "",
            context["missing"] is JsonArray { Count: > 0 } missing ? $"not to be read: {string.Join("; ", missing.Select(one => $"{one?["what"]} ({one?["why"]})"))}" : "",
        ];
        var text = string.Join("; ", parts.Where(part => part.Length > 0));
        return text.Length == 0 ? "Nothing was found around it." : $"Context: {text}.";
    }
}
