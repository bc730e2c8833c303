using System.Text.Json;
using Homelab.Activities;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>What a <see cref="RunActor"/> is told; handled one at a time.</summary>
internal abstract record RunMail
{
    private RunMail()
    {
    }

    /// <param name="Payload">Where it was accepted on this node: what the row holds, not yet as JSON and back.</param>
    public sealed record Inbox(InboxRow Row, object? Payload = null) : RunMail;

    /// <param name="Note">What the journal says beside it: how a step in doubt was settled.</param>
    public sealed record Report(StepWork Step, StepOutcome Outcome, StepNote? Note = null) : RunMail;

    /// <summary>The gate allowed it: store the intent, then perform.</summary>
    public sealed record Intent(StepWork Step, AuthorizationUse? Use, StepNote? Note) : RunMail;

    /// <summary>Store what is not stored yet.</summary>
    public sealed record Flush : RunMail;

    /// <summary>Pick the run up after its node died.</summary>
    public sealed record Recover : RunMail;
}

/// <summary>An entry that the dispatcher adds to the journal of a step.</summary>
internal sealed record StepNote(string EventName, string Message);

/// <summary>One step of a run that is to be performed, waits to be, or is being performed.</summary>
internal sealed class StepWork(RunId run, RunCommand.Perform perform, IActivityInvoker? invoker)
{
    public RunId Run => run;

    public RunCommand.Perform Perform => perform;

    /// <summary>What the activity gets: made once for asking, performing and looking.</summary>
    public JsonElement Input { get; } = JsonSerializer.SerializeToElement(perform.Input);

    /// <summary>Null when no activity of that type is in the catalogue.</summary>
    public IActivityInvoker? Invoker => invoker;

    public bool HasEffect { get; set; }

    /// <summary>The same on every attempt.</summary>
    public string IdempotencyKey { get; } = $"{run.Value}/{perform.StepId}";

    public StepState State { get; set; } = StepState.Scheduled;

    public bool Stored { get; set; }

    public bool Started { get; set; }

    /// <summary>Set when the run dropped the step: its answer is not wanted any more.</summary>
    public CancellationTokenSource Cancelled { get; } = new();

    public StoredStep Store(StepState state, string? authorizationId, DateTimeOffset now) =>
        new(run, perform.StepId, perform.Attempt, state, HasEffect, IdempotencyKey, authorizationId, InboxJson.Write(perform), now);
}
