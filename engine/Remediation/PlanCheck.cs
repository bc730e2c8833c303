using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.Gate;
using ExpressionCompiler = Homelab.Rules.Expressions.ExpressionCompiler;

namespace Homelab.Engine.Remediation;

/// <summary>Reads a plan as it was sent: every problem at once, every target resolved. What cannot be named exactly is not planned.</summary>
internal sealed class PlanCheck(ActivityCatalog catalog, HashKey key, TimeProvider time, ILogger<PlanCheck> logger)
{
    private const int MaxSteps = 20;

    public async Task<(IReadOnlyList<CheckedStep> Steps, IReadOnlyList<Fault> Faults)> ReadAsync(PlanRequest plan, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        if (string.IsNullOrWhiteSpace(plan.Title) || plan.Title.Length > 200)
            faults.Add(new Fault("title", plan.Title, "title must have 1 to 200 characters.", "Say in a few words what the plan is for."));
        if (plan.Steps.Count is < 1 or > MaxSteps)
            faults.Add(new Fault("steps", $"{plan.Steps.Count}", $"A plan has 1 to {MaxSteps} steps.", "Split it, or name what is to be done."));
        if (plan.Snapshot.Count > MaxSteps || plan.Rollback.Count > MaxSteps)
            faults.Add(new Fault("snapshot, rollback", null, $"There may be at most {MaxSteps} of each.", "Split the plan."));
        if (faults.Count > 0)
            return ([], faults);

        List<CheckedStep> steps = [];
        await ReadAsync(plan.Snapshot, "snapshot", PlanRole.Snapshot, steps, faults, cancellationToken);
        await ReadAsync(plan.Steps, "steps", PlanRole.Action, steps, faults, cancellationToken);
        await ReadAsync(plan.Rollback, "rollback", PlanRole.Rollback, steps, faults, cancellationToken);
        if (plan.Verify is { } verify)
            Verify(verify, faults);
        return (steps, faults);
    }

    private async Task ReadAsync(
        IReadOnlyList<PlanStepRequest> requests, string list, PlanRole role, List<CheckedStep> steps, List<Fault> faults, CancellationToken cancellationToken)
    {
        for (var index = 0; index < requests.Count; index++)
        {
            var (path, request) = ($"{list}[{index}]", requests[index]);
            var before = faults.Count;
            if (Find(request.Activity, $"{path}.activity", faults) is not { } invoker)
                continue;
            var input = Compact(request.Input);
            var json = JsonSerializer.SerializeToElement(input);
            Inputs(invoker, json, $"{path}.input", faults);
            faults.AddRange(PlanNode.Reserved(input).Select(name => new Fault(
                $"{path}.input.{name}", null, $"A workflow's activity has a '{name}' of its own, so an input of that name cannot be given in a step.", "Use another activity.")));
            if (faults.Count > before)
                continue;
            if (invoker.EffectOf(json) is var effect && effect == Effect.None)
            {
                faults.Add(new Fault($"{path}.activity", request.Activity, "It only reads, and the steps of a plan change something.", "Leave it out, or use it under verify."));
                continue;
            }

            try
            {
                var target = await invoker.TargetAsync(json, Context(path), cancellationToken) ?? throw new ActivityException("The activity names no target.", retryable: false);
                steps.Add(new CheckedStep(invoker.Descriptor, input, new PlanStep(PlannedStep.Of(invoker.Descriptor, target, json, await key.ReadAsync(cancellationToken)), role, effect)));
            }
            catch (ActivityException exception)
            {
                faults.Add(new Fault(path, request.Activity, $"Its target is not known: {exception.Message}", "Name a target that is there and can be reached; nothing was done."));
            }
        }
    }

    private void Verify(PlanVerification verify, List<Fault> faults)
    {
        if (Find(verify.Activity, "verify.activity", faults) is { } invoker)
        {
            var json = JsonSerializer.SerializeToElement(Compact(verify.Input));
            Inputs(invoker, json, "verify.input", faults);
            if (invoker.EffectOf(json) != Effect.None)
                faults.Add(new Fault("verify.activity", verify.Activity, "Success is seen by reading, and this changes something.", "Use an activity without an effect."));
        }

        if (string.IsNullOrWhiteSpace(verify.Expression))
            faults.Add(new Fault("verify.expression", verify.Expression, "It says what must be true of the output.", "Write one, such as: healthy = true"));
        else
            faults.AddRange(ExpressionCompiler.Check(verify.Expression, Verification.Options).Select(error => new Fault("verify.expression", verify.Expression, error.ToString(), "Correct it there.")));
        if (!(verify.AfterSeconds is >= 0 and <= 86_400))
            faults.Add(new Fault("verify.afterSeconds", $"{verify.AfterSeconds}", "It must be between 0 and 86400.", "Give the seconds before the first look."));
        if (!(verify.EverySeconds is >= 0.1 and <= 3600))
            faults.Add(new Fault("verify.everySeconds", $"{verify.EverySeconds}", "It must be between 0.1 and 3600.", "Give the seconds between two looks."));
        if (!(verify.WithinSeconds is >= 1 and <= 86_400))
            faults.Add(new Fault("verify.withinSeconds", $"{verify.WithinSeconds}", "It must be between 1 and 86400.", "Give the seconds until it counts as not verified."));
    }

    private IActivityInvoker? Find(string? id, string path, List<Fault> faults)
    {
        if (id is not null && catalog.TryFind(id, out var invoker) && invoker is not ControlActivity)
            return invoker;
        faults.Add(new Fault(path, id, "There is no such activity.", "GET /api/activities lists them."));
        return null;
    }

    private static void Inputs(IActivityInvoker invoker, JsonElement input, string path, List<Fault> faults)
    {
        faults.AddRange(invoker.Validate(input).Select(problem => new Fault($"{path}{problem.Path.TrimStart('$')}", null, problem.Message, "Correct the input.")));

        // A plan is stored and shown; what is secret is named in it, never said.
        faults.AddRange(invoker.Descriptor.SecretInputs
            .Where(name => input.TryGetProperty(name, out var value) && !(value.ValueKind == JsonValueKind.String && value.GetString() is { } text
                && (text.StartsWith("secret:", StringComparison.Ordinal) || text.StartsWith("env:", StringComparison.Ordinal) || text.StartsWith("file:", StringComparison.Ordinal))))
            .Select(name => new Fault($"{path}.{name}", "***", "It is secret, and plans are stored.", "Name it as secret:NAME, env:NAME or file:/path, or use the connection's own.")));
    }

    /// <summary>What is null is not given, as in a run.</summary>
    private static JsonObject Compact(JsonObject? input) => new((input ?? []).Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));

    private ActivityContext Context(string path) => new()
    {
        RunId = "plan",
        StepId = path,
        IdempotencyKey = $"plan/{path}",
        DryRun = true,
        Time = time,
        Logger = logger,
    };
}

/// <param name="Input">As sent; stored in the definition only.</param>
internal sealed record CheckedStep(ActivityDescriptor Descriptor, JsonObject Input, PlanStep Step);
