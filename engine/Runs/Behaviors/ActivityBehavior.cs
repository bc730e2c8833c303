using System.Text.Json.Nodes;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>What an activity type does in the interpreter. Stateless: what it keeps is in its frame, so that it survives the store.</summary>
internal abstract class ActivityBehavior
{
    /// <summary>Completes by itself after <see cref="Execute"/>, unless it made a bookmark.</summary>
    public virtual bool CompletesItself => false;

    /// <summary>Completes what contains it.</summary>
    public virtual bool IsTerminal => false;

    /// <summary>A workflow: the root or one used as an activity.</summary>
    public virtual bool IsComposite => false;

    /// <summary>Needs its evaluated inputs after the first round.</summary>
    public virtual bool KeepsInputs => false;

    public virtual void Execute(Interpreter run, ActivityFrame frame)
    {
    }

    /// <summary>A scheduled child completed (or there was none to schedule, then <paramref name="child"/> is the frame itself).</summary>
    public virtual void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag) => run.Complete(frame);

    public virtual void Resumed(Interpreter run, ActivityFrame frame, Bookmark bookmark, JsonNode? input) => run.Complete(frame);

    /// <summary>Some activity below was cancelled, or this one.</summary>
    public virtual void DescendantCanceled(Interpreter run, ActivityFrame frame, ActivityFrame canceled)
    {
    }

    /// <returns>True when the signal ends here.</returns>
    public virtual bool Break(ActivityFrame frame) => false;

    /// <returns>True when the signal ends here.</returns>
    public virtual bool CompleteComposite(Interpreter run, ActivityFrame frame, ActivityFrame sender, IReadOnlyList<string?> outcomes) => false;

    public virtual void StepSucceeded(Interpreter run, ActivityFrame frame, JsonNode? output) => throw new InvalidOperationException($"{frame.Node.Type} performs nothing.");

    public virtual void StepFailed(Interpreter run, ActivityFrame frame, string errorType, string message) => throw new ActivityFailure(errorType, message);
}

/// <summary>An activity faults: the incident's type and message, in words for the reader of the run.</summary>
internal sealed class ActivityFailure(string errorType, string message) : Exception(message)
{
    public string ErrorType { get; } = errorType;
}
