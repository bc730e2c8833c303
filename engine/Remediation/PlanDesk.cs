using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.Audit;
using Homelab.Engine.Definitions;
using Homelab.Engine.Gate;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Remediation;

/// <summary>Takes plans: checks them, stores them with the workflow they compile to, and starts a durable run. The gate decides the plan as a whole when the run reaches its first step.</summary>
internal sealed class PlanDesk(Database database, PlanCheck check, DefinitionService definitions, Dispatch.Runs runs, Foresight foresight, ActivityCatalog catalog, TimeProvider time)
{
    /// <summary>Beside what verifying may take: asking, snapshots, steps and the way back.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(15);

    /// <summary>The same plan is the same workflow; each time it is sent it runs anew, but for the same idempotency key.</summary>
    /// <param name="evidence">What a playbook brings; null for a plan from outside.</param>
    public async Task<PlanResult> SubmitAsync(
        PlanRequest request, string by, bool isPerson, bool dryRun, string? idempotencyKey, CancellationToken cancellationToken, PlanEvidence? evidence = null)
    {
        var (steps, faults) = await check.ReadAsync(request, cancellationToken);
        if (faults.Count > 0)
            return new PlanResult.Invalid(faults);
        if (request.Verify is null)
            return new PlanResult.Invalid([new Fault("verify", null, "A plan says how its success is seen.", "Name an activity that reads and an expression over its output.")]);
        // What it was for this time is the run's, not the plan's.
        var text = CanonicalJson.Write(JsonSerializer.SerializeToElement(new { plan = request with { Cause = null }, evidence }, GateJson.Options));
        var id = $"plan-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..24]}";
        return await StartAsync(
            Row(id, request, steps, by, isPerson, null, evidence), steps, request.Verify, request.Leave ? PlanWayBack.Leave : PlanWayBack.Undo, request.Cause, dryRun, idempotencyKey is null ? null : $"plan/{by}/{idempotencyKey}", cancellationToken);
    }

    /// <summary>Why the gate would not even ask a person for it now; null where it would, and where that cannot be told.</summary>
    public async Task<string?> WhyRefusedAsync(PlanRequest request, string by, PlanEvidence evidence, CancellationToken cancellationToken)
    {
        var (steps, faults) = await check.ReadAsync(request, cancellationToken);
        if (faults.Count > 0)
            return null;
        var decided = await foresight.LookAsync(Row("none", request, steps, by, isPerson: false, null, evidence), request.Cause ?? "none", cancellationToken);
        return decided is { Verdict: Verdict.AlertOnly or Verdict.Refuse } ? decided.Sentence : null;
    }

    /// <summary>A plan of the one step that takes a change back.</summary>
    /// <param name="wayBack">A plan takes back what it did itself.</param>
    public async Task<PlanResult> SubmitUndoAsync(
        string id, string title, PlanStepRequest step, AuthorizationRow change, string by, bool isPerson, bool wayBack, bool dryRun, CancellationToken cancellationToken)
    {
        var request = new PlanRequest { Title = title, Incident = $"undo {change.ActivityId}", Steps = [step] };
        var (steps, faults) = await check.ReadAsync(request, cancellationToken);
        return faults.Count > 0
            ? new PlanResult.Invalid(faults)
            : await StartAsync(Row(id, request, steps, by, isPerson, change.Id) with { WayBack = wayBack ? 1 : 0 }, steps, null, PlanWayBack.None, change.Cause, dryRun, $"undo/{id}", cancellationToken);
    }

    private PlanRow Row(string id, PlanRequest request, IReadOnlyList<CheckedStep> steps, string by, bool isPerson, string? undoOf, PlanEvidence? evidence = null) => new()
    {
        Id = id,
        Hash = new Plan([.. steps.Select(step => step.Step.Step)]).Hash,
        Title = request.Title,
        IncidentType = string.IsNullOrWhiteSpace(request.Incident) ? "plan" : request.Incident,
        Steps = GateJson.Write(steps.Select(step => step.Step)),
        Lifetime = (long)(Margin + TimeSpan.FromSeconds((request.Verify?.AfterSeconds ?? 0) + (request.Verify?.WithinSeconds ?? 0)) + steps.Aggregate(TimeSpan.Zero, (sum, step) => sum + step.Descriptor.Timeout)).TotalMilliseconds,
        RequestedBy = by,
        RequestedByPerson = isPerson ? 1 : 0,
        UndoOf = undoOf,
        CanWait = request.CanWait ? 1 : 0,
        Certainty = evidence?.Certainty,
        Risk = evidence?.Risk.ToString().ToLowerInvariant(),
        PriorSuccesses = evidence?.Successes ?? 0,
        PriorFailures = evidence?.Failures ?? 0,
        CreatedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
    };

    private async Task<PlanResult> StartAsync(
        PlanRow plan, IReadOnlyList<CheckedStep> steps, PlanVerification? verify, PlanWayBack wayBack, string? cause, bool dryRun, string? key, CancellationToken cancellationToken)
    {
        if (await definitions.FindAsync(plan.Id, VersionOptions.Published, cancellationToken) is null)
        {
            var read = verify is not null && catalog.TryFind(verify.Activity, out var found) ? found.Descriptor : null;
            var saved = await definitions.SaveAsync(
                PlanCompiler.Compile(plan.Id, plan.Title, steps, verify, read, wayBack), publish: true, cancellationToken, new DefinitionSource("", plan.Hash));
            if (saved is DefinitionChange.Invalid invalid)
                return new PlanResult.Invalid([.. invalid.Problems.Select(problem => new Fault("plan", null, problem, "Change the plan, or the rules that forbid it."))]);
        }

        await database.WriteAsync(
            async session =>
            {
                var now = time.GetUtcNow();
                await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
                await PlanStore.AddAsync(session, plan, cancellationToken);
                await AuditTrail.AppendAsync(session, now, plan.RequestedBy, plan.UndoOf is null ? "plan.sent" : "undo.sent", plan.Id, new { plan.Hash, plan.UndoOf, dryRun }, cancellationToken);
            },
            cancellationToken);
        var run = await runs.StartAsync(plan.Id, "Published", new RunEvent.Start([], CorrelationId: cause, Name: plan.Title, DryRun: dryRun), key, cancellationToken);
        return new PlanResult.Started(plan.Id, plan.Hash, run);
    }
}

internal abstract record PlanResult
{
    private PlanResult()
    {
    }

    /// <param name="PlanId">The definition's id.</param>
    public sealed record Started(string PlanId, string Hash, RunId Run) : PlanResult;

    public sealed record Invalid(IReadOnlyList<Fault> Faults) : PlanResult;
}
