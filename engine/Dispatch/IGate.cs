using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>Asked before every step with an effect; nothing with an effect is performed without <see cref="GateAnswer.Allowed"/>.</summary>
internal interface IGate
{
    /// <summary>An exception counts as a refusal: the gate fails closed. Asking twice for the same step is harmless.</summary>
    Task<GateAnswer> AskAsync(GateRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Executes an activity: the only way to. One with an effect is executed only when its authorization was used for exactly this attempt and nothing is stopped, looked up at this
    /// moment; how it ended is in the change log when this returns or throws.
    /// </summary>
    /// <exception cref="GateClosedException">Nothing allows it (any more). Nothing was done, or it was halted.</exception>
    Task<JsonNode?> PerformAsync(IActivityInvoker invoker, JsonElement input, ActivityContext context, CancellationToken cancellationToken);

    /// <summary>What was found out about an attempt that began and did not report.</summary>
    Task SettleAsync(RunId run, string stepId, int attempt, Probe found, CancellationToken cancellationToken);
}

/// <summary>A step with an effect came to the gate without what it needs. Never retried by itself.</summary>
internal sealed class GateClosedException(string message) : Exception(message);

/// <summary>The exact step that wants to be performed.</summary>
/// <param name="IdempotencyKey">"run/step": the same on every attempt.</param>
internal sealed record GateRequest(
    RunId RunId,
    string DefinitionId,
    string DefinitionVersionId,
    string StepId,
    int Attempt,
    string IdempotencyKey,
    string ActivityId,
    ActivityDescriptor Descriptor,
    JsonElement Input,
    ActivityTarget? Target,
    bool DryRun,
    string? CorrelationId);

internal abstract record GateAnswer
{
    private GateAnswer()
    {
    }

    /// <param name="Use">Null only for a dry run, which changes nothing.</param>
    public sealed record Allowed(AuthorizationUse? Use) : GateAnswer;

    public sealed record Refused(string Reason, string? DecisionId = null) : GateAnswer;

    public sealed record Held(string ApprovalId, string Reason, string? DecisionId = null) : GateAnswer;
}

/// <summary>
/// An authorization about to be used. <paramref name="Consume"/> runs in the transaction that stores the step's intent and must change
/// exactly one row (an unused, unexpired authorization of this very step); otherwise the intent is not stored and the step is refused.
/// </summary>
internal sealed record AuthorizationUse(string AuthorizationId, SqlStatement Consume);

/// <summary>What is registered until a real gate is: no step with an effect is performed.</summary>
internal sealed class RefuseEverythingGate : IGate
{
    public Task<GateAnswer> AskAsync(GateRequest request, CancellationToken cancellationToken) => Task.FromResult<GateAnswer>(
        new GateAnswer.Refused($"No gate is set up, so the step {request.StepId} ({request.Descriptor.Id}) is refused; nothing with an effect is done without one."));

    public Task<JsonNode?> PerformAsync(IActivityInvoker invoker, JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        context.DryRun || invoker.EffectOf(input) == Effect.None
            ? invoker.ExecuteAsync(input, context, cancellationToken)
            : throw new GateClosedException($"{invoker.Descriptor.Id} changes something, and here is no gate to decide that: it is not executed. Start it in a workflow of a server, or add --dry-run to see what it would do.");

    public Task SettleAsync(RunId run, string stepId, int attempt, Probe found, CancellationToken cancellationToken) => Task.CompletedTask;
}
