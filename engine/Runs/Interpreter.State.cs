using Homelab.Engine.Runs.Behaviors;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Compiling;

namespace Homelab.Engine.Runs;

/// <summary>Where the state comes in and goes out: frames and queue attached to the definition, ids drawn, variables and outputs kept.</summary>
internal sealed partial class Interpreter
{
    private void Attach()
    {
        if (State.Frames.Count == 0 && State.Queue.Count == 0)
            return;
        var frames = new Dictionary<string, ActivityFrame>(State.Frames.Count);
        foreach (var frame in State.Frames)
        {
            frame.Node = _definition.Node(frame.NodeId);
            frame.Children.Clear();
            frames[frame.Id] = frame;
        }

        foreach (var frame in State.Frames)
        {
            if (frame.ParentId is null || !frames.TryGetValue(frame.ParentId, out var parent))
                continue;
            frame.Parent = parent;
            if (!frame.IsDone)
                parent.Children.Add(frame);
        }

        foreach (var item in State.Queue)
        {
            item.Node = _definition.Node(item.NodeId);
            item.Owner = item.OwnerId is null ? null : frames.GetValueOrDefault(item.OwnerId);
            item.Existing = item.ExistingId is null ? null : frames.GetValueOrDefault(item.ExistingId);
            _queue.Enqueue(item);
        }
    }

    /// <summary>Leaves in the state what the next event needs.</summary>
    public void Detach()
    {
        State.Queue = [.. _queue];
        DropFinishedFrames();
        State.UpdatedAt = Now;
    }

    private void DropFinishedFrames()
    {
        var needed = new HashSet<ActivityFrame>(ReferenceEqualityComparer.Instance);
        foreach (var frame in State.Frames)
            if (!frame.IsDone)
                Need(frame);
        foreach (var item in _queue)
            Need(item.Owner);
        State.Frames.RemoveAll(frame => !needed.Remove(frame));
        // A parent that was finished and let go, and whose child came back by a fault: it comes first, as parents do.
        foreach (var frame in needed.OrderByDescending(Depth))
            State.Frames.Insert(0, frame);

        static int Depth(ActivityFrame frame)
        {
            var depth = 0;
            for (var at = frame.Parent; at is not null; at = at.Parent)
                depth++;
            return depth;
        }

        void Need(ActivityFrame? frame)
        {
            for (; frame is not null && needed.Add(frame); frame = frame.Parent)
            {
            }
        }
    }

    public string NextId() => string.Create(null, stackalloc char[64], $"{State.Id.Value}-{++State.Draws:x}");

    /// <summary>A version 4 GUID from the run's id and its counter.</summary>
    public Guid NextGuid()
    {
        var bytes = NextBytes();
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes.AsSpan(0, 16), bigEndian: true);
    }

    /// <summary>A run id with this moment in front, as every run id has, and the rest derived.</summary>
    public RunId NextRunId()
    {
        var bytes = NextBytes();
        var milliseconds = Now.ToUnixTimeMilliseconds();
        for (var i = 0; i < 6; i++)
            bytes[i] = (byte)(milliseconds >> (40 - (8 * i)));
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new RunId(new Guid(bytes.AsSpan(0, 16), bigEndian: true).ToString("N"));
    }

    public double NextRandom() => (BitConverter.ToUInt64(NextBytes()) >> 11) * (1.0 / (1UL << 53));

    private byte[] NextBytes() => SHA256.HashData(Encoding.UTF8.GetBytes($"{State.Id.Value}/{++State.Draws}"));

    public bool TryGetVariable(ActivityFrame frame, string name, out JsonNode? value)
    {
        for (var at = frame; at is not null; at = at.Parent)
        {
            if (at.Dynamic is not null && at.Dynamic.TryGetValue(name, out value))
                return true;
            foreach (var variable in at.Node.Variables)
                if (variable.Name == name)
                {
                    value = Value(at, variable);
                    return true;
                }
        }

        value = null;
        return false;
    }

    public bool TryGetVariableById(ActivityFrame frame, string id, out JsonNode? value)
    {
        for (var at = frame; at is not null; at = at.Parent)
        {
            foreach (var variable in at.Node.Variables)
                if (variable.Id == id)
                {
                    value = Value(at, variable);
                    return true;
                }

            if (at.Dynamic is not null && at.Dynamic.TryGetValue(id, out value))
                return true;
        }

        value = null;
        return false;
    }

    public void SetVariable(ActivityFrame frame, string name, JsonNode? value)
    {
        ActivityFrame? container = null;
        for (var at = frame; at is not null; at = at.Parent)
        {
            if (at.Dynamic?.ContainsKey(name) == true)
            {
                at.Dynamic[name] = value;
                return;
            }

            foreach (var variable in at.Node.Variables)
                if (variable.Name == name)
                {
                    Set(at, variable, value);
                    return;
                }

            if (at.Node.IsVariableContainer)
                container ??= at;
        }

        ((container ?? frame).Dynamic ??= [])[name] = value;
    }

    public bool TrySetVariableById(ActivityFrame? frame, string id, JsonNode? value)
    {
        for (var at = frame; at is not null; at = at.Parent)
        {
            foreach (var variable in at.Node.Variables)
                if (variable.Id == id)
                {
                    Set(at, variable, value);
                    return true;
                }

            if (at.Dynamic?.ContainsKey(id) == true)
            {
                at.Dynamic[id] = value;
                return true;
            }
        }

        return false;
    }

    private static JsonNode? Value(ActivityFrame frame, CompiledVariable variable) =>
        frame.Variables is not null && frame.Variables.TryGetValue(variable.Id, out var value) ? value : variable.Default;

    private static void Set(ActivityFrame frame, CompiledVariable variable, JsonNode? value) =>
        (frame.Variables ??= [])[variable.Id] = ValueConverter.Convert(value, variable.Type);

    /// <summary>An activity's output: recorded for expressions and the journal, and put where the definition binds it.</summary>
    public void SetOutput(ActivityFrame frame, string name, JsonNode? value)
    {
        CompiledOutput? output = null;
        foreach (var candidate in frame.Node.Outputs)
            if (candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                output = candidate;
        if (IsLogged(frame, frame.Node.OutputLog(name), out var problem))
            (frame.OutputValues ??= [])[name] = problem ?? ValueConverter.Own(value);
        if (frame.Node.KeepsOutputs)
        {
            if (!State.Outputs.TryGetValue(frame.NodeId, out var outputs))
                State.Outputs[frame.NodeId] = outputs = [];
            outputs[name] = value?.DeepClone();
        }

        if (name == "Result" && frame.Node.KeepsLastResult)
            State.LastResult = value?.DeepClone();
        if (output?.Target is { } target)
            Assign(frame, target, value);
    }

    /// <summary>To a variable by id, to an output of the workflow by name, or to both where both have it.</summary>
    public void Assign(ActivityFrame frame, string target, JsonNode? value)
    {
        TrySetVariableById(frame, target, value);
        if (_definition.HasOutput(target))
            State.Output[target] = value?.DeepClone();
    }

    private void EvaluateInputs(ActivityFrame frame)
    {
        var inputs = frame.Node.Inputs;
        if (inputs.Count == 0)
            return;
        var values = new JsonNode?[inputs.Count];
        for (var i = 0; i < inputs.Count; i++)
            if (inputs[i].AutoEvaluate)
                values[i] = Evaluate(frame, inputs[i]);
        frame.Inputs = values;
    }

    public JsonNode? Evaluate(ActivityFrame frame, CompiledInput input, JsonObject? arguments = null)
    {
        if (input.Expression is null)
            return input.Default;
        try
        {
            return input.Expression.Evaluate(input.Expression.IsConstant ? _scope : ScopeOf(frame, arguments), input.Type);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new ActivityFailure("InputEvaluationException", $"Failed to evaluate activity input '{input.Name}': {error.Message}");
        }
    }

    public JsonNode? Input(ActivityFrame frame, string name)
    {
        var inputs = frame.Node.Inputs;
        for (var i = 0; i < inputs.Count; i++)
            if (inputs[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return frame.Inputs.Length > i ? frame.Inputs[i] : Evaluate(frame, inputs[i]);
        return null;
    }

    public string? Text(ActivityFrame frame, string name) => ValueConverter.ToText(Input(frame, name));

    public bool Flag(ActivityFrame frame, string name) => ValueConverter.ToBoolean(Input(frame, name));

    public CompiledInput? InputOf(ActivityFrame frame, string name) => frame.Node.Inputs.FirstOrDefault(input => input.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
