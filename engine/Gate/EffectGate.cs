using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Audit;
using Homelab.Engine.Controls;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Gate;

/// <summary>
/// Nothing with an effect runs without its word. A step is allowed by an unused authorization for exactly this activity, target and parameters of this run; where
/// there is none, a plan of this one step is decided on the spot. Whatever goes wrong in here is a refusal, and people are told.
/// </summary>
internal sealed partial class EffectGate(
    Database database,
    LiveSettings settings,
    ActivityCatalog catalog,
    ClockGuard clock,
    HashKey key,
    EffectDoor door,
    People people,
    GateMetrics metrics,
    TimeProvider time,
    ILogger<EffectGate> logger) : IGate
{
    /// <summary>Between being allowed on the spot and being begun lie milliseconds; whatever took longer is asked again.</summary>
    internal static readonly TimeSpan OnTheSpot = TimeSpan.FromMinutes(1);

    public async Task<GateAnswer> AskAsync(GateRequest request, CancellationToken cancellationToken)
    {
        var effect = EffectOf(request);
        if (effect == Effect.None)
            return new GateAnswer.Allowed(null);
        try
        {
            if (await ObstacleAsync(request, cancellationToken) is { } obstacle)
                return await RefuseAsync(request, obstacle, cancellationToken);

            // ObstacleAsync has seen that these are there; one snapshot of each is used throughout.
            var (policy, preferences) = (settings.Policy!, settings.Preferences!);
            var step = PlannedStep.Of(request.Descriptor, request.Target!, request.Input, await key.ReadAsync(cancellationToken));
            var asked = await database.WriteAsync(session => DecideAsync(session, request, step, effect, policy, preferences, cancellationToken), cancellationToken);
            if (asked.Notice is { } notice)
            {
                var told = await people.TellAsync(notice, cancellationToken);
                if (asked.AfterTelling is { } after)
                    asked = await database.WriteAsync(session => AfterTellingAsync(session, told, after, cancellationToken), cancellationToken);
            }

            if (asked.Approval is { } approval)
                await people.AskAsync(approval, AskKind.Question, cancellationToken);
            return asked.Answer;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Failed(logger, exception, request.RunId.Value, request.StepId);
            return await RefuseAsync(request, $"the decision could not be made ({exception.GetType().Name})", cancellationToken);
        }
    }

    public Task<JsonNode?> PerformAsync(IActivityInvoker invoker, JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        door.ExecuteAsync(invoker, input, context, cancellationToken);

    public Task SettleAsync(RunId run, string stepId, int attempt, Probe found, CancellationToken cancellationToken) =>
        door.SettleAsync(run.Value, stepId, attempt, found, cancellationToken);

    private Effect EffectOf(GateRequest request) =>
        // An activity the catalogue does not know is taken at its descriptor's word, never for less.
        catalog.TryFind(request.Descriptor.Id, out var invoker) ? invoker.EffectOf(request.Input) : request.Descriptor.Effect;

    /// <summary>What keeps anything from being decided; null when nothing does.</summary>
    private async Task<string?> ObstacleAsync(GateRequest request, CancellationToken cancellationToken)
    {
        if (settings.Policy is null)
            return $"there are no usable rules in {settings.RulesDirectory}; mend them and it works again";
        if (settings.Preferences is null)
            return $"the preferences in {settings.PreferencesFile} cannot be used; mend them and it works again";
        if (request.Target is null || string.IsNullOrWhiteSpace(request.Target.Id))
            return "its target is not known";
        // Makes the ledger on the first start, so that its time can be read.
        _ = await key.ReadAsync(cancellationToken);
        clock.Remember(await Ledger.LastSeenAsync(database, cancellationToken));
        return clock.Jump() is { } jump
            ? $"the clock jumped by {jump.TotalSeconds:0} s; confirm that it is right now (homelab controls clock)"
            : null;
    }

    private async Task<GateAnswer> RefuseAsync(GateRequest request, string reason, CancellationToken cancellationToken)
    {
        var text = $"{request.Descriptor.Id} on {request.Target?.Name ?? "an unknown target"} was not executed, because {reason}.";
        await people.CryAsync(text, time.GetUtcNow(), cancellationToken);
        return new GateAnswer.Refused(text);
    }

    private async Task<Asked> DecideAsync(
        DatabaseSession session, GateRequest request, PlannedStep step, Effect effect, DecisionPolicy policy, Preferences preferences, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
        var (proposal, plan) = await ProposalAsync(session, request, step, effect, cancellationToken);

        if (!request.DryRun && await Authorizations.FindAsync(session, request, step, now, cancellationToken) is { } covering)
            return new Asked(new GateAnswer.Allowed(Authorizations.Use(covering, request, step, now)));

        // An end of its alerts may come between the choice and the first step; what was begun goes on to its end, or back.
        if (!request.DryRun && plan is { RequestedByPerson: 0, UndoOf: null } && await IsOverAsync(session, proposal.Cause, request, plan, cancellationToken))
            return new Asked(new GateAnswer.Refused("The incident is over, so nothing is begun for it."));

        var given = request.DryRun ? null : await ApprovalStore.LatestAsync(session, request.RunId.Value, request.StepId, cancellationToken);
        if (given is { State: "pending" } && given.PlanHash == proposal.Plan.Hash)
            return new Asked(new GateAnswer.Held(given.Id, given.Question, given.DecisionId));
        if (given is { State: "approved", ResumeAt: { } from } && given.PlanHash == proposal.Plan.Hash && from > now.ToUnixTimeMilliseconds())
            return new Asked(new GateAnswer.Held(given.Id, $"{given.AnsweredBy} approved it for later.", given.DecisionId));
        if (given is { State: "denied" or "timedOut" } && given.PlanHash == proposal.Plan.Hash)
            return new Asked(new GateAnswer.Refused(given.State == "denied" ? $"{given.AnsweredBy} denied it." : "Nobody answered in time, which is a no.", given.DecisionId));

        var facts = await FactsCollector.CollectAsync(session, proposal, preferences, policy, now, cancellationToken);
        var record = Deciding.Decide(facts, policy);
        var decision = DecisionLog.Row(request, proposal, facts, record, now);
        await session.ExecuteAsync(Sql.Insert<DecisionRow>("decisions"), decision, cancellationToken);
        await AuditTrail.AppendAsync(
            session, now, "gate", "decided", decision.Id,
            new { decision.Verdict, decision.Action, decision.TargetId, decision.PlanHash, decision.RunId, decision.StepId, request.DryRun, decision.PolicyVersion }, cancellationToken);
        if (request.DryRun)
            return new Asked(new GateAnswer.Allowed(null));
        metrics.Decided(decision);

        // A person's yes stands for asking; it never stands against a refusal, nor for more risk than the person was shown.
        var context = new Decided(request, step, proposal, plan, decision, record, preferences, now);
        if (record.Verdict == Verdict.Ask && ApprovalStore.Covers(given, step, proposal.Plan.Hash, preferences, now) && !IsRiskier(record, given!))
            return await AllowAsync(session, context, given!.AnsweredBy ?? "a person", given.Id, awaitsNotice: false, cancellationToken);
        if (record.Verdict == Verdict.Ask && await IsRequestedAsync(session, context, cancellationToken))
            return await AllowAsync(session, context, plan!.RequestedBy, null, awaitsNotice: false, cancellationToken);
        if (await WayBackAsync(session, context, cancellationToken) is { } before)
            return await AllowAsync(session, context, before.Autonomous == 1 ? null : before.IssuedBy, before.ApprovalId, awaitsNotice: false, cancellationToken, wayBack: true);
        return record.Verdict switch
        {
            Verdict.Execute => await AllowAsync(session, context, null, null, awaitsNotice: false, cancellationToken),
            Verdict.TellFirst => (await AllowAsync(session, context, null, null, awaitsNotice: true, cancellationToken)) with
            {
                Notice = await NoticeAsync(session, decision, "before", "info", facts, now, cancellationToken),
                AfterTelling = context,
            },
            Verdict.Ask => await HoldAsync(session, context, cancellationToken),
            _ => new Asked(new GateAnswer.Refused(decision.Sentence, decision.Id))
            {
                Notice = await NoticeAsync(session, decision, "alert", "warning", facts, now, cancellationToken),
            },
        };
    }

    /// <summary>The plan that the step's definition carries out, where the step is exactly one of its steps and not begun yet; otherwise a plan of this one step.</summary>
    private async Task<(Proposal Proposal, PlanRow? Plan)> ProposalAsync(DatabaseSession session, GateRequest request, PlannedStep step, Effect effect, CancellationToken cancellationToken)
    {
        var cause = request.CorrelationId ?? request.RunId.Value;
        if (await PlanStore.FindAsync(session, request.DefinitionId, cancellationToken) is { } plan)
        {
            var steps = plan.ReadSteps();
            var used = await PlanStore.UsedAsync(session, plan.Hash, request.RunId.Value, cancellationToken);
            var open = Enumerable.Range(0, steps.Count).Where(index => !used.Contains(index));
            var isOpen = open.Any(index => IsSame(steps[index].Step, step));
            var proposal = isOpen
                ? Proposal.Of(plan, catalog, request.RunId.Value, request.StepId, cause)
                // Begun before and interrupted: it is decided alone, by what the plan knows.
                : new Proposal(new Plan([step]), [request.Descriptor], [effect], request.RunId.Value, request.StepId, plan.IncidentType, cause, Diagnosis: plan.Certainty);
            if (isOpen || steps.Any(one => IsSame(one.Step, step)))
            {
                return (proposal.With(plan), isOpen ? plan : null);
            }
        }

        return (new Proposal(new Plan([step]), [request.Descriptor], [effect], request.RunId.Value, request.StepId, request.DefinitionId, cause), null);
    }

    private static async Task<bool> IsOverAsync(DatabaseSession session, string incident, GateRequest request, PlanRow plan, CancellationToken cancellationToken) =>
        await session.ScalarAsync<string?>("SELECT state FROM incidents WHERE id = @incident", new { incident }, cancellationToken) is "resolved" or "closed"
        && (await PlanStore.UsedAsync(session, plan.Hash, request.RunId.Value, cancellationToken)).Count == 0;

    private static bool IsSame(PlannedStep planned, PlannedStep step) =>
        planned.ActivityId == step.ActivityId && planned.Target.Id == step.Target.Id && planned.ParametersHash == step.ParametersHash;

    /// <summary>Changes may make a step riskier than what was answered: then it is asked again.</summary>
    private static bool IsRiskier(DecisionRecord record, ApprovalRow given) =>
        !Enum.TryParse<Risk>(given.Risk, ignoreCase: true, out var shown) || (record.Chosen?.Risk ?? Risk.High) > shown;

    /// <summary>Whoever asks to take back one certain change, and might answer the question about it, has answered it. For a while, and for one run.</summary>
    private static async Task<bool> IsRequestedAsync(DatabaseSession session, Decided context, CancellationToken cancellationToken) =>
        context is { Plan: { UndoOf: { } undoOf, RequestedByPerson: 1 } plan, Preferences.Approvals: var approvals }
        && context.Now.ToUnixTimeMilliseconds() - plan.CreatedAt is var age && age >= 0 && age <= (long)approvals.ValidFor.TotalMilliseconds
        && approvals.Allows(plan.RequestedBy, context.Record.Chosen?.Risk ?? Risk.High)
        && await PlanStore.IsFirstRunAsync(session, plan.Hash, undoOf, context.Request.RunId.Value, cancellationToken);

    /// <summary>
    /// Whoever or whatever allowed a plan allowed its way back: a change that failed does not stay because nobody is awake. Never against what refuses or pauses, nor for more risk
    /// or a stricter class than what is taken back had; being unproven or beyond a budget only ever asks, and that was answered with the plan.
    /// </summary>
    private static async Task<AllowedBefore?> WayBackAsync(DatabaseSession session, Decided context, CancellationToken cancellationToken)
    {
        var (request, step, _, plan, _, record, _, now) = context;
        if (plan is null || record.Chosen is not { } back || !(record.Verdict == Verdict.Ask || (record.Verdict == Verdict.AlertOnly && back.Reasons.All(bound => bound.Name == "matrix"))))
            return null;
        if (plan.WayBack == 1)
        {
            var age = now.ToUnixTimeMilliseconds() - plan.CreatedAt;
            if (age < 0 || age > plan.Lifetime || plan.UndoOf is null || !await PlanStore.IsFirstRunAsync(session, plan.Hash, plan.UndoOf, request.RunId.Value, cancellationToken))
                return null;
        }
        else
        {
            var steps = plan.ReadSteps();
            var used = await PlanStore.UsedAsync(session, plan.Hash, request.RunId.Value, cancellationToken);
            if (!used.Any(index => steps[index].Role == PlanRole.Action) || !steps.Any(one => one.Role == PlanRole.Rollback && IsSame(one.Step, step)))
                return null;
        }

        return await PlanStore.AllowedBeforeAsync(session, plan.UndoOf, request.RunId.Value, plan.Hash, cancellationToken) is { } before && before.Covers(back) ? before : null;
    }

    /// <param name="wayBack">Of a plan's steps only those that take back.</param>
    private static async Task<Asked> AllowAsync(
        DatabaseSession session, Decided context, string? person, string? approvalId, bool awaitsNotice, CancellationToken cancellationToken, bool wayBack = false)
    {
        var (request, step, proposal, plan, decision, _, _, now) = context;
        if (plan is null)
        {
            var issued = Authorizations.Of(proposal, 0, decision, request.StepId, person, approvalId, awaitsNotice, now, now + OnTheSpot);
            await Authorizations.IssueAsync(session, issued, cancellationToken);
            return new Asked(new GateAnswer.Allowed(Authorizations.Use(issued, request, step, now)));
        }

        // All that is still to come is decided at once; what an earlier decision of this plan allowed is replaced.
        await session.ExecuteAsync(
            "UPDATE authorizations SET revoked_at = @now WHERE run_id = @run AND plan_hash = @hash AND used_at IS NULL AND revoked_at IS NULL",
            new { now = now.ToUnixTimeMilliseconds(), run = request.RunId.Value, hash = plan.Hash }, cancellationToken);
        var used = await PlanStore.UsedAsync(session, plan.Hash, request.RunId.Value, cancellationToken);
        AuthorizationRow? own = null;
        var roles = wayBack && plan.WayBack == 0 ? plan.ReadSteps() : null;
        for (var index = 0; index < proposal.Plan.Steps.Count; index++)
        {
            if (used.Contains(index) || (roles is not null && roles[index].Role != PlanRole.Rollback))
                continue;
            var issued = Authorizations.Of(proposal, index, decision, null, person, approvalId, awaitsNotice, now, now.AddMilliseconds(plan.Lifetime));
            await Authorizations.IssueAsync(session, issued, cancellationToken);
            if (own is null && IsSame(proposal.Plan.Steps[index], step))
                own = issued;
        }

        return new Asked(new GateAnswer.Allowed(Authorizations.Use(own ?? throw new InvalidOperationException("The step is none of its plan."), request, step, now)));
    }

    /// <summary>Told, it may begin. Where nobody could be told, it is not done behind people's backs: they are asked instead, and no answer is a no.</summary>
    private async Task<Asked> AfterTellingAsync(DatabaseSession session, bool told, Decided context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
        if (!told)
        {
            await Authorizations.RevokeAsync(session, context.Decision.Id, now, cancellationToken);
            return await HoldAsync(session, context with { Now = now }, cancellationToken);
        }

        if (await Authorizations.ToldAsync(session, context.Decision.Id, now, cancellationToken) == 0)
            return new Asked(new GateAnswer.Refused("Between telling people and beginning it was stopped, or telling them took too long.", context.Decision.Id));
        return await Authorizations.FindAsync(session, context.Request, context.Step, now, cancellationToken) is { } covering
            ? new Asked(new GateAnswer.Allowed(Authorizations.Use(covering, context.Request, context.Step, now)))
            : new Asked(new GateAnswer.Refused("Everything was stopped or paused while people were told.", context.Decision.Id));
    }

    private static async Task<Asked> HoldAsync(DatabaseSession session, Decided context, CancellationToken cancellationToken)
    {
        var (request, step, proposal, _, decision, record, preferences, now) = context;
        var approval = ApprovalStore.Question(request, step, proposal, decision, record, preferences.Approvals, now);
        await ApprovalStore.AskAsync(session, approval, now, cancellationToken);
        return new Asked(new GateAnswer.Held(approval.Id, decision.Sentence, decision.Id)) { Approval = approval };
    }

    private static async Task<Notice> NoticeAsync(
        DatabaseSession session, DecisionRow decision, string kind, string severity, FactsSnapshot facts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var notice = new Notice(Guid.CreateVersion7(now).ToString("N"), now, kind, severity, facts.Time.QuietHours && facts.Incident.Severity != "critical", decision.Sentence, decision.Id);
        await People.StoreAsync(session, notice, cancellationToken);
        return notice;
    }

    private sealed record Asked(GateAnswer Answer)
    {
        public Notice? Notice { get; init; }

        public ApprovalRow? Approval { get; init; }

        /// <summary>Set where it may only begin once people were told.</summary>
        public Decided? AfterTelling { get; init; }
    }

    /// <summary>One decision and all that it was made about.</summary>
    private sealed record Decided(
        GateRequest Request, PlannedStep Step, Proposal Proposal, PlanRow? Plan, DecisionRow Decision, DecisionRecord Record, Preferences Preferences, DateTimeOffset Now);

    private static partial class Log
    {
        [LoggerMessage(4201, LogLevel.Error, "The gate could not decide step {StepId} of run {RunId}")]
        public static partial void Failed(ILogger logger, Exception exception, string runId, string stepId);
    }
}
