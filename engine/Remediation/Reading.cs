using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Engine.Remediation;

/// <summary>Performs activities without an effect, on behalf of the engine: looking before and after, collecting context, telling people.</summary>
internal sealed class Reading(ActivityCatalog catalog, EffectDoor door, TimeProvider time)
{
    /// <summary>Outside any run, and with the door shut besides: whatever the activity is, nothing is changed by looking.</summary>
    /// <inheritdoc cref="PerformAsync(string, JsonObject, ActivityContext, CancellationToken)"/>
    public Task<JsonNode?> PerformAsync(string activity, JsonObject input, CancellationToken cancellationToken) => PerformAsync(
        activity,
        input,
        new ActivityContext { RunId = "none", StepId = activity, IdempotencyKey = "none", DryRun = true, Time = time, Logger = NullLogger.Instance },
        cancellationToken);

    /// <exception cref="ActivityException">There is no such activity, its input is wrong, it would change something, or it failed.</exception>
    public async Task<JsonNode?> PerformAsync(string activity, JsonObject input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (!catalog.TryFind(activity, out var invoker) || invoker is ControlActivity)
            throw new ActivityException($"There is no activity '{activity}'. homelab activities lists them.", retryable: false);
        var json = JsonSerializer.SerializeToElement(new JsonObject(input.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))));
        if (invoker.EffectOf(json) != Effect.None)
            throw new ActivityException($"{activity} changes something, and here only reading is allowed.", retryable: false);
        if (invoker.Validate(json) is { Count: > 0 } problems)
            throw new ActivityException($"{activity} cannot be asked: {string.Join(" ", problems.Select(problem => $"{problem.Path.TrimStart('$', '.')} {problem.Message}"))}", retryable: false);
        using var limit = new CancellationTokenSource(invoker.Descriptor.Timeout, context.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await door.ExecuteAsync(invoker, json, context, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ActivityException($"{activity} did not answer within {invoker.Descriptor.Timeout.TotalSeconds:0} s.", retryable: true);
        }
    }

    public Task<JsonNode?> PerformAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) => PerformAsync(
        PlanOutcome.Text(input, "activity"),
        input.TryGetProperty("input", out var given) && given.ValueKind == JsonValueKind.Object ? JsonObject.Create(given)! : [], // an object, as was looked at
        context,
        cancellationToken);
}
