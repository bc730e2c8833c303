using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>
/// Enters a state and does its entry. A transition without a trigger is taken at once where its condition holds; otherwise the triggers of the others wait, and the first whose
/// condition holds cancels the rest. Then the state's exit, the transition's action, and the next state; one that nothing leads out of ends the machine. The frame's data is the
/// current state's name, its index the transition that was taken.
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
            Act(run, frame);
        else if (frame.Node.Transitions[frame.Index] is var taken && taken.From == current && taken.Action == child.Node)
            Arrive(run, frame);
        else if (Outbound(frame).FirstOrDefault(transition => transition.Trigger == child.Node) is { } transition)
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
        var outbound = Outbound(frame).ToList();
        if (outbound.Count == 0)
            run.Complete(frame);
        else if (outbound.Find(transition => transition.Trigger is null && Holds(run, frame, transition)) is { } transition)
            Leave(run, frame, transition);
        else
            foreach (var waiting in outbound)
                if (waiting.Trigger is { } trigger)
                    run.Schedule(frame, trigger);
    }

    private static void Triggered(Interpreter run, ActivityFrame frame, ActivityFrame trigger, CompiledTransition transition)
    {
        // What started the run has done so: armed again it waits, where Elsa would take it for the start once more, without end.
        if (run.State.TriggerActivityId == trigger.Node.Id)
            run.State.TriggerActivityId = null;
        bool holds;
        try
        {
            holds = Holds(run, frame, transition);
        }
        catch (ActivityFailure)
        {
            // The fault is the trigger's: retried, it waits once more and is told again.
            (frame.Callbacks ??= []).Add(new CompletionCallback(trigger.NodeId, false, null));
            throw;
        }

        if (!holds)
        {
            run.Schedule(frame, trigger.Node);
            return;
        }

        foreach (var other in Outbound(frame))
            if (other.Trigger is { } competing && competing != trigger.Node)
                run.Withdraw(frame, competing);
        Leave(run, frame, transition);
    }

    private static bool Holds(Interpreter run, ActivityFrame frame, CompiledTransition transition)
    {
        try
        {
            return transition.Condition is not { } condition || ValueConverter.ToBoolean(condition.Evaluate(run.ScopeOf(frame), Expressions.ValueType.Boolean));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new ActivityFailure("ExpressionFailure", $"The condition of the transition '{transition.Title}' of '{frame.Node.Id}' failed: {error.Message}");
        }
    }

    private static void Leave(Interpreter run, ActivityFrame frame, CompiledTransition transition)
    {
        frame.Index = Array.IndexOf(frame.Node.Transitions, transition);
        if (State(frame, transition.From)?.Exit is { } exit)
            run.Schedule(frame, exit);
        else
            Act(run, frame);
    }

    private static void Act(Interpreter run, ActivityFrame frame)
    {
        if (frame.Node.Transitions[frame.Index].Action is { } action)
            run.Schedule(frame, action);
        else
            Arrive(run, frame);
    }

    private static void Arrive(Interpreter run, ActivityFrame frame)
    {
        var to = frame.Node.Transitions[frame.Index].To;
        frame.Data = JsonValue.Create(to);
        // A circle of transitions without triggers goes by the queue, round by round, so that one without an end is found out.
        if (LeadsBack(frame.Node, to))
            run.EnqueueExisting(frame);
        else
            Enter(run, frame);
    }

    private static bool LeadsBack(CompiledNode machine, string state)
    {
        HashSet<string> reached = [];
        var queue = new Queue<string>([state]);
        while (queue.TryDequeue(out var at))
            foreach (var transition in machine.Transitions)
                if (transition.From == at && transition.Trigger is null && reached.Add(transition.To))
                    queue.Enqueue(transition.To);
        return reached.Contains(state);
    }

    /// <summary>The ways out of the current state to one that is there.</summary>
    private static IEnumerable<CompiledTransition> Outbound(ActivityFrame frame)
    {
        var current = CurrentState(frame);
        return frame.Node.Transitions.Where(transition => transition.From == current && State(frame, transition.To) is not null);
    }

    private static CompiledState? State(ActivityFrame frame, string? name) =>
        string.IsNullOrWhiteSpace(name) ? null : Array.Find(frame.Node.States, state => state.Name == name);
}
