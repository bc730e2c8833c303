using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Homelab.Activities;

/// <summary>What one attempt of one step is given beside its input.</summary>
public sealed record ActivityContext
{
    public required string RunId { get; init; }

    public required string StepId { get; init; }

    /// <summary>1 for the first.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The same on every attempt of a step; pass it to systems that take one, otherwise read before you write.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>When set, the client stops at its door: every request that would change something is recorded in the plan instead of sent.</summary>
    public bool DryRun { get; init; }

    /// <summary>What a dry run held back; filled by the clients.</summary>
    public DryRunPlan Plan { get; init; } = new();

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Percent (0 to 100) or null when unknown, and what is being done; shown live.</summary>
    public IProgress<ActivityProgress>? Progress { get; init; }
}

public sealed record ActivityProgress(double? Percent, string Message);

/// <summary>A failure that knows whether trying again may help. The message names the thing, the value, the rule broken and what to do; it never holds a secret.</summary>
public sealed class ActivityException : Exception
{
    public ActivityException(string message, bool retryable, Exception? inner = null, TimeSpan? retryAfter = null)
        : base(message, inner) => (Retryable, RetryAfter) = (retryable, retryAfter);

    public bool Retryable { get; }

    public FailureKind Kind { get; init; }

    /// <summary>Not before this long, where the other side said so.</summary>
    public TimeSpan? RetryAfter { get; }
}

/// <summary>What kind of failure, for flows that branch on it and for counts.</summary>
public enum FailureKind
{
    Other,

    /// <summary>The other side could not be reached.</summary>
    Connect,

    /// <summary>It did not answer in time.</summary>
    Timeout,
}

/// <summary>An activity of the catalogue, ready to be invoked with JSON. This is what dispatcher, gate, CLI and API see of any activity.</summary>
public interface IActivityInvoker
{
    ActivityDescriptor Descriptor { get; }

    /// <summary>Every problem of the input at once, each with the JSON path of the field; empty when it is valid.</summary>
    IReadOnlyList<InputProblem> Validate(JsonElement input);

    /// <summary>What this input would do: at most what the descriptor says (a GET of the HTTP activity changes nothing). Input that cannot be read counts as the descriptor's.</summary>
    Effect EffectOf(JsonElement input) => Descriptor.Effect;

    /// <summary>In a dry run the answer is what was held back: <c>{ "dryRun": true, "planned": [ ... ] }</c>.</summary>
    Task<JsonNode?> ExecuteAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken);

    /// <summary>Null for an activity without an effect.</summary>
    Task<ActivityTarget?> TargetAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken);

    Task<Probe> ProbeAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken);

    UndoStep? Undo(JsonElement input, JsonNode? output);
}

public sealed record InputProblem(string Path, string Message);
