using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Gate;
using Homelab.Engine.Incidents;
using Homelab.Engine.Remediation;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Microsoft.Extensions.Options;
using Incident = Homelab.Engine.Incidents.Incident;

namespace Homelab.Engine.Playbooks;

/// <summary>
/// Heals an incident, one look at a time: chooses a playbook, sends its exact plan to the gate, follows the plan's run, and writes the incident's state. Everything it decides is stored
/// before it is done, so that the next look, after a crash too, goes on with the same plan.
/// </summary>
internal sealed class RemedyDesk(
    IncidentStore incidents, IncidentDesk desk, IncidentLog log, RemedyStore store, Candidates candidates, PlaybookPlanner planner, PlanDesk plans, FiringAlerts alerts, Dispatch.Runs runs,
    People people, Database database, IOptionsMonitor<PlaybookSettings> settings, TimeProvider time)
{
    public const string By = "self-healing";

    /// <summary>So often in a row everything must be seen as it should be before an incident counts as over without anything done.</summary>
    private const int QuietLooks = 3;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public async Task<Remedy> LookAsync(string incidentId, ActivityContext context, CancellationToken cancellationToken)
    {
        if (await incidents.FindAsync(incidentId, cancellationToken) is not { } incident)
            return Remedy.Over("unknown", $"There is no incident {incidentId}.");
        var attempts = await store.AttemptsAsync(incident.Id, cancellationToken);
        if (attempts is [.., { Outcome: null } active])
        {
            if (context.DryRun)
                return Remedy.Over("dryRun", $"The playbook {active.Playbook} is at work for it.");
            var followed = await FollowAsync(incident, active, context, cancellationToken);
            if (followed is not null)
                return followed;
            attempts = await store.AttemptsAsync(incident.Id, cancellationToken);
            incident = await incidents.FindAsync(incident.Id, cancellationToken) ?? incident;
        }

        return incident.IsOpen
            ? await ChooseAsync(incident, attempts, context, cancellationToken)
            : Remedy.Over(IncidentJson.Name(incident.State), "It is over.");
    }

    /// <summary>Null where the attempt is over and the next playbook may be tried.</summary>
    private async Task<Remedy?> FollowAsync(Incident incident, AttemptRow attempt, ActivityContext context, CancellationToken cancellationToken)
    {
        if (attempt.RunId is not { } runId)
        {
            if (!incident.IsOpen)
                return await EndAsync(incident, attempt, "notNeeded", "It was over before anything was done.", cancellationToken);
            // Sent with a key of its own: whoever comes back after a crash gets the run that was started before.
            var sent = await plans.SubmitAsync(
                GateJson.Read<PlanRequest>(attempt.Request), By, isPerson: false, dryRun: false, $"attempt/{attempt.Id}", cancellationToken, GateJson.Read<PlanEvidence>(attempt.Evidence));
            if (sent is PlanResult.Invalid invalid)
                return await EndAsync(incident, attempt, "invalid", string.Join(" ", invalid.Faults.Select(fault => $"{fault.Path}: {fault.Rule}")), cancellationToken);
            runId = ((PlanResult.Started)sent).Run.Value;
            await store.StartedAsync(attempt.Id, runId, cancellationToken);
            attempt = attempt with { RunId = runId };
        }

        var run = await runs.FindAsync(new RunId(runId), cancellationToken);
        var (begun, succeeded) = await store.StepsAsync(runId, cancellationToken);
        if (run is { Status: not RunStatus.Finished })
        {
            if (!incident.IsOpen && begun == 0)
            {
                await runs.SendAsync(run.Id, new RunEvent.Cancel("The incident is over, so nothing needs to be done."), $"over/{attempt.Id}", cancellationToken);
                return await EndAsync(incident, attempt, "notNeeded", "It was over before anything was done.", cancellationToken) ?? Remedy.Over("resolved", "It is over.");
            }

            if (incident.IsOpen)
                await TellProgressAsync(incident, attempt, runId, begun, succeeded, cancellationToken);
            return Remedy.Again(WaitFor(attempt), $"The playbook {attempt.Playbook} is at work.", attempt);
        }

        var outcome = await store.OutcomeAsync(runId, cancellationToken) ?? new OutcomeRow { Outcome = "unknown", Why = "Its run ended without saying how." };
        if (outcome.Outcome != "verified" || !incident.IsOpen || await alerts.LookAsync(incident.Id, context, cancellationToken) is not { } seen)
            return await EndAsync(incident, attempt, outcome.Outcome, outcome.Why, cancellationToken);

        // Prometheus sees it at its next scrape, and a rule over a long window much later: what was read of the target itself counts then.
        var waited = time.GetUtcNow() - (run?.FinishedAt ?? DateTimeOffset.MinValue);
        if (seen.Fires && waited < settings.CurrentValue.AlertPatience)
        {
            await MoveAsync(incident, IncidentState.Verifying, $"Looking showed that it helped; waiting for Prometheus to see it too ({seen.Alert}).", new IncidentLinks { Run = runId }, cancellationToken);
            return Remedy.Again(WaitFor(attempt), $"{seen.Alert} still fires in the Prometheus {seen.Connection}.", attempt);
        }

        var said = seen.Fires ? $"The Prometheus {seen.Connection} still fires {seen.Alert} after {waited.TotalSeconds:0} s." : $"The Prometheus {seen.Connection} does not fire {seen.Alert} any more.";
        return await EndAsync(incident, attempt, outcome.Outcome, $"{outcome.Why} {said}".Trim(), cancellationToken);
    }

    private async Task TellProgressAsync(Incident incident, AttemptRow attempt, string runId, long begun, long succeeded, CancellationToken cancellationToken)
    {
        var links = new IncidentLinks { Run = runId };
        var steps = GateJson.Read<PlanRequest>(attempt.Request);
        if ((await runs.BookmarksAsync(new RunId(runId), Interpreter.ApprovalBookmark, null, cancellationToken)).Count > 0)
            await MoveAsync(incident, IncidentState.Waiting, $"{steps.Title} waits for a person's yes.", links, cancellationToken);
        else if (succeeded >= steps.Snapshot.Count + steps.Steps.Count)
            await MoveAsync(incident, IncidentState.Verifying, $"{steps.Title} was done; looking whether it helped.", links, cancellationToken);
        else if (begun > 0)
            await MoveAsync(incident, IncidentState.Acting, $"{steps.Title} has begun.", links, cancellationToken);
    }

    private async Task<Remedy?> EndAsync(Incident incident, AttemptRow attempt, string outcome, string why, CancellationToken cancellationToken)
    {
        var (title, links) = (GateJson.Read<PlanRequest>(attempt.Request).Title, new IncidentLinks { Run = attempt.RunId });
        var words = outcome switch
        {
            "invalid" => "It could not be planned, so nothing was done.",
            "notNeeded" => "It was not needed any more, and nothing was done.",
            "unknown" => "How it ended is not known.",
            _ => PlanOutcome.Words(outcome),
        };
        var text = $"{title}: {words}{(why.Length > 0 ? $" ({why})" : "")}";
        var mayGoOn = outcome is "rolledBack" or "notHelped" or "invalid";
        if (outcome is "verified" or "done")
        {
            await MoveAsync(incident, IncidentState.Verifying, $"{title} was done; looking whether it helped.", links, cancellationToken);
            await store.EndedAsync(attempt.Id, outcome, why, cancellationToken);
            if (!await MoveAsync(incident, IncidentState.Resolved, text, links, cancellationToken))
                await log.AppendAsync(incident.Id, "plan", text, links, cancellationToken, By);
            return Remedy.Over("resolved", text, attempt);
        }

        await store.EndedAsync(attempt.Id, outcome, why, cancellationToken);
        await log.AppendAsync(incident.Id, "plan", text, links, cancellationToken, By);
        if (!incident.IsOpen)
            return Remedy.Over(IncidentJson.Name(incident.State), text, attempt);
        if (mayGoOn)
        {
            await MoveAsync(incident, IncidentState.Diagnosing, "The next playbook is looked for.", null, cancellationToken);
            return null;
        }

        // How a plan ended was told to people with the plan.
        return await MoveAsync(incident, IncidentState.NeedsPerson, text, links, cancellationToken) ? Remedy.Over("needsPerson", text, attempt) : Remedy.Over("resolved", text, attempt);
    }

    private async Task<Remedy> ChooseAsync(Incident incident, IReadOnlyList<AttemptRow> attempts, ActivityContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var tried = attempts.Where(attempt => now - DateTimeOffset.FromUnixTimeMilliseconds(attempt.StartedAt) < Day && attempt.Outcome is not "notNeeded").ToList();
        if (tried.Count >= settings.CurrentValue.MaxAttempts)
            return await GiveUpAsync(incident, $"{tried.Count} playbooks were tried for it within a day, which is the most.", context, cancellationToken);

        var (findings, diagnosis) = await store.FindingsAsync(incident.Id, cancellationToken);
        var names = IncidentNames.Of(incident.ToJson(), findings, diagnosis);
        List<string> reasons = [];
        PlannedPlaybook? fine = null;
        (Playbook Playbook, PlanRequest Plan)? refused = null;
        foreach (var playbook in await candidates.OfAsync(names, cancellationToken))
        {
            if (tried.Exists(attempt => attempt.Playbook == playbook.Id && attempt.Outcome is not ("verified" or "done")))
            {
                reasons.Add($"{playbook.Id}: it was tried and did not help");
                continue;
            }

            if (await store.LastAsync(playbook.Id, incident.Target, cancellationToken) is { } last && DateTimeOffset.FromUnixTimeMilliseconds(last.StartedAt) + playbook.Cooldown > now)
            {
                reasons.Add($"{playbook.Id}: it was tried {(now - DateTimeOffset.FromUnixTimeMilliseconds(last.StartedAt)).TotalMinutes:0} min ago and cools down for {playbook.Cooldown.TotalMinutes:0} min");
                continue;
            }

            var planned = await planner.PlanAsync(playbook, names, context, cancellationToken);
            if (planned.Plan is { } plan)
            {
                // What the gate would refuse is passed over for the next one; where nothing else is left it is sent all the same, so that the refusal is on record and people are told of it.
                if (await plans.WhyRefusedAsync(plan, By, Evidence(playbook, diagnosis), cancellationToken) is not { } whyRefused)
                    return await BeginAsync(incident, playbook, plan, diagnosis, attempts, reasons, context, cancellationToken);
                refused ??= (playbook, plan);
                reasons.Add($"{playbook.Id}: {whyRefused}");
                continue;
            }

            reasons.Add($"{playbook.Id}: {planned.WhyNot}");
            fine ??= planned.IsRead && await planner.IsFineAsync(planned, context, cancellationToken) ? planned : null;
        }

        if (refused is { } only)
            return await BeginAsync(incident, only.Playbook, only.Plan, diagnosis, attempts, [], context, cancellationToken);
        if (context.DryRun)
            return Remedy.Over("dryRun", reasons.Count == 0 ? $"No playbook is for {incident.Kind} on {incident.Target ?? "an unknown target"}." : string.Join("; ", reasons));
        if (fine is not null)
        {
            // What is read says that nothing is wrong. Once may be a lucky moment.
            if (await store.CountQuietAsync(incident.Id, quiet: true, cancellationToken) < QuietLooks)
                return Remedy.Again(TimeSpan.FromSeconds(Math.Clamp(fine.Playbook.Verify.EverySeconds, 1, 60)), "It looks as it should be; it is looked at again.");
            var text = $"It was seen {QuietLooks} times in a row as it should be, so nothing was done ({fine.Playbook.Verify.Expression}).";
            await MoveAsync(incident, IncidentState.Resolved, text, null, cancellationToken);
            return Remedy.Over("resolved", text);
        }

        await store.CountQuietAsync(incident.Id, quiet: false, cancellationToken);
        return await GiveUpAsync(
            incident, reasons.Count == 0 ? $"No playbook is for {incident.Kind} on {incident.Target ?? "an unknown target"}." : $"No playbook can be used: {string.Join("; ", reasons)}.", context, cancellationToken);
    }

    private async Task<Remedy> BeginAsync(
        Incident incident, Playbook playbook, PlanRequest plan, JsonObject diagnosis, IReadOnlyList<AttemptRow> attempts, List<string> passedOver, ActivityContext context,
        CancellationToken cancellationToken)
    {
        if (context.DryRun)
            return Remedy.Over("dryRun", $"{plan.Title} would be done: {string.Join(", ", plan.Steps.Select(step => $"{step.Activity} {step.Input?.ToJsonString()}"))}");
        // Choosing reads the world, which takes its time.
        if (await incidents.FindAsync(incident.Id, cancellationToken) is not { IsOpen: true })
            return Remedy.Over("resolved", "It was over before anything was done.");
        var now = time.GetUtcNow();
        var number = attempts.Count + 1;
        var begun = await store.BeginAsync(
            new AttemptRow
            {
                Id = $"{incident.Id}-{number}",
                IncidentId = incident.Id,
                Kind = incident.Kind,
                Target = incident.Target,
                Playbook = playbook.Id,
                Number = number,
                Request = GateJson.Write(plan),
                Evidence = GateJson.Write(Evidence(playbook, diagnosis)),
                StartedAt = now.ToUnixTimeMilliseconds(),
            },
            cancellationToken);
        if (begun is null)
        {
            await MoveAsync(incident, IncidentState.Waiting, $"Another incident's playbook works on {incident.Target} just now; this one waits for it.", null, cancellationToken);
            return Remedy.Again(TimeSpan.FromSeconds(5), "Another playbook works on the same target.");
        }

        await log.AppendAsync(
            incident.Id, "plan", $"Chose the playbook {playbook.Id}: {plan.Title}. {diagnosis["says"]?.ToString() ?? ""}{(passedOver.Count == 0 ? "" : $" Passed over: {string.Join("; ", passedOver)}.")}".TrimEnd(), null, cancellationToken, By);
        // Sent by the same code that sends it again after a crash.
        return await FollowAsync(incident, begun, context, cancellationToken) ?? Remedy.Again(TimeSpan.FromSeconds(1), "The next playbook is looked for.");
    }

    private static PlanEvidence Evidence(Playbook playbook, JsonObject diagnosis) => new(
        playbook.Id, diagnosis["certainty"] is JsonValue value && value.TryGetValue(out double known) ? known : Diagnosis.Diagnostician.Unknown, playbook.Risk, playbook.Prior.Successes, playbook.Prior.Failures);

    private async Task<Remedy> GiveUpAsync(Incident incident, string why, ActivityContext context, CancellationToken cancellationToken)
    {
        if (context.DryRun)
            return Remedy.Over("dryRun", why);
        if (incident.State != IncidentState.NeedsPerson)
        {
            // Nobody is called to what was over meanwhile.
            if (!await MoveAsync(incident, IncidentState.NeedsPerson, why, null, cancellationToken))
                return Remedy.Over("resolved", "It was over before anything was done.");
            var notice = new Notice($"remedy-{incident.Id}-{incident.Openings}", time.GetUtcNow(), "alert", IncidentJson.Name(incident.Severity), false, $"{incident.Title}: a person is needed. {why}");
            var isNew = await database.WriteAsync(
                async session =>
                {
                    if (await session.ScalarAsync<long>("SELECT COUNT(*) FROM notices WHERE id = @Id", new { notice.Id }, cancellationToken) > 0)
                        return false;
                    await People.StoreAsync(session, notice, cancellationToken);
                    return true;
                },
                cancellationToken);
            if (isNew)
                await people.TellAsync(notice, cancellationToken);
        }

        return Remedy.Over("needsPerson", why);
    }

    /// <summary>By way of the states between, where the way is not direct. False where it is over: what ended meanwhile is not set back.</summary>
    private async Task<bool> MoveAsync(Incident incident, IncidentState to, string reason, IncidentLinks? links, CancellationToken cancellationToken)
    {
        if (await incidents.FindAsync(incident.Id, cancellationToken) is not { IsOpen: true } current)
            return false;
        if (to == IncidentState.Verifying && current.State is not (IncidentState.Acting or IncidentState.Verifying))
            await desk.SetStateAsync(incident.Id, IncidentState.Acting, reason, cancellationToken, By, links: links);
        if (to == IncidentState.Resolved && current.State == IncidentState.Acting)
            await desk.SetStateAsync(incident.Id, IncidentState.Verifying, reason, cancellationToken, By, links: links);
        return await desk.SetStateAsync(incident.Id, to, reason, cancellationToken, By, links: links) is IncidentChange.Done;
    }

    /// <summary>Quick while a step is at work, seldom while a person is waited for.</summary>
    private TimeSpan WaitFor(AttemptRow attempt) => (time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(attempt.StartedAt)).TotalSeconds switch
    {
        < 15 => TimeSpan.FromSeconds(1),
        < 90 => TimeSpan.FromSeconds(2),
        _ => TimeSpan.FromSeconds(10),
    };
}

/// <summary>What one look at an incident came to.</summary>
internal sealed record Remedy(bool Finished, string Outcome, TimeSpan Wait, string Why, string? Playbook, string? Run)
{
    public static Remedy Over(string outcome, string why, AttemptRow? attempt = null) => new(true, outcome, TimeSpan.Zero, why, attempt?.Playbook, attempt?.RunId);

    public static Remedy Again(TimeSpan wait, string why, AttemptRow? attempt = null) => new(false, "", wait, why, attempt?.Playbook, attempt?.RunId);

    public JsonObject ToJson() => new()
    {
        ["finished"] = Finished,
        ["outcome"] = Outcome,
        ["wait"] = Wait.ToString("c", System.Globalization.CultureInfo.InvariantCulture),
        ["why"] = Why,
        ["playbook"] = Playbook,
        ["run"] = Run,
    };
}
