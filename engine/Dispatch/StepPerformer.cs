using Homelab.Activities;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Dispatch;

/// <summary>Everything that is done outside of transactions: ask the gate, perform, probe. Turns what comes of it into a <see cref="StepOutcome"/>; throws only when the node stops.</summary>
internal sealed class StepPerformer(IGate gate, TimeProvider time, ILoggerFactory loggers, IEnumerable<IRunObserver> observers)
{
    private readonly IRunObserver[] _observers = [.. observers];
    private readonly ILogger _logger = loggers.CreateLogger("Homelab.Steps");

    public async Task<StepOutcome> PerformAsync(StepWork step, CancellationToken stopping)
    {
        if (step.Invoker is not { } invoker)
            return Unknown(step);
        var limit = step.Perform.Timeout ?? invoker.Descriptor.Timeout;
        using var timeout = new CancellationTokenSource(limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, step.Cancelled.Token, stopping);
        try
        {
            return new StepOutcome.Succeeded(await gate.PerformAsync(invoker, step.Input, Context(step), linked.Token));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new StepOutcome.Failed("System.TimeoutException", $"{invoker.Descriptor.Id} did not answer within {limit.TotalSeconds:0.###} s, which is its limit.", Retryable: true);
        }
        catch (GateClosedException exception)
        {
            return new StepOutcome.Refused(exception.Message);
        }
        catch (ActivityException exception)
        {
            return new StepOutcome.Failed(exception.GetType().FullName!, exception.Message, exception.Retryable, exception.RetryAfter);
        }
        catch (Exception exception)
        {
            return new StepOutcome.Failed(exception.GetType().FullName!, exception.Message, Retryable: true);
        }
    }

    /// <summary>Asks the gate; whatever goes wrong while asking is a refusal.</summary>
    public async Task<GateAnswer> AskAsync(StepWork step, string definitionId, string versionId, string? correlationId, CancellationToken stopping)
    {
        if (step.Invoker is not { } invoker)
            return new GateAnswer.Refused(Unknown(step).Message);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(step.Cancelled.Token, stopping);
        try
        {
            var (target, unknown) = await TargetAsync(invoker, step, linked.Token);
            var answer = await gate.AskAsync(
                new(step.Run, definitionId, versionId, step.Perform.StepId, step.Perform.Attempt, step.IdempotencyKey, step.Perform.ActivityId, invoker.Descriptor,
                    step.Input, target, step.Perform.DryRun, correlationId),
                linked.Token);

            // The gate tells people that the target is not known; the activity knows why.
            return unknown is null ? answer : new GateAnswer.Refused($"The target of {invoker.Descriptor.Id} is not known, so it is not performed: {unknown}", (answer as GateAnswer.Refused)?.DecisionId);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            return new GateAnswer.Refused($"The gate could not decide on {invoker.Descriptor.Id}, so it is not performed: {exception.GetType().Name}: {exception.Message}");
        }
    }

    /// <summary>Did the step happen? A probe that fails does not know.</summary>
    public async Task<(Probe Answer, string? Why)> ProbeAsync(StepWork step, CancellationToken stopping)
    {
        if (step.Invoker is not { } invoker)
            return (Probe.Unknown, Unknown(step).Message);
        using var timeout = new CancellationTokenSource(invoker.Descriptor.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, step.Cancelled.Token, stopping);
        try
        {
            var found = await invoker.ProbeAsync(step.Input, Context(step), linked.Token);
            await gate.SettleAsync(step.Run, step.Perform.StepId, step.Perform.Attempt, found, linked.Token);
            return (found, null);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            return (Probe.Unknown, $"looking failed: {exception.Message}");
        }
    }

    private async Task<(ActivityTarget? Target, string? Unknown)> TargetAsync(IActivityInvoker invoker, StepWork step, CancellationToken cancellationToken)
    {
        try
        {
            return (await invoker.TargetAsync(step.Input, Context(step), cancellationToken), null);
        }
        catch (ActivityException exception)
        {
            return (null, exception.Message);
        }
    }

    private static StepOutcome.Failed Unknown(StepWork step) => new(
        "Homelab.UnknownActivity",
        $"No activity of type '{step.Perform.ActivityType}' is in the catalogue (step {step.Perform.StepId}). Correct the type in the definition, or start the version that has it.",
        Retryable: false);

    private ActivityContext Context(StepWork step) => new()
    {
        RunId = step.Run.Value,
        StepId = step.Perform.StepId,
        Attempt = step.Perform.Attempt,
        IdempotencyKey = step.IdempotencyKey,
        DryRun = step.Perform.DryRun,
        Time = time,
        Logger = _logger,
        Progress = _observers.Length == 0 ? null : new Progress(step, _observers),
    };

    private sealed class Progress(StepWork step, IRunObserver[] observers) : IProgress<ActivityProgress>
    {
        public void Report(ActivityProgress value)
        {
            foreach (var observer in observers)
                observer.OnProgress(step.Run, step.Perform.StepId, value.Percent, value.Message);
        }
    }
}
