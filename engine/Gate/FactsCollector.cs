using Homelab.Activities;
using Homelab.Engine.Controls;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Gate;

/// <summary>What is to be decided, before the facts about it are known.</summary>
/// <param name="IncidentType">What outcomes are learned by, beside the action.</param>
/// <param name="Cause">What budgets are counted by: an incident's correlation id, or the run.</param>
/// <param name="Main">The step that the decision is told by; the others only make it stricter.</param>
/// <param name="UndoOf">The change that is taken back: what undoes it need not cool down.</param>
/// <param name="Diagnosis">How sure the diagnosis is; null for a step that a workflow's author wrote down.</param>
internal sealed record Proposal(
    Plan Plan,
    IReadOnlyList<ActivityDescriptor> Descriptors,
    IReadOnlyList<Effect> Effects,
    string RunId,
    string StepId,
    string IncidentType,
    string Cause,
    string? RequestedBy = null,
    double? Diagnosis = null,
    bool CanWait = false,
    int Main = 0,
    string? UndoOf = null)
{
    /// <summary>At least this much, whatever the activities say.</summary>
    public Hazard Risk { get; init; }

    /// <summary>Outcomes of elsewhere, counted with those of this installation.</summary>
    public HistoryFacts Prior { get; init; } = new();

    /// <summary>A stored plan as a whole.</summary>
    public static Proposal Of(PlanRow plan, ActivityCatalog catalog, string runId, string stepId, string cause)
    {
        var steps = plan.ReadSteps();
        return new Proposal(
            new Plan([.. steps.Select(one => one.Step)]), [.. steps.Select(one => DescriptorOf(catalog, one.Step.ActivityId))], [.. steps.Select(one => one.Effect)], runId, stepId, plan.IncidentType, cause,
            plan.RequestedByPerson == 1 ? plan.RequestedBy : null, Diagnosis: plan.Certainty, Main: Math.Max(0, steps.ToList().FindIndex(one => one.Role == PlanRole.Action)), UndoOf: plan.UndoOf);
    }

    /// <summary>With what a plan knows of its risk and of outcomes elsewhere.</summary>
    public Proposal With(PlanRow plan) => this with
    {
        Risk = Enum.TryParse<Hazard>(plan.Risk, ignoreCase: true, out var risk) ? risk : Hazard.None,
        CanWait = plan.CanWait == 1,
        Prior = new HistoryFacts((int)plan.PriorSuccesses, (int)plan.PriorFailures),
    };

    private static ActivityDescriptor DescriptorOf(ActivityCatalog catalog, string activityId) => catalog.TryFind(activityId, out var invoker)
        ? invoker.Descriptor
        : throw new InvalidOperationException($"The plan has the activity {activityId}, which is not in the catalogue.");
}

/// <summary>Takes the snapshot of facts inside the transaction that orders the gate's decisions, so that two of them never count the same past.</summary>
internal static class FactsCollector
{
    public static async Task<FactsSnapshot> CollectAsync(
        DatabaseSession session, Proposal proposal, Preferences preferences, DecisionPolicy policy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var controls = await ControlStore.ReadAsync(session, cancellationToken);
        var at = now.ToUnixTimeMilliseconds();
        var dayStart = preferences.StartOfDay(now).ToUnixTimeMilliseconds();
        var counts = new Counting(session, at, dayStart, cancellationToken);
        var down = (await session.QueryAsync<string>("SELECT name FROM target_health", null, cancellationToken)).ToHashSet(StringComparer.OrdinalIgnoreCase);

        // What compose files and environments say counts for what an action reaches; that a parent is down is told by what people configured only.
        var needs = await session.QueryAsync<Need>("SELECT from_id AS Child, to_id AS Parent FROM inventory_edges WHERE why IN ('compose', 'environment')", null, cancellationToken);
        var reach = preferences.Dependencies.With(needs.Select(need => (NameOf(need.Child), NameOf(need.Parent))));

        List<CandidateFacts> steps = [];
        for (var i = 0; i < proposal.Plan.Steps.Count; i++)
            steps.Add(await StepAsync(proposal, i, preferences, policy, counts, down, reach, now));

        var local = TimeZoneInfo.ConvertTime(now, preferences.Zone);
        return new FactsSnapshot
        {
            At = now,
            Incident = new IncidentFacts { Type = proposal.IncidentType, Cause = proposal.Cause, RequestedBy = proposal.RequestedBy },
            Time = new TimeFacts { Hour = local.Hour, Day = local.DayOfWeek, QuietHours = preferences.QuietHours.Any(window => window.IsOpen(now, preferences.Zone)) },
            Controls = new ControlFacts
            {
                Stopped = controls.Stop is not null,
                Paused = controls.Pause is not null,
                BreakerOpen = controls.Breaker is not null,
                ConsecutiveFailures = controls.Breaker is { } breaker && int.TryParse(breaker.Value, out var failures) ? failures : 0,
                Autonomy = controls.Autonomy ?? preferences.Autonomy,
                ActionsToday = await counts.TodayAsync(null, null),
                ActionsPerDay = preferences.ActionsPerDay,
            },
            Candidates =
            [
                steps[proposal.Main] with
                {
                    PlanHash = proposal.Plan.Hash,
                    Steps = [.. steps.Where((_, index) => index != proposal.Main)],
                },
            ],
        };
    }

    private static async Task<CandidateFacts> StepAsync(
        Proposal proposal, int index, Preferences preferences, DecisionPolicy policy, Counting counts, HashSet<string> down, DependencyGraph reach, DateTimeOffset now)
    {
        var (step, descriptor) = (proposal.Plan.Steps[index], proposal.Descriptors[index]);
        var effect = proposal.Effects[index] switch
        {
            Effect.Reversible => EffectKind.Reversible,
            Effect.Disruptive => EffectKind.Disruptive,
            _ => EffectKind.Destructive,
        };
        var (id, name) = (step.Target.Id, step.Target.Name);
        var agreed = IsAgreedHost(descriptor, step.Target, preferences);
        var windows = preferences.WindowsOf(id, name);
        var cooldown = preferences.CooldownOf(descriptor.Id, id, name);
        var last = await counts.LastAsync(descriptor.Id, id, proposal.RunId, proposal.StepId);
        var parents = preferences.Dependencies.Ancestors(name).Concat(preferences.Dependencies.Ancestors(id));
        return new CandidateFacts
        {
            Action = descriptor.Id,
            Target = new TargetFacts
            {
                Id = id,
                Kind = step.Target.Kind,
                Name = name,
                Critical = preferences.IsCritical(id, name),
                Down = down.Contains(name) || down.Contains(id),
                BlastRadius = Math.Max(reach.BlastRadius(name), reach.BlastRadius(id)),
                ParentDown = parents.FirstOrDefault(down.Contains),
            },
            Effect = agreed && effect == EffectKind.Disruptive ? EffectKind.Reversible : effect,
            DataRisk = (Hazard)Math.Max(agreed ? (int)Hazard.Low : (int)descriptor.DataRisk, (int)proposal.Risk),
            AvailabilityRisk = agreed ? Hazard.None : (Hazard)descriptor.AvailabilityRisk,
            Prediction = proposal.Diagnosis ?? (proposal.RequestedBy is null ? policy.Steps.Prediction : policy.Steps.RequestedPrediction),
            ImpactCertainty = policy.Steps.ImpactCertainty,
            RollbackFeasibility = (descriptor.NoUndoReason is null ? policy.Steps.Rollback : policy.Steps.RollbackWithoutUndo)[effect],
            History = await counts.HistoryAsync(descriptor.Id, proposal.IncidentType, proposal.Prior),
            Approval = preferences.ClassOf(descriptor.Id, id, name),
            Autonomy = preferences.ServiceOf(id, name)?.Autonomy,
            CooldownUntil = proposal.UndoOf is null && last is { } used && used + cooldown > now ? used + cooldown : null,
            TargetActions = await counts.TodayAsync("target_id", id),
            TargetBudget = preferences.ServiceOf(id, name)?.ActionsPerDay ?? preferences.ActionsPerTarget,
            CauseActions = await counts.TodayAsync("cause", proposal.Cause),
            CauseBudget = preferences.ActionsPerCause,
            CanWait = proposal.CanWait,
            InMaintenanceWindow = windows.Count == 0 || windows.Any(window => window.IsOpen(now, preferences.Zone)),
            NextWindow = windows.Select(window => window.NextOpening(now, preferences.Zone)).Min(),
        };
    }

    /// <summary>An HTTP request that changes something goes to a host the household listed.</summary>
    private static bool IsAgreedHost(ActivityDescriptor descriptor, ActivityTarget target, Preferences preferences) =>
        descriptor.Tool == "Http" && Uri.TryCreate(target.Name, UriKind.Absolute, out var address) && preferences.HttpHosts.Any(host => Pattern.Fits(host, address.Host));

    private sealed class Counting(DatabaseSession session, long now, long dayStart, CancellationToken cancellationToken)
    {
        /// <param name="column">A column name of ours, never from outside.</param>
        public async Task<int> TodayAsync(string? column, string? value) => (int)await session.ScalarAsync<long>(
            $"SELECT COUNT(*) FROM authorizations WHERE issued_at >= @dayStart AND {Authorizations.Counted}{(column is null ? "" : $" AND {column} = @value")}",
            new { now, dayStart, value },
            cancellationToken);

        /// <summary>Other attempts of the very step are no other action.</summary>
        public async Task<DateTimeOffset?> LastAsync(string activity, string target, string run, string step) => await session.ScalarAsync<long?>(
            $"""
            SELECT MAX(COALESCE(used_at, issued_at)) FROM authorizations
            WHERE activity_id = @activity AND target_id = @target AND {Authorizations.Counted} AND NOT (run_id = @run AND COALESCE(step_id, '') = @step)
            """,
            new { now, activity, target, run, step },
            cancellationToken) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

        /// <summary>A person's no overturns what looking said; a yes counts once more.</summary>
        public async Task<HistoryFacts> HistoryAsync(string activity, string incidentType, HistoryFacts prior)
        {
            var results = await session.QueryAsync<ResultCount>(
                """
                SELECT CASE WHEN said.no > 0 AND result = 'succeeded' THEN 'notVerified' ELSE result END AS Result,
                       COUNT(*) + SUM(CASE WHEN result = 'succeeded' AND said.no = 0 AND said.yes > 0 THEN 1 ELSE 0 END) AS Count
                FROM authorizations
                LEFT JOIN (SELECT incident_id, SUM(worked) AS yes, SUM(1 - worked) AS no FROM incident_feedback GROUP BY incident_id) said ON said.incident_id = authorizations.cause
                WHERE activity_id = @activity AND incident_type = @incidentType AND finished_at IS NOT NULL GROUP BY 1
                """,
                new { activity, incidentType },
                cancellationToken);
            var (successes, failures) = ((long)prior.Successes, (long)prior.Failures);
            foreach (var result in results)
            {
                if (result.Result == "succeeded")
                    successes += result.Count;
                else
                    failures += result.Count;
            }

            return new HistoryFacts((int)successes, (int)failures);
        }
    }

    /// <summary>An id of the inventory ends with the name that targets have.</summary>
    private static string NameOf(string id) => id[(id.LastIndexOf('/') + 1)..];

    private sealed record Need
    {
        public string Child { get; init; } = "";

        public string Parent { get; init; } = "";
    }

    private sealed record ResultCount
    {
        public string Result { get; init; } = "";

        public long Count { get; init; }
    }
}
