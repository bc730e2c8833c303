using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Incidents;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Playbooks;

/// <summary>Tries a playbook on an incident without doing anything: what must hold is read, the plan is filled in and checked, and a dry run shows what the gate would say.</summary>
internal sealed class PlaybookTrial(PlaybookPlanner planner, PlanCheck check, PlanDesk plans, IncidentStore incidents, RemedyStore store, TimeProvider time, ILogger<PlaybookTrial> logger)
{
    /// <summary>The stored incident with its findings, or one made up from what is given.</summary>
    public async Task<JsonObject?> NamesAsync(string? incidentId, JsonObject? given, CancellationToken cancellationToken)
    {
        if (incidentId is null)
            return IncidentNames.Of(given ?? [], given?["context"] as JsonObject, given?["diagnosis"] as JsonObject);
        if (await incidents.FindAsync(incidentId, cancellationToken) is not { } incident)
            return null;
        var (context, diagnosis) = await store.FindingsAsync(incident.Id, cancellationToken);
        return IncidentNames.Of(incident.ToJson(), context, diagnosis);
    }

    public async Task<TrialResult> TryAsync(Playbook playbook, JsonObject names, string by, CancellationToken cancellationToken)
    {
        var context = new ActivityContext { RunId = "trial", StepId = playbook.Id, IdempotencyKey = $"trial/{playbook.Id}", DryRun = true, Time = time, Logger = logger };
        var whyNot = PlaybookPlanner.WhyNot(playbook, names);
        var planned = await planner.PlanAsync(playbook, names, context, cancellationToken);
        var preconditions = planned.Preconditions.Select((asked, index) => new TrialPrecondition(
            asked.Activity, playbook.Preconditions[index].Expression, asked.Holds, asked.Why, Diagnosis.Trimmed.Of(asked.Output))).ToList();
        var result = new TrialResult(whyNot is null, whyNot, preconditions, planned.Plan, planned.WhyNot, [], null);
        if (planned.Plan is not { } plan)
            return result;
        var (_, faults) = await check.ReadAsync(plan, cancellationToken);
        if (faults.Count > 0)
            return result with { Problems = [.. faults.Select(fault => $"{fault.Path}: {fault.Rule}")] };
        var evidence = new PlanEvidence(playbook.Id, Diagnosis.Diagnostician.Unknown, playbook.Risk, playbook.Prior.Successes, playbook.Prior.Failures);
        return await plans.SubmitAsync(plan with { Cause = null }, by, isPerson: true, dryRun: true, null, cancellationToken, evidence) switch
        {
            PlanResult.Started started => result with { RunId = started.Run.Value },
            PlanResult.Invalid invalid => result with { Problems = [.. invalid.Faults.Select(fault => $"{fault.Path}: {fault.Rule}")] },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}

/// <param name="Matches">It would be proposed for this incident.</param>
/// <param name="Plan">Exactly what would be done; null where something that must hold does not.</param>
/// <param name="RunId">Of the dry run, whose journal shows what the gate would say and each step would do.</param>
internal sealed record TrialResult(
    bool Matches, string? WhyNotMatching, IReadOnlyList<TrialPrecondition> Preconditions, PlanRequest? Plan, string? WhyNoPlan, IReadOnlyList<string> Problems, string? RunId);

internal sealed record TrialPrecondition(string Activity, string? Expression, bool Holds, string Why, JsonNode? Output);
