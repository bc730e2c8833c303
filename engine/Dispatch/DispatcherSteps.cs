using Homelab.Activities;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>Performing, outside of any transaction.</summary>
internal sealed partial class Dispatcher
{
    /// <summary>Begins a step that is stored as scheduled (or only reads).</summary>
    public void Begin(RunActor actor, StepWork step, string definitionId, string versionId, string? correlationId) =>
        Track(step.HasEffect ? AskAsync(actor, step, definitionId, versionId, correlationId, null) : PerformAsync(actor, step, yield: true));

    /// <summary>Performs a step whose intent is stored.</summary>
    public void Perform(RunActor actor, StepWork step) => Track(PerformAsync(actor, step, yield: true));

    /// <summary>
    /// A step in doubt: its intent is stored and its outcome is not. Its activity is asked whether it happened; if it cannot tell, it is repeated only where
    /// the activity says that twice is the same as once, and otherwise a person decides. The journal says which.
    /// </summary>
    public void Settle(RunActor actor, StepWork step, string definitionId, string versionId, string? correlationId) =>
        Track(SettleAsync(actor, step, definitionId, versionId, correlationId));

    public void FlushLater(RunActor actor) => Track(FlushLaterAsync(actor));

    private async Task FlushLaterAsync(RunActor actor)
    {
        try
        {
            await Task.Delay(_options.FlushAfter, _time, _stopping.Token);
            actor.Post(new RunMail.Flush());
        }
        catch (OperationCanceledException)
        {
            // Stopping: handed over as it is stored.
        }
    }

    private async Task PerformAsync(RunActor actor, StepWork step, bool yield)
    {
        if (yield)
            await Task.Yield();
        try
        {
            await _performing.WaitAsync(_stopping.Token);
            StepOutcome outcome;
            try
            {
                outcome = await _performer.PerformAsync(step, _stopping.Token);
            }
            finally
            {
                _performing.Release();
            }

            if (step.HasEffect)
                Crash.Reach(8);
            actor.Post(new RunMail.Report(step, outcome));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SimulatedCrashException)
        {
            // The node stops or is dead; what is stored says what to do with the step.
        }
    }

    private async Task AskAsync(RunActor actor, StepWork step, string definitionId, string versionId, string? correlationId, StepNote? note)
    {
        await Task.Yield();
        try
        {
            var answer = await _performer.AskAsync(step, definitionId, versionId, correlationId, _stopping.Token);
            actor.Post(answer switch
            {
                GateAnswer.Allowed allowed => new RunMail.Intent(step, allowed.Use, note),
                GateAnswer.Refused refused => new RunMail.Report(step, new StepOutcome.Refused(refused.Reason, refused.DecisionId), note),
                GateAnswer.Held held => new RunMail.Report(step, new StepOutcome.Held(held.ApprovalId, held.Reason), note),
                _ => throw new System.Diagnostics.UnreachableException(),
            });
        }
        catch (Exception exception) when (exception is OperationCanceledException or SimulatedCrashException)
        {
            // As above.
        }
    }

    private async Task SettleAsync(RunActor actor, StepWork step, string definitionId, string versionId, string? correlationId)
    {
        await Task.Yield();
        try
        {
            var (answer, why) = await _performer.ProbeAsync(step, _stopping.Token);
            var interrupted = $"Interrupted between its beginning and its outcome (attempt {step.Perform.Attempt}).";
            if (answer == Probe.Happened)
            {
                actor.Post(new RunMail.Report(step, new StepOutcome.Succeeded(null), new("Recovered", $"{interrupted} The tool says that it happened: it is not repeated and counts as done; its output is not known.")));
                return;
            }

            if (answer == Probe.DidNotHappen || step.Invoker is { Descriptor.Idempotent: true })
            {
                var reason = answer == Probe.DidNotHappen ? "The tool says that it did not happen" : $"Whether it happened cannot be known{(why is null ? "" : $" ({why})")}, but twice is the same as once";
                step.State = StepState.Scheduled;
                // Its authorization is used: the gate decides anew.
                await AskAsync(actor, step, definitionId, versionId, correlationId, new("Recovered", $"{interrupted} {reason}: it is performed again."));
                return;
            }

            var doubt = $"{interrupted} Whether it happened cannot be known{(why is null ? "" : $" ({why})")}, and it must not happen twice: look at it and decide.";
            actor.Post(new RunMail.Report(step, new StepOutcome.InDoubt(doubt), new("InDoubt", doubt)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SimulatedCrashException)
        {
            // As above.
        }
    }
}
