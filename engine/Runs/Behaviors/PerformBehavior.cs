using System.Text.Json.Nodes;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>Any activity of the catalogue: performed outside, then on through "Done"; a failure goes through "Failed" where that port is connected, and faults where it is not.</summary>
internal sealed class PerformBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame) => run.Perform(frame, InputOf(frame), frame.Node.RunAsynchronously);

    public static JsonObject InputOf(ActivityFrame frame)
    {
        var input = new JsonObject();
        for (var i = 0; i < frame.Node.Inputs.Count; i++)
            if (frame.Inputs[i] is { } value)
                input[frame.Node.Inputs[i].Key] = value.DeepClone();
        return input;
    }

    public override void StepSucceeded(Interpreter run, ActivityFrame frame, JsonNode? output)
    {
        if (output is JsonObject fields)
            foreach (var (name, value) in fields)
                run.SetOutput(frame, name, value);
        run.SetOutput(frame, "Result", output);
        run.Complete(frame, Interpreter.Default);
    }

    public override void StepFailed(Interpreter run, ActivityFrame frame, string errorType, string message)
    {
        if (!HasFailedPort(frame))
            throw new ActivityFailure(errorType, message);
        run.SetOutput(frame, "Error", new JsonObject { ["type"] = errorType, ["message"] = message });
        run.Log(frame, "Failed", message, new JsonObject { ["Exception"] = errorType, ["Message"] = message });
        run.Complete(frame, ["Failed"]);
    }

    private static bool HasFailedPort(ActivityFrame frame)
    {
        foreach (var connection in frame.Node.Parent?.Connections ?? [])
            if (connection.Source == frame.Node && connection.SourcePort == "Failed")
                return true;
        return false;
    }
}
