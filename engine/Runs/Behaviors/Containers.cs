using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;

namespace Homelab.Engine.Runs.Behaviors;

internal sealed class SequenceBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        frame.Index = 0;
        Next(run, frame);
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag)
    {
        if (frame.Breaking || child.Node.Behavior.IsTerminal)
            run.Complete(frame);
        else
            Next(run, frame);
    }

    public override bool Break(ActivityFrame frame)
    {
        frame.Breaking = true;
        return false;
    }

    private static void Next(Interpreter run, ActivityFrame frame)
    {
        var activities = frame.Node.PortList("activities");
        if (frame.Index >= activities.Length)
            run.Complete(frame);
        else
            run.Schedule(frame, activities[frame.Index++]);
    }
}

internal sealed class ParallelBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var activities = frame.Node.PortList("activities");
        frame.Index = activities.Length;
        if (activities.Length == 0)
            run.Complete(frame);
        foreach (var activity in activities)
            run.Schedule(frame, activity);
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag)
    {
        if (--frame.Index == 0)
            run.Complete(frame);
    }
}

internal sealed class ForkBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var branches = frame.Node.PortList("branches");
        if (branches.Length == 0)
            run.Complete(frame);
        foreach (var branch in branches)
            run.Schedule(frame, branch);
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag)
    {
        var done = frame.Data as JsonArray ?? [];
        frame.Data = done;
        if (!done.Any(id => ValueConverter.ToText(id) == child.Node.Id))
            done.Add(JsonValue.Create(child.Node.Id));
        var waitsForAny = frame.Node.Raw("joinMode") is { } mode && (mode.ToString() is "WaitAny" or "1");
        if (frame.Breaking || waitsForAny || frame.Node.PortList("branches").Select(branch => branch.Id).Distinct().Count() == done.Count)
            run.Complete(frame);
    }

    public override bool Break(ActivityFrame frame)
    {
        frame.Breaking = true;
        return false;
    }
}

/// <summary>Elsa.Workflow: the root of the run, and of every definition used as an activity.</summary>
internal sealed class WorkflowBehavior : ActivityBehavior
{
    public override bool IsComposite => true;

    public override void Execute(Interpreter run, ActivityFrame frame) => run.Schedule(frame, frame.Node.Port("root"));

    public override bool CompleteComposite(Interpreter run, ActivityFrame frame, ActivityFrame sender, IReadOnlyList<string?> outcomes)
    {
        run.CompletedOutcomes = outcomes;
        run.Complete(sender);
        run.Complete(frame, outcomes);
        return true;
    }
}

/// <summary>A workflow used as an activity: its inputs are variables inside, its outputs are read when it is done.</summary>
internal sealed class CompositeBehavior : ActivityBehavior
{
    public override bool IsComposite => true;

    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        frame.Dynamic ??= [];
        for (var i = 0; i < frame.Node.Inputs.Count; i++)
            frame.Dynamic[frame.Node.Inputs[i].Name] = frame.Inputs[i];
        foreach (var output in frame.Node.Outputs)
            frame.Dynamic.TryAdd(output.Name, null);
        run.Schedule(frame, frame.Node.Port("root"));
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag)
    {
        var signalled = run.CompletedOutcomes;
        run.CompletedOutcomes = null;
        foreach (var output in frame.Node.Outputs)
        {
            var value = frame.Dynamic?.GetValueOrDefault(output.Name);
            run.SetOutput(frame, output.Name, value);
            // The binding's variable may have the output's own name: then the outer one is meant.
            if (output.Target is { } target && frame.Parent is { } parent)
                run.Assign(parent, target, value);
        }

        run.Complete(frame, signalled);
    }
}
