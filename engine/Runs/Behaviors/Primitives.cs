using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;

namespace Homelab.Engine.Runs.Behaviors;

internal sealed class PassBehavior(bool isTerminal = false) : ActivityBehavior
{
    public override bool CompletesItself => true;

    public override bool IsTerminal => isTerminal;
}

internal sealed class BreakBehavior : ActivityBehavior
{
    public override bool CompletesItself => true;

    public override bool IsTerminal => true;

    public override void Execute(Interpreter run, ActivityFrame frame) => run.SignalBreak(frame);
}

internal sealed class FinishBehavior : ActivityBehavior
{
    public override bool CompletesItself => true;

    public override bool IsTerminal => true;

    public override void Execute(Interpreter run, ActivityFrame frame) => run.Finish();
}

internal sealed class CompleteBehavior : ActivityBehavior
{
    public override bool IsTerminal => true;

    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var value = run.Input(frame, "Outcomes");
        IReadOnlyList<string?> outcomes = value switch
        {
            null => ["Done"],
            JsonArray items => [.. items.Select(ValueConverter.ToText)],
            _ when ValueConverter.ToText(value) is ['[', ..] text && ValueConverter.TryParse(text) is JsonArray parsed => [.. parsed.Select(ValueConverter.ToText)],
            _ => [ValueConverter.ToText(value)],
        };
        run.SignalCompleteComposite(frame, outcomes);
        run.Complete(frame);
    }
}

internal sealed class FaultBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame) =>
        throw new ActivityFailure("FaultException", run.Text(frame, "Message") ?? "Exception of type 'Elsa.Workflows.Exceptions.FaultException' was thrown.");
}

internal sealed class NotFoundBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var missing = frame.Node.Source.RawText("missingTypeName") ?? frame.Node.Source.Type;
        var version = frame.Node.Raw("missingTypeVersion") is { ValueKind: System.Text.Json.JsonValueKind.Number } number ? number.GetInt32() : 0;
        throw new ActivityFailure("ActivityNotFoundException", $"Activity type '{missing}' version '{version}' could not be found.");
    }
}

internal sealed class UnsupportedBehavior(string reason) : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame) => throw new ActivityFailure("NotSupportedException", $"{frame.Node.Type} cannot run here: {reason}");
}

internal sealed class WriteLineBehavior : ActivityBehavior
{
    public override bool CompletesItself => true;

    public override void Execute(Interpreter run, ActivityFrame frame) => run.Lines.Add(run.Text(frame, "Text") ?? "");
}

/// <summary>There is no console to read from: the run waits for a line to be sent to its bookmark.</summary>
internal sealed class ReadLineBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame) => run.AddBookmark(frame, "Elsa.ReadLine", null);

    public override void Resumed(Interpreter run, ActivityFrame frame, Bookmark bookmark, JsonNode? input)
    {
        run.SetOutput(frame, "Result", ValueConverter.Convert(input, Expressions.ValueType.String));
        run.Complete(frame);
    }
}

internal sealed class SetNameBehavior : ActivityBehavior
{
    public override bool CompletesItself => true;

    public override void Execute(Interpreter run, ActivityFrame frame) => run.State.Name = run.Text(frame, "Value");
}

internal sealed class CorrelateBehavior : ActivityBehavior
{
    public override bool CompletesItself => true;

    public override void Execute(Interpreter run, ActivityFrame frame) => run.State.CorrelationId = run.Text(frame, "CorrelationId");
}

internal sealed class SetVariableBehavior : ActivityBehavior
{
    public override bool CompletesItself => true;

    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var id = frame.Node.Raw("variable") switch
        {
            { ValueKind: System.Text.Json.JsonValueKind.Object } variable when variable.TryGetProperty("id", out var value) => value.ToString(),
            { ValueKind: System.Text.Json.JsonValueKind.String } text => text.GetString(),
            _ => null,
        };
        if (id is null || !run.TrySetVariableById(frame, id, run.Input(frame, "Value")))
            throw new ActivityFailure("InvalidOperationException", $"Variable '{id}' not found.");
    }
}

internal sealed class SetOutputBehavior : ActivityBehavior
{
    public override bool CompletesItself => true;

    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var name = run.Text(frame, "OutputName") ?? "";
        var value = run.Input(frame, "OutputValue");
        for (var at = frame.Parent?.Parent; at is not null; at = at.Parent)
        {
            // A workflow has an output "Result" of its own; inside another one it is the outer activity's that counts.
            if (!at.Node.Outputs.Any(output => output.Name == name) || at.Node.Type == "Elsa.Workflow")
                continue;
            if (at.Node.Behavior is CompositeBehavior)
                (at.Dynamic ??= [])[name] = value;
            else
                run.SetOutput(at, name, value);
            return;
        }

        run.State.Output[name] = ValueConverter.Own(value);
    }
}

internal sealed class RunJavaScriptBehavior(JavaScriptEngines engines) : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var script = run.Text(frame, "Script");
        if (string.IsNullOrWhiteSpace(script))
        {
            run.Complete(frame);
            return;
        }

        JsonNode? result;
        run.TakeScriptOutcomes();
        try
        {
            result = engines.Script(script).Evaluate(run.ScopeOf(frame));
        }
        catch (ExpressionFailure error)
        {
            throw new ActivityFailure("JavaScriptException", error.Message);
        }

        // A script that gives nothing leaves the variable that its result is bound to.
        if (result is not null)
            run.SetOutput(frame, "Result", result);
        IReadOnlyList<string?>? outcomes = run.TakeScriptOutcomes();
        run.Complete(frame, outcomes ?? ["Done"]);
    }
}
