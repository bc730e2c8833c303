using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>A flowchart: where it starts, and the way its mode joins.</summary>
internal sealed class FlowchartBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var start = Start(run, frame.Node);
        if (start is null)
            run.Complete(frame);
        else
            run.Schedule(frame, start);
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag)
    {
        if (run.IsTokenMode)
            FlowchartTokens.ChildCompleted(run, frame, child, outcomes ?? Interpreter.Default);
        else
            FlowchartCounters.ChildCompleted(run, frame, child, outcomes ?? Interpreter.Default);
    }

    public override void DescendantCanceled(Interpreter run, ActivityFrame frame, ActivityFrame canceled)
    {
        // A flowchart that is being cancelled itself has nothing to schedule; Elsa faults here, which nobody can want.
        if (frame == canceled || frame.Status != ActivityStatus.Running)
            return;
        if (run.IsTokenMode)
            FlowchartTokens.Canceled(run, frame, canceled);
        else
            FlowchartCounters.Canceled(run, frame, canceled);
    }

    /// <summary>The trigger that started the run, a Start activity, one that can start the workflow, the first nothing leads to, the first.</summary>
    public static CompiledNode? Start(Interpreter run, CompiledNode flowchart)
    {
        var activities = flowchart.PortList("activities");
        return (run.State.TriggerActivityId is { } trigger ? Array.Find(activities, node => node.Id == trigger) : null)
            ?? Array.Find(activities, node => node.Type == "Elsa.Start")
            ?? Array.Find(activities, node => node.CanStartWorkflow)
            ?? Array.Find(activities, node => flowchart.Connections.All(connection => connection.Target != node))
            ?? (activities.Length > 0 ? activities[0] : null);
    }

    public static FlowGraph Graph(Interpreter run, ActivityFrame flowchart) => flowchart.Node.Graph(Start(run, flowchart.Node));

    public static bool HasRunningChild(ActivityFrame flowchart)
    {
        foreach (var child in flowchart.Children)
            if (child.Status == ActivityStatus.Running)
                return true;
        return false;
    }

    public static bool HasFaultedChild(ActivityFrame flowchart)
    {
        foreach (var child in flowchart.Children)
            if (child.Status == ActivityStatus.Faulted)
                return true;
        return false;
    }

    public static void CompleteIfNothingIsPending(Interpreter run, ActivityFrame flowchart)
    {
        if (!HasRunningChild(flowchart) && !run.HasQueuedWork(flowchart) && !HasFaultedChild(flowchart))
            run.Complete(flowchart);
    }

    /// <summary>A join that one branch reached cancels what still runs on the others.</summary>
    public static void CancelInboundAncestors(Interpreter run, ActivityFrame flowchart, CompiledNode join)
    {
        if (flowchart.Children.Count == 0)
            return;
        var ancestors = Graph(run, flowchart).Ancestors(join);
        foreach (var child in flowchart.Children.ToArray())
            if (ancestors.Contains(child.Node))
                run.Cancel(child);
    }

    /// <summary>A FlowJoin's mode; null for an activity that is none.</summary>
    public static string? JoinMode(Interpreter run, ActivityFrame flowchart, CompiledNode node)
    {
        if (node.Type != "Elsa.FlowJoin")
            return null;
        foreach (var input in node.Inputs)
            if (input.Name == "Mode")
                return Expressions.ValueConverter.ToText(run.Evaluate(flowchart, input)) switch
                {
                    "0" => "WaitAll",
                    "1" => "WaitAllActive",
                    "2" or null => "WaitAny",
                    var mode => mode,
                };
        return "WaitAny";
    }
}
