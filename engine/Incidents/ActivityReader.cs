using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Engine.Incidents;

/// <summary>Asks an activity that only reads, outside any run. Whatever has an effect is refused, and the door is shut besides.</summary>
internal sealed class ActivityReader(ActivityCatalog catalog, EffectDoor door, TimeProvider time)
{
    /// <exception cref="ActivityException">It could not be read.</exception>
    public async Task<JsonNode?> ReadAsync(string activity, JsonObject input, CancellationToken cancellationToken)
    {
        if (!catalog.TryFind(activity, out var invoker))
            throw new ActivityException($"There is no activity '{activity}'.", retryable: false);
        if (invoker.Descriptor.Effect != Effect.None)
            throw new ActivityException($"'{activity}' changes something; only what reads is asked outside a run.", retryable: false);
        var context = new ActivityContext { RunId = "none", StepId = "none", IdempotencyKey = "none", DryRun = true, Time = time, Logger = NullLogger.Instance };
        using var limit = new CancellationTokenSource(invoker.Descriptor.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await door.ExecuteAsync(invoker, JsonSerializer.SerializeToElement(input), context, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ActivityException($"'{activity}' did not answer within {invoker.Descriptor.Timeout.TotalSeconds:0} s.", retryable: true) { Kind = FailureKind.Timeout };
        }
    }
}
