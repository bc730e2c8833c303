using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>
/// Elsa's counter mode (FORMATS 2.3): every connection counts its visits, followed or not; an activity runs when each of its forward
/// connections was visited more often than it ran, and dead paths are walked with no outcome so that joins behind them do not wait.
/// </summary>
internal static class FlowchartCounters
{
    private static readonly IReadOnlyList<string?> NoOutcomes = [];

    public static void ChildCompleted(Interpreter run, ActivityFrame flowchart, ActivityFrame child, IReadOnlyList<string?> outcomes)
    {
        if (child.Status != ActivityStatus.Completed)
            return;
        if (child.Node.Behavior.IsTerminal)
        {
            run.Complete(flowchart);
            return;
        }

        var graph = FlowchartBehavior.Graph(run, flowchart);
        if (!Visit(run, graph, flowchart, child.Node, outcomes, child.Backward))
            FlowchartBehavior.CompleteIfNothingIsPending(run, flowchart);
    }

    public static void Canceled(Interpreter run, ActivityFrame flowchart, ActivityFrame canceled)
    {
        FlowchartBehavior.CompleteIfNothingIsPending(run, flowchart);
        if (canceled.Parent == flowchart && flowchart.Status == ActivityStatus.Running)
            Visit(run, FlowchartBehavior.Graph(run, flowchart), flowchart, canceled.Node, NoOutcomes, backward: false);
    }

    /// <returns>Whether anything was scheduled.</returns>
    private static bool Visit(Interpreter run, FlowGraph graph, ActivityFrame flowchart, CompiledNode node, IReadOnlyList<string?> outcomes, bool backward)
    {
        if (graph.IsDangling(node))
            throw new ActivityFailure("Exception", $"Activity {node.Id} is not reachable from the flowchart graph. Unable to schedule it's outbound activities.");
        var scope = flowchart.Flow ??= new FlowScope();
        if (!backward)
            scope.Activities[node.Id] = scope.Activities.GetValueOrDefault(node.Id) + 1;
        var scheduled = false;
        foreach (var connection in graph.Outbound(node))
        {
            var followed = outcomes.Contains(connection.SourcePort);
            scope.Connections[connection.Key] = scope.Connections.GetValueOrDefault(connection.Key) + 1;
            if (followed)
                scope.Followed.Add(connection.Key);
            else
                scope.Followed.Remove(connection.Key);
            if (graph.IsBackward(connection, out var isValid))
                scheduled |= GoBack(run, flowchart, connection, followed, isValid);
            else
                scheduled |= GoOn(run, graph, scope, flowchart, connection);
        }

        return scheduled;
    }

    private static bool GoBack(Interpreter run, ActivityFrame flowchart, CompiledConnection connection, bool followed, bool isValid)
    {
        if (!followed)
            return false;
        if (!isValid)
            throw new ActivityFailure(
                "Exception",
                $"Invalid backward connection: Every path from the source ('{connection.Source.Id}') must go through the target ('{connection.Target.Id}') when tracing back to the start.");
        run.Schedule(flowchart, connection.Target, backward: true);
        return true;
    }

    private static bool GoOn(Interpreter run, FlowGraph graph, FlowScope scope, ActivityFrame flowchart, CompiledConnection connection)
    {
        var target = connection.Target;
        var inbound = graph.ForwardInbound(target);
        switch (FlowchartBehavior.JoinMode(run, flowchart, target))
        {
            case "WaitAny":
                if (Count(scope, connection) <= scope.Activities.GetValueOrDefault(target.Id) || run.IsQueued(flowchart, target))
                    return false;
                if (AnyFollowed(scope, inbound, target))
                {
                    run.Schedule(flowchart, target);
                    FlowchartBehavior.CancelInboundAncestors(run, flowchart, target);
                    return true;
                }

                return AllVisited(scope, inbound, target) && Visit(run, graph, flowchart, target, NoOutcomes, backward: false);
            case "WaitAll":
                if (!AllVisited(scope, inbound, target))
                    return false;
                if (!AllFollowed(scope, inbound, target))
                    return Visit(run, graph, flowchart, target, NoOutcomes, backward: false);
                run.Schedule(flowchart, target);
                return true;
            default:
                if (!AllVisited(scope, inbound, target))
                    return false;
                if (!AnyFollowed(scope, inbound, target))
                    return Visit(run, graph, flowchart, target, NoOutcomes, backward: false);
                run.Schedule(flowchart, target);
                return true;
        }
    }

    private static long Count(FlowScope scope, CompiledConnection connection) => scope.Connections.GetValueOrDefault(connection.Key);

    private static bool AllVisited(FlowScope scope, IReadOnlyList<CompiledConnection> inbound, CompiledNode target)
    {
        var visits = scope.Activities.GetValueOrDefault(target.Id);
        foreach (var connection in inbound)
            if (Count(scope, connection) <= visits)
                return false;
        return true;
    }

    private static bool AnyFollowed(FlowScope scope, IReadOnlyList<CompiledConnection> inbound, CompiledNode target)
    {
        var most = Most(scope, inbound);
        if (most <= scope.Activities.GetValueOrDefault(target.Id))
            return false;
        foreach (var connection in inbound)
            if (Count(scope, connection) == most && scope.Followed.Contains(connection.Key))
                return true;
        return false;
    }

    private static bool AllFollowed(FlowScope scope, IReadOnlyList<CompiledConnection> inbound, CompiledNode target)
    {
        var most = Most(scope, inbound);
        if (most <= scope.Activities.GetValueOrDefault(target.Id))
            return false;
        foreach (var connection in inbound)
            if (Count(scope, connection) != most || !scope.Followed.Contains(connection.Key))
                return false;
        return true;
    }

    private static long Most(FlowScope scope, IReadOnlyList<CompiledConnection> inbound)
    {
        long most = 0;
        foreach (var connection in inbound)
            most = Math.Max(most, Count(scope, connection));
        return most;
    }
}
