using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>
/// Enters a state, does its entry and waits with the triggers of all its transitions. The first whose condition holds cancels the others, does its action and the state's exit,
/// and enters the next state; a state without a way out ends the machine. The frame's data is the current state's name, its index the transition that was taken.
/// </summary>
internal sealed class StateMachineBehavior : ActivityBehavior
{
    /// <summary>The state a machine is in; what Elsa keeps under the name CurrentState.</summary>
    public static string? CurrentState(ActivityFrame frame) => ValueConverter.ToText(frame.Data);

    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        if (frame.Data is null)
            frame.Data = JsonValue.Create(frame.Node.Source.StartState);
        Enter(run, frame);
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag)
    {
        var current = CurrentState(frame);
        if (State(frame, current) is not { } state)
            return;
        if (child.Node == state.Entry)
            Arm(run, frame);
        else if (child.Node == state.Exit)
            Arrive(run, frame);
        else if (frame.Node.Transitions[frame.Index] is var taken && taken.From == current && taken.Action == child.Node)
            Leave(run, frame);
        else if (Armed(frame).FirstOrDefault(transition => transition.Trigger == child.Node) is { } transition)
            Triggered(run, frame, child, transition);
    }

    /// <summary>Completing the workflow from inside ends the machine too, where Elsa would go on with it and wait for ever.</summary>
    public override bool CompleteComposite(Interpreter run, ActivityFrame frame, ActivityFrame sender, IReadOnlyList<string?> outcomes)
    {
        run.Cancel(frame);
        return false;
    }

    private static void Enter(Interpreter run, ActivityFrame frame)
    {
        if (State(frame, CurrentState(frame)) is not { } state)
            run.Complete(frame);
        else if (state.Entry is { } entry)
            run.Schedule(frame, entry);
        else
            Arm(run, frame);
    }

    private static void Arm(Interpreter run, ActivityFrame frame)
    {
        var armed = Armed(frame).ToList();
        if (armed.Count == 0)
            run.Complete(frame);
        foreach (var transition in armed)
            run.Schedule(frame, transition.Trigger);
    }

    private static void Triggered(Interpreter run, ActivityFrame frame, ActivityFrame trigger, CompiledTransition transition)
    {
        // What started the run has done so: armed again it waits, where Elsa would take it for the start once more, without end.
        if (run.State.TriggerActivityId == trigger.Node.Id)
            run.State.TriggerActivityId = null;
        if (!Holds(run, frame, transition))
        {
            run.Schedule(frame, transition.Trigger);
            return;
        }

        foreach (var other in Armed(frame).Where(other => other != transition))
            run.Withdraw(frame, other.Trigger!); // only what has a trigger is armed
        frame.Index = Array.IndexOf(frame.Node.Transitions, transition);
        if (transition.Action is { } action)
            run.Schedule(frame, action);
        else
            Leave(run, frame);
    }

    private static bool Holds(Interpreter run, ActivityFrame frame, CompiledTransition transition)
    {
        try
        {
            return transition.Condition is not { } condition || ValueConverter.ToBoolean(condition.Evaluate(run.ScopeOf(frame), Expressions.ValueType.Boolean));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The fault is the trigger's: retried, it waits once more and is told again.
            (frame.Callbacks ??= []).Add(new CompletionCallback(transition.Trigger!.NodeId, false, null)); // it completed, so it is there
            throw new ActivityFailure("ExpressionFailure", $"The condition of the transition '{transition.Title}' of '{frame.Node.Id}' failed: {error.Message}");
        }
    }

    private static void Leave(Interpreter run, ActivityFrame frame)
    {
        if (State(frame, CurrentState(frame))?.Exit is { } exit)
            run.Schedule(frame, exit);
        else
            Arrive(run, frame);
    }

    private static void Arrive(Interpreter run, ActivityFrame frame)
    {
        frame.Data = JsonValue.Create(frame.Node.Transitions[frame.Index].To);
        Enter(run, frame);
    }

    private static IEnumerable<CompiledTransition> Armed(ActivityFrame frame)
    {
        var current = CurrentState(frame);
        return frame.Node.Transitions.Where(transition => transition.From == current && transition.Trigger is not null && State(frame, transition.To) is not null);
    }

    private static CompiledState? State(ActivityFrame frame, string? name) =>
        string.IsNullOrWhiteSpace(name) ? null : Array.Find(frame.Node.States, state => state.Name == name);
}
