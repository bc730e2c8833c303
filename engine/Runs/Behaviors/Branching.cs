using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs.Behaviors;

internal sealed class IfBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var result = run.Flag(frame, "Condition");
        run.SetOutput(frame, "Result", JsonValue.Create(result));
        run.Schedule(frame, frame.Node.Port(result ? "then" : "else"));
    }
}

internal sealed class FlowDecisionBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame) => run.Complete(frame, [run.Flag(frame, "Condition") ? "True" : "False"]);
}

internal sealed class FlowForkBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var branches = run.Input(frame, "Branches") is JsonArray items ? items.Select(ValueConverter.ToText).ToArray() : ["Done"];
        run.Complete(frame, branches);
    }
}

internal sealed class FlowJoinBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        if (frame.Parent is { Node.Type: not "Elsa.Flowchart" })
            throw new ActivityFailure("InvalidOperationException", "Activity context is not a flowchart. A join has nothing to join there: put it into a flowchart, or take it out.");
        // Elsa asks a process-wide switch here, not the run's mode; token mode joins by race already.
        if (!run.IsTokenMode && frame.Parent is { } flowchart)
            FlowchartBehavior.CancelInboundAncestors(run, flowchart, frame.Node);
        run.Complete(frame);
    }
}

internal sealed class FlowNodeBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame) => run.Schedule(frame, frame.Node.Port("body"));
}

internal sealed class FlowSwitchBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var matches = SwitchBehavior.Matches(run, frame);
        run.Complete(frame, matches.Count == 0 ? ["Default"] : [.. matches.Select(match => match.Label)]);
    }
}

internal sealed class SwitchBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var matches = Matches(run, frame);
        var scheduled = matches.Count > 0
            ? [.. matches.Select(match => match.Activity).OfType<CompiledNode>()]
            : frame.Node.Port("default") is { } fallback ? new List<CompiledNode> { fallback } : [];
        frame.Index = scheduled.Count;
        if (scheduled.Count == 0)
            run.Complete(frame);
        foreach (var node in scheduled)
            run.Schedule(frame, node);
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag)
    {
        if (--frame.Index == 0)
            run.Complete(frame);
    }

    /// <summary>All conditions are evaluated, as Elsa does; the mode says how many of the matches count.</summary>
    public static List<CompiledCase> Matches(Interpreter run, ActivityFrame frame)
    {
        var matches = new List<CompiledCase>();
        foreach (var item in frame.Node.Cases)
        {
            if (item.Condition is null)
                continue;
            JsonNode? value;
            try
            {
                value = item.Condition.Evaluate(run.ScopeOf(frame), Expressions.ValueType.Boolean);
            }
            catch (ExpressionFailure error)
            {
                throw new ActivityFailure("ExpressionFailure", $"The condition of case '{item.Label}' failed: {error.Message}");
            }

            if (ValueConverter.ToBoolean(value))
                matches.Add(item);
        }

        var all = run.Text(frame, "Mode") is "MatchAny" or "1";
        return all || matches.Count < 2 ? matches : [matches[0]];
    }
}
