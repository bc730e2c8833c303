using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>What loops share: a break ends here, and completing the workflow from inside cancels the rounds that run.</summary>
internal abstract class LoopBehavior : ActivityBehavior
{
    public override bool Break(ActivityFrame frame)
    {
        frame.Breaking = true;
        return true;
    }

    public override bool CompleteComposite(Interpreter run, ActivityFrame frame, ActivityFrame sender, IReadOnlyList<string?> outcomes)
    {
        run.Cancel(frame);
        return false;
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag) => Next(run, frame);

    protected abstract void Next(Interpreter run, ActivityFrame frame);
}

internal sealed class WhileBehavior : LoopBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame) => Next(run, frame);

    protected override void Next(Interpreter run, ActivityFrame frame)
    {
        if (frame.Breaking || run.InputOf(frame, "Condition") is not { } condition || !ValueConverter.ToBoolean(run.Evaluate(frame, condition)))
        {
            run.Complete(frame);
            return;
        }

        var body = frame.Node.Port("body") ?? throw new ActivityFailure("InvalidOperationException", "The While loop's condition holds and it has no body: it would never end. Give it a body.");
        run.Schedule(frame, body);
    }
}

internal sealed class ForBehavior : LoopBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        // Elsa waits for the rounds of a body that is not there: the run is stuck, and says so.
        if (frame.Node.Port("body") is null)
            return;
        // Start, end, step, inclusive, current: evaluated once, kept for all rounds.
        frame.Data = new JsonArray(
            ValueConverter.ToInteger(run.Input(frame, "Start")),
            ValueConverter.ToInteger(run.Input(frame, "End")),
            run.Input(frame, "Step") is { } step ? ValueConverter.ToInteger(step) : 1,
            run.Input(frame, "OuterBoundInclusive") is not { } inclusive || ValueConverter.ToBoolean(inclusive));
        Next(run, frame);
    }

    protected override void Next(Interpreter run, ActivityFrame frame)
    {
        var data = (JsonArray)frame.Data!; // set by Execute
        var (end, step, inclusive) = (ValueConverter.ToInteger(data[1]), ValueConverter.ToInteger(data[2]), ValueConverter.ToBoolean(data[3]));
        var current = data.Count > 4 ? ValueConverter.ToInteger(data[4]) + step : ValueConverter.ToInteger(data[0]);
        var goesOn = !frame.Breaking && (step >= 0 ? inclusive ? current <= end : current < end : inclusive ? current >= end : current > end);
        if (!goesOn)
        {
            run.Complete(frame);
            return;
        }

        run.Schedule(frame, frame.Node.Port("body"), variables: new() { ["CurrentValue"] = JsonValue.Create(current) });
        if (data.Count > 4)
            data[4] = current;
        else
            data.Add(current);
        run.SetOutput(frame, "CurrentValue", JsonValue.Create(current));
    }
}

internal sealed class ForEachBehavior : LoopBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        frame.Index = 0;
        var items = run.Input(frame, "Items");
        if (items is null && run.InputOf(frame, "Items")?.Expression is not null)
            throw new ActivityFailure("ArgumentNullException", "Value cannot be null. (Parameter 'source'): what 'Items' gave is no list. Give it a list, an empty one for no rounds.");
        frame.Data = Items(items);
        Next(run, frame);
    }

    public static JsonArray Items(JsonNode? value)
    {
        var items = new JsonArray();
        foreach (var item in ValueConverter.ToItems(value))
            items.Add(ValueConverter.Own(item));
        return items;
    }

    protected override void Next(Interpreter run, ActivityFrame frame)
    {
        var items = (JsonArray)frame.Data!; // set by Execute
        if (frame.Breaking || frame.Index >= items.Count)
        {
            run.Complete(frame);
            return;
        }

        var current = items[frame.Index];
        run.SetOutput(frame, "CurrentValue", current);
        if (frame.Node.Port("body") is not { } body)
        {
            run.Complete(frame);
            return;
        }

        run.Schedule(frame, body, variables: new() { ["CurrentIndex"] = JsonValue.Create(frame.Index), ["CurrentValue"] = current?.DeepClone() });
        frame.Index++;
    }
}

internal sealed class ParallelForEachBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        // Elsa iterates over lists, not over text, which is what an Object expression gives; validation says so.
        var items = run.Input(frame, "Items") is JsonArray list ? ForEachBehavior.Items(list) : [];
        frame.Index = items.Count;
        if (items.Count == 0 || frame.Node.Port("body") is not { } body)
        {
            run.Complete(frame);
            return;
        }

        for (var i = 0; i < items.Count; i++)
            run.Schedule(frame, body, variables: new() { ["CurrentValue"] = items[i]?.DeepClone(), ["CurrentIndex"] = JsonValue.Create(i) });
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag)
    {
        if (--frame.Index <= 0)
            run.Complete(frame);
    }
}
