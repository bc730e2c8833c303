using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Compiling;
using ValueType = Homelab.Engine.Expressions.ValueType;

namespace Homelab.Engine.Runs;

/// <summary>Steps that are performed outside: handed out, answered, retried, held for a person, cancelled.</summary>
internal sealed partial class Interpreter
{
    internal const string ApprovalBookmark = "Homelab.Approval";

    public void Perform(ActivityFrame frame, JsonObject input, bool background)
    {
        frame.Step = new PendingStep { StepId = $"{frame.Node.Id}:{++State.Draws:x}", Input = input, Background = background };
        if (!background)
            State.AwaitedStepId = frame.Step.StepId;
        Commands.Add(Command(frame, frame.Step));
    }

    private RunCommand.Perform Command(ActivityFrame frame, PendingStep step) => new(
        step.StepId,
        step.Attempt,
        frame.Node.Id,
        frame.Node.Type,
        frame.Node.Version,
        (JsonObject)step.Input.DeepClone(),
        frame.Node.Timeout,
        step.Background,
        State.DryRun);

    public void Report(RunEvent.StepReported report)
    {
        var frame = State.Frames.Find(candidate => candidate.Step is { Held: false } step && step.StepId == report.StepId && step.Attempt == report.Attempt);
        if (frame?.Step is not { } pending)
            return;
        Release(pending);
        switch (report.Outcome)
        {
            case StepOutcome.Succeeded succeeded:
                frame.Step = null;
                Guarded(frame, null, () => frame.Node.Behavior.StepSucceeded(this, frame, succeeded.Output));
                break;
            case StepOutcome.Failed failed when failed.Retryable && RetryOf(frame) is { } retry && pending.Attempt - pending.Holds < retry.MaxAttempts:
                var delay = retry.DelayAfter(pending.Attempt - pending.Holds, NextRandom());
                if (failed.RetryAfter is { } asked && asked > delay)
                    delay = asked;
                pending.Attempt++;
                Log(frame, "Retrying", failed.Message, new JsonObject
                {
                    ["Exception"] = failed.ErrorType,
                    ["Message"] = failed.Message,
                    ["Attempt"] = pending.Attempt,
                    ["DueAt"] = (Now + delay).ToString("O"),
                });
                Commands.Add(new RunCommand.PerformLater(Command(frame, pending), Now + delay));
                break;
            case StepOutcome.Failed failed:
                Fail(frame, failed.ErrorType, failed.Message);
                break;
            case StepOutcome.Refused refused:
                Fail(frame, "Refused", refused.Reason);
                break;
            case StepOutcome.Held held:
                Hold(frame, pending, "Held", held.ApprovalId, held.Reason);
                break;
            case StepOutcome.InDoubt doubt:
                Hold(frame, pending, "InDoubt", null, doubt.Message);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>An expression that cannot be used gives no retries: the failure is told, and why it was not tried again.</summary>
    private RetryPolicy? RetryOf(ActivityFrame frame)
    {
        if (frame.Node.Retry is not null || frame.Node.RetryExpression is not { } expression)
            return frame.Node.Retry;
        try
        {
            return StepOptions.Given(expression.Evaluate(ScopeOf(frame), ValueType.Object));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Log(frame, "NotRetried", $"The resilience strategy's expression of '{frame.Node.Id}' cannot be used: {error.Message}");
            return null;
        }
    }

    private void Fail(ActivityFrame frame, string errorType, string message)
    {
        frame.Step = null;
        Guarded(frame, null, () => frame.Node.Behavior.StepFailed(this, frame, errorType, message));
    }

    private void Hold(ActivityFrame frame, PendingStep step, string eventName, string? approvalId, string reason)
    {
        step.Held = true;
        Log(frame, eventName, reason, new JsonObject { ["ApprovalId"] = approvalId, ["StepId"] = step.StepId, ["Reason"] = reason });
        // Named by the question, so that its answer finds it.
        AddBookmark(frame, ApprovalBookmark, new JsonObject { ["Kind"] = eventName, ["ApprovalId"] = approvalId, ["StepId"] = step.StepId, ["Reason"] = reason }, id: approvalId);
    }

    /// <summary>
    /// A person answered: <c>approved: false</c> refuses, <c>happened: true</c> takes a step in doubt as done, anything else performs it again under the gate, with the fields
    /// of <c>changes</c> instead of its own: another input is another plan, which the gate decides anew.
    /// </summary>
    private void ResumeHeld(ActivityFrame frame, PendingStep step, JsonNode? input)
    {
        var answer = input as JsonObject;
        Log(frame, "Resumed", payload: answer is null ? null : new JsonObject { ["Answer"] = answer.DeepClone() });
        if (answer?["approved"] is { } approved && !ValueConverter.ToBoolean(approved))
        {
            Fail(frame, "Refused", ValueConverter.ToText(answer["reason"]) ?? Denied(answer));
            return;
        }

        if (answer?["happened"] is { } happened && ValueConverter.ToBoolean(happened))
        {
            frame.Step = null;
            Guarded(frame, null, () => frame.Node.Behavior.StepSucceeded(this, frame, answer["output"]?.DeepClone()));
            return;
        }

        foreach (var (name, value) in answer?["changes"] as JsonObject ?? [])
            step.Input[name] = value?.DeepClone();
        step.Held = false;
        step.Attempt++;
        step.Holds++;
        if (!step.Background && State.AwaitedStepId is null)
            State.AwaitedStepId = step.StepId;
        Commands.Add(Command(frame, step));
    }

    private static string Denied(JsonObject answer) => ValueConverter.ToText(answer["state"]) == "timedOut"
        ? "Nobody answered in time, which is a no."
        : $"{ValueConverter.ToText(answer["by"]) ?? "Somebody"} denied it{(ValueConverter.ToText(answer["note"]) is { Length: > 0 } note ? $": {note}" : "")}.";

    private void Release(PendingStep step)
    {
        if (State.AwaitedStepId == step.StepId)
            State.AwaitedStepId = null;
    }

    private void CancelStep(ActivityFrame frame)
    {
        if (frame.Step is not { } step)
            return;
        Release(step);
        if (!step.Held)
            Commands.Add(new RunCommand.CancelStep(step.StepId));
        frame.Step = null;
    }

    /// <summary>Children waited for are kept in the frame's data under "children".</summary>
    private void CancelChildRuns(ActivityFrame frame)
    {
        if (frame.Data is not JsonObject data || data["children"] is not JsonArray children)
            return;
        foreach (var child in children)
            if (ValueConverter.ToText(child) is { } id)
                Commands.Add(new RunCommand.CancelRun(new RunId(id), "The workflow that waited for it was cancelled."));
        data.Remove("children");
    }
}
