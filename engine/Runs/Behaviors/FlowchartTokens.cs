using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>Elsa's token mode (FORMATS 2.4): a followed connection emits a token, an activity consumes those addressed to it, and its merge mode says when it runs.</summary>
internal static class FlowchartTokens
{
    public static void ChildCompleted(Interpreter run, ActivityFrame flowchart, ActivityFrame child, IReadOnlyList<string?> outcomes)
    {
        var graph = FlowchartBehavior.Graph(run, flowchart);
        var tokens = flowchart.Tokens ??= [];
        var completed = child.Node;
        if (completed.Behavior.IsTerminal)
        {
            tokens.Clear();
            run.Complete(flowchart);
            return;
        }

        var followed = graph.Outbound(completed).Where(connection => outcomes.Contains(connection.SourcePort)).ToList();
        foreach (var connection in followed)
            tokens.Add(new FlowToken { From = connection.Source.Id, To = connection.Target.Id, Outcome = connection.SourcePort });
        foreach (var token in tokens)
            if (token.To == completed.Id && !token.Consumed && !token.Blocked)
                token.Consumed = true;
        foreach (var connection in followed)
            Follow(run, graph, flowchart, tokens, completed, connection);
        if (!FlowchartBehavior.HasRunningChild(flowchart) && !run.HasQueuedWork(flowchart)
            && !tokens.Exists(token => !token.Consumed && !token.Blocked) && !FlowchartBehavior.HasFaultedChild(flowchart))
        {
            tokens.Clear();
            run.Complete(flowchart);
        }

        tokens.RemoveAll(token => token.To == completed.Id && token.Consumed);
    }

    public static void Canceled(Interpreter run, ActivityFrame flowchart, ActivityFrame canceled)
    {
        (flowchart.Tokens ??= []).RemoveAll(token => token.From == canceled.Node.Id || token.To == canceled.Node.Id);
        FlowchartBehavior.CompleteIfNothingIsPending(run, flowchart);
    }

    private static void Follow(Interpreter run, FlowGraph graph, ActivityFrame flowchart, List<FlowToken> tokens, CompiledNode completed, CompiledConnection connection)
    {
        var target = connection.Target;
        switch (Mode(run, flowchart, target))
        {
            case MergeMode.Race:
                FlowchartBehavior.CancelInboundAncestors(run, flowchart, target);
                Cascade(run, graph, flowchart, tokens, completed, connection);
                break;
            case MergeMode.Cascade:
                Cascade(run, graph, flowchart, tokens, completed, connection);
                break;
            case MergeMode.Merge:
                ScheduleWhenAll(run, flowchart, tokens, target, graph.ForwardInbound(target));
                break;
            case MergeMode.Converge:
                ScheduleWhenAll(run, flowchart, tokens, target, graph.Inbound(target));
                break;
            default:
                var waits = graph.ForwardInbound(target).Any(inbound => tokens.Exists(token => !token.Consumed && !token.Blocked && token.To == inbound.Source.Id));
                if (!waits)
                    run.Schedule(flowchart, target);
                break;
        }
    }

    private static void Cascade(Interpreter run, FlowGraph graph, ActivityFrame flowchart, List<FlowToken> tokens, CompiledNode completed, CompiledConnection connection)
    {
        var target = connection.Target;
        var blocked = tokens.Find(token => token.To == target.Id && token.From == connection.Source.Id && token.Outcome == connection.SourcePort && token.Blocked);
        if (blocked is not null)
        {
            blocked.Consumed = true;
            return;
        }

        run.Schedule(flowchart, target);
        foreach (var inbound in graph.ForwardInbound(target))
            if (inbound.Source != completed)
                tokens.Add(new FlowToken { From = inbound.Source.Id, To = target.Id, Outcome = inbound.SourcePort, Blocked = true });
    }

    private static void ScheduleWhenAll(Interpreter run, ActivityFrame flowchart, List<FlowToken> tokens, CompiledNode target, IReadOnlyList<CompiledConnection> inbound)
    {
        if (inbound.Count > 1 && !inbound.All(connection => tokens.Exists(token => !token.Consumed && !token.Blocked
            && token.From == connection.Source.Id && token.To == target.Id && token.Outcome == connection.SourcePort)))
            return;
        run.Schedule(flowchart, target);
    }

    private static MergeMode Mode(Interpreter run, ActivityFrame flowchart, CompiledNode target) => FlowchartBehavior.JoinMode(run, flowchart, target) switch
    {
        null => target.MergeMode,
        "WaitAny" => MergeMode.Race,
        _ => MergeMode.Merge,
    };
}
