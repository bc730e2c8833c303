using System.Text.Json;

namespace Homelab.Activities;

/// <summary>One verb of one tool. Returns its output or throws; never retries or sleeps in a loop: retrying is the engine's and durable.</summary>
/// <typeparam name="TInput">A record of <c>required</c>/<c>init</c> properties: the contract, the form, the help and the validation.</typeparam>
/// <typeparam name="TOutput">A record; what the journal shows and later steps read.</typeparam>
public interface IActivity<in TInput, TOutput>
    where TInput : class
    where TOutput : class
{
    /// <summary>Does it. Throws <see cref="ActivityException"/> when it knows whether a retry may help; anything else counts as retryable.</summary>
    Task<TOutput> ExecuteAsync(TInput input, ActivityContext context, CancellationToken cancellationToken);
}

/// <summary>An activity that changes something outside. The gate calls <see cref="TargetAsync"/> before, recovery calls <see cref="ProbeAsync"/> after a crash.</summary>
public interface IEffectActivity<in TInput, TOutput> : IActivity<TInput, TOutput>
    where TInput : class
    where TOutput : class
{
    /// <summary>What it would act on, resolved exactly (a name that matches nothing throws: an unknown target is refused).</summary>
    Task<ActivityTarget> TargetAsync(TInput input, ActivityContext context, CancellationToken cancellationToken);

    /// <summary>After an interruption: did this step (same idempotency key) happen? Reads only.</summary>
    Task<Probe> ProbeAsync(TInput input, ActivityContext context, CancellationToken cancellationToken);

    /// <summary>The step that takes it back, from what it was given and answered; null with a stated reason in the attribute when there is none.</summary>
    UndoStep? Undo(TInput input, TOutput output);
}

/// <summary>An activity with an effect that some inputs do not have.</summary>
public interface IEffectByInput<in TInput>
    where TInput : class
{
    Effect EffectOf(TInput input);
}

/// <summary>What a step acts on. <see cref="Id"/> is stable and unique ("docker:local/container/web"); the gate matches it exactly.</summary>
/// <param name="Kind">"container", "guest", "host", "database", "service", ... the noun a person uses.</param>
/// <param name="Id">"tool:connection/kind/name".</param>
/// <param name="Name">What a person calls it.</param>
public sealed record ActivityTarget(string Kind, string Id, string Name);

/// <summary>What recovery learned about a step in doubt.</summary>
public enum Probe
{
    /// <summary>It happened; do not repeat it.</summary>
    Happened,

    /// <summary>It did not happen; it may be done now.</summary>
    DidNotHappen,

    /// <summary>Cannot be known: a person decides.</summary>
    Unknown,
}

/// <summary>A step that undoes another: an activity id and its input.</summary>
public sealed record UndoStep(string ActivityId, JsonElement Input);
